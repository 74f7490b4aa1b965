"""Keeping the planned reminders of a seminar what its dates, states and team demand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from functools import partial
from typing import Any

import sqlalchemy as sa

from bot.clock import Clock
from bot.storage.db.database import Database
from bot.storage.db.in_list import in_list
from bot.storage.db.methods import Store, transacting
from bot.storage.db.values import from_row
from bot.storage.db.work import fetch_one, fetch_value, fetch_values
from bot.storage.seminars.checklist_state import read_states
from bot.storage.tables.reminder import recipients, reminders
from bot.storage.tables.seminar import members, seminars
from handlers.domain.reminder_schedule import HANDED_ON, HOUR, SNOOZED, Planned, Preferences
from handlers.domain.seminar import Answers, ItemState

PLANNED, SENT, DROPPED, UNREACHABLE = "planned", "sent", "dropped", "unreachable"
PlanReminders = Callable[[Answers, Mapping[str, ItemState], Preferences, date], tuple[Planned, ...]]
"""The whole series of every open obligation, past ones included; pure."""
Identity = tuple[str, date, str, int]
"""Item, prudent date, step, person: what makes a reminder one and the same."""


class ReminderPlan(Store):
    def __init__(self, database: Database, plan: PlanReminders, clock: Clock) -> None:
        super().__init__(database)
        self._plan = plan
        self._clock = clock

    def replan(self, connection: sa.Connection, seminar_id: int) -> None:
        """One that is due and still demanded stays although its moment has passed: it is being sent."""
        now = self._clock()
        wanted = self._wanted(connection, seminar_id, now)
        held = {(row.key, row.prudent, row.step, row.person_id): row for row in self._held(connection, seminar_id)}
        planned = {what: row for what, row in held.items() if row.state == PLANNED}
        still_owed = {(key, day, person) for key, day, _, person in wanted}
        gone = [
            row.id
            for what, row in planned.items()
            if what not in wanted and (_of_series(what[2]) or (what[0], what[1], what[3]) not in still_owed)
        ]
        new = [_row(seminar_id, what, item) for what, item in wanted.items() if what not in held and item.at > now]
        for what, row in planned.items():
            if what in wanted and wanted[what].at != row.due_at:
                moved = sa.update(reminders).where(reminders.c.id == row.id).values(due_at=wanted[what].at)
                connection.execute(moved)
        if gone:
            connection.execute(sa.delete(reminders).where(in_list(connection, reminders.c.id, gone)))
        if new:
            connection.execute(sa.insert(reminders), new)
        requeue(connection, {what[3] for what in (*wanted, *held)})

    async def replan_all(self) -> None:
        query = sa.select(seminars.c.id).where(seminars.c.removed_at.is_(None)).order_by(seminars.c.id)
        ids = await self._database.query(fetch_values(query))
        for seminar_id in ids:
            await self._database.transact(partial(self.replan, seminar_id=seminar_id))

    async def preferences(self, person_id: int) -> Preferences:
        query = sa.select(recipients).where(recipients.c.person_id == person_id)
        row = await self._database.query(fetch_one(query))
        return from_row(Preferences, row) if row else Preferences()

    @transacting
    def prefer(self, connection: sa.Connection, person_id: int, preferences: Preferences) -> None:
        said = asdict(preferences)
        put = self._database.insert(recipients).values(person_id=person_id, failures=0, **said)
        theirs = sa.select(members.c.seminar_id).where(members.c.person_id == person_id)
        mine = sa.select(seminars.c.id).where(seminars.c.id.in_(theirs)).order_by(seminars.c.id)
        connection.execute(mine.with_for_update(key_share=True))  # seminars before people, as everybody locks them
        connection.execute(put.on_conflict_do_update(index_elements=["person_id"], set_=said))
        replan(self, connection, connection.execute(theirs).scalars().all())

    @transacting
    def quiet(self, connection: sa.Connection, seminar_id: int, until: datetime | None) -> None:
        connection.execute(sa.update(seminars).where(seminars.c.id == seminar_id).values(quiet_until=until))
        self.replan(connection, seminar_id)

    async def quiet_until(self, seminar_id: int) -> datetime | None:
        query = sa.select(seminars.c.quiet_until).where(seminars.c.id == seminar_id)
        return await self._database.query(fetch_value(query))

    @transacting
    def snooze(self, connection: sa.Connection, person_id: int, seminar_id: int, key: str, at: datetime) -> bool:
        """Remind of an item once more at a moment. False where it is done or has no date."""
        wanted = self._wanted(connection, seminar_id, self._clock())
        due = next((i.due for what, i in wanted.items() if what[0] == key and what[3] == person_id), None)
        if due is None:
            return False
        row = _row(seminar_id, (key, due.prudent, SNOOZED, person_id), Planned(key, SNOOZED, at, due))
        again = {"due_at": at, "state": PLANNED, "sent_at": None}
        put = self._database.insert(reminders).values(row)
        unique = ["seminar_id", "key", "prudent", "step", "person_id"]
        connection.execute(put.on_conflict_do_update(index_elements=unique, set_=again))
        requeue(connection, {person_id})
        return True

    def _wanted(self, connection: sa.Connection, seminar_id: int, now: datetime) -> dict[Identity, Planned]:
        """The seminar is locked (NO KEY UPDATE: rows that point at it do not wait): one at a time replans it."""
        query = sa.select(seminars).where(seminars.c.id == seminar_id, seminars.c.removed_at.is_(None))
        found = connection.execute(query.with_for_update(key_share=True)).one_or_none()
        if found is None:
            return {}
        answers, states = Answers.model_validate(found.answers), read_states(connection, seminar_id)
        people = self._people(connection, seminar_id)
        return {
            (item.key, item.due.prudent, item.step, person): item
            for person, preferences in people.items()
            for item in self._plan(answers, states, preferences.quiet_until(found.quiet_until), now.date())
        }

    def _people(self, connection: sa.Connection, seminar_id: int) -> dict[int, Preferences]:
        """The team, each of them known as a recipient from now on."""
        team = sa.select(members.c.person_id).where(members.c.seminar_id == seminar_id)
        ids = connection.execute(team).scalars().all()
        if ids:
            rows = [{"person_id": person, "failures": 0, "hour": HOUR} for person in ids]
            connection.execute(self._database.insert(recipients).on_conflict_do_nothing(), rows)
        query = sa.select(recipients).where(in_list(connection, recipients.c.person_id, ids))
        rows_found = connection.execute(query).all()
        return {row.person_id: from_row(Preferences, row) for row in rows_found}

    @staticmethod
    def _held(connection: sa.Connection, seminar_id: int) -> list[sa.Row[Any]]:
        told_once = reminders.c.message.is_not(None)
        query = sa.select(reminders).where(reminders.c.seminar_id == seminar_id, sa.not_(told_once))
        return list(connection.execute(query).all())


def replan(plan: ReminderPlan | None, connection: sa.Connection, seminars_changed: Iterable[int]) -> None:
    for seminar_id in sorted(seminars_changed) if plan else ():
        plan.replan(connection, seminar_id)  # type: ignore[union-attr]


def requeue(connection: sa.Connection, people: set[int]) -> None:
    """Put people where their earliest planned reminder belongs in the queue."""
    earliest = (
        sa.select(sa.func.min(reminders.c.due_at))
        .where(reminders.c.person_id == recipients.c.person_id, reminders.c.state == PLANNED)
        .scalar_subquery()
    )
    if people:
        theirs = sa.select(recipients.c.person_id).where(in_list(connection, recipients.c.person_id, people))
        in_one_order = theirs.order_by(recipients.c.person_id).with_for_update(key_share=True)
        connection.execute(in_one_order)  # so that two that share people never wait for each other
        moved = (
            sa.update(recipients).where(in_list(connection, recipients.c.person_id, people)).values(next_at=earliest)
        )
        connection.execute(moved)


def _of_series(step: str) -> bool:
    """Whether a reminder comes by itself; else somebody asked for it, and it stays while anything is owed."""
    return step != SNOOZED and not step.startswith(HANDED_ON)


def _row(seminar_id: int, what: Identity, item: Planned) -> dict[str, Any]:
    return {
        "seminar_id": seminar_id,
        "person_id": what[3],
        "key": item.key,
        "step": item.step,
        "literal": item.due.literal,
        "prudent": item.due.prudent,
        "due_at": item.at,
        "state": PLANNED,
    }
