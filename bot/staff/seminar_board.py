"""All seminars for staff: sorted by urgency; accepting and returning materials; broadcasts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from secrets import token_hex

from bot.clock import Clock
from bot.storage.db.database import Connection, Database
from bot.storage.reminders.announcements import Announcement, already_announced, enqueue
from bot.storage.seminars.active_seminars import ActiveSeminar, active_seminars
from bot.storage.seminars.checklist_state import write_state
from bot.storage.seminars.reminder_planning import ReminderPlan
from bot.storage.staff.accounts import Account
from bot.storage.staff.audit import lock, record
from handlers.domain.assessment import Assessment, assessment_for, due_text
from handlers.domain.messages import Choice, Reply
from handlers.domain.seminar import ItemState, State, state_of
from handlers.seminars.overview import next_item, progress, short
from handlers.texts import conversation as texts
from handlers.texts import staff as staff_texts
from knowledge.model.labelled import Labelled
from knowledge.model.notice import SeminarKind
from knowledge.model.snapshot import Knowledge
from knowledge.rules.checklists import ChecklistItem

SOON_DAYS = 14


class Urgency(Labelled):
    OVERDUE = "overdue", "已过期"
    SOON = "soon", f"{SOON_DAYS}天内到期"
    LATER = "later", "未到期"
    UNDATED = "undated", "无期限"
    DONE = "done", "全部办完"


@dataclass(frozen=True, slots=True)
class BoardRow:
    """`days` until the literal due date, negative once it has passed."""

    seminar: ActiveSeminar
    assessment: Assessment
    item: ChecklistItem | None
    done: int
    every: int
    urgency: Urgency
    days: int | None

    @property
    def stage(self) -> str:
        return self.item.stage.label if self.item else "已办结"

    @property
    def due(self) -> str:
        return due_text(self.item) if self.item else ""


@dataclass(frozen=True, slots=True)
class Filter:
    """Empty fields filter nothing; `place` and `department` match substrings."""

    kind: SeminarKind | None = None
    place: str = ""
    department: str = ""
    urgency: Urgency | None = None

    def shows(self, row: BoardRow) -> bool:
        answers = row.seminar.answers
        return (
            (self.kind is None or answers.kind is self.kind)
            and self.place in (answers.place or "")
            and self.department in (answers.department or "")
            and (self.urgency is None or row.urgency is self.urgency)
        )


class SeminarNotFound(Exception):
    pass


@dataclass(frozen=True)
class Board:
    database: Database
    plan: ReminderPlan
    clock: Clock

    async def rows(self, knowledge: Knowledge, chosen: Filter) -> tuple[BoardRow, ...]:
        """Overdue first, then by the next date; finished ones last."""
        live = await self.database.query(active_seminars)
        found = await asyncio.to_thread(_rows, live, knowledge, self.clock().date())
        return tuple(row for row in found if chosen.shows(row))

    async def one(self, seminar_id: int, knowledge: Knowledge) -> BoardRow:
        """Raises SeminarNotFound."""
        live = await self.database.query(partial(active_seminars, only=seminar_id))
        found = _rows(live, knowledge, self.clock().date())
        if not found:
            raise SeminarNotFound
        return found[0]

    async def decide(
        self, seminar_id: int, key: str, state: State, reason: str, account: Account, knowledge: Knowledge
    ) -> None:
        """Accepts or returns a material; notifies the team once per decision. Raises SeminarNotFound."""
        row, now = await self.one(seminar_id, knowledge), self.clock()
        item = row.assessment.item(key)
        if item is None:
            raise SeminarNotFound
        form = staff_texts.ITEM_ACCEPTED if state is State.ACCEPTED else staff_texts.ITEM_RETURNED
        text = form.format(name=row.seminar.name, title=item.title, reason=reason)
        choice = Choice(label=texts.CHECKLIST_LABEL, token=f"item:{seminar_id}:{short(key)}")
        reply = Reply(text=text, choices=(choice,))
        name = f"decided:{key}:{token_hex(4)}"
        messages = [Announcement(person, seminar_id, name, reply) for person in row.seminar.people]
        before = state_of(row.seminar.states, key)
        if (before.state, before.note) == (state, reason):
            return
        after = ItemState(key=key, state=state, on_day=now.date(), note=reason)

        def work(connection: Connection) -> None:
            write_state(connection, None, seminar_id, after, now)
            self.plan.replan(connection, seminar_id)
            enqueue(self.database, connection, messages, now)
            record(
                connection,
                account.actor,
                state.label,
                f"研修班 {seminar_id} {item.title}",
                now,
                before={"state": str(before.state), "note": before.note},
                after={"state": str(state), "note": reason},
            )

        await self.database.transact(work)

    async def broadcast(self, rows: Sequence[BoardRow], text: str, nonce: str, account: Account) -> int:
        """Notifies each person of these seminars' teams once; returns their number. A `nonce` is sent once only."""
        now, name = self.clock(), f"broadcast:{nonce}"
        reply = Reply(text=staff_texts.BROADCAST.format(text=text))
        of_person = {person: row.seminar.id for row in rows for person in row.seminar.people}
        messages = [Announcement(person, seminar, name, reply) for person, seminar in sorted(of_person.items())]
        after = {"text": text, "people": len(messages), "seminars": [row.seminar.id for row in rows]}

        def work(connection: Connection) -> None:
            lock(connection)
            if not already_announced(connection, name):
                enqueue(self.database, connection, messages, now)
                record(connection, account.actor, "群发通知", name, now, after=after)

        await self.database.transact(work)
        return len(messages)


def _rows(live: Iterable[ActiveSeminar], knowledge: Knowledge, today: date) -> tuple[BoardRow, ...]:
    found = [row for one in live if (row := _row(one, knowledge, today))]
    order = list(Urgency)
    return tuple(sorted(found, key=lambda row: (order.index(row.urgency), row.days is None, row.days or 0)))


def _row(one: ActiveSeminar, knowledge: Knowledge, today: date) -> BoardRow | None:
    assessment = assessment_for(one.answers, knowledge, today)
    if assessment is None:
        return None
    item = next_item(assessment, one.states)
    done, every = progress(assessment.items, one.states)
    days = (item.due.literal - today).days if item and item.due else None
    return BoardRow(one, assessment, item, done, every, _urgency(item, days), days)


def _urgency(item: ChecklistItem | None, days: int | None) -> Urgency:
    if item is None:
        return Urgency.DONE
    if days is None:
        return Urgency.UNDATED
    if days < 0:
        return Urgency.OVERDUE
    return Urgency.SOON if days <= SOON_DAYS else Urgency.LATER
