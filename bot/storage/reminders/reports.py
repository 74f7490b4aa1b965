"""What is planned, what went out, what failed and what nobody has dealt with: for people to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.storage.db.methods import Store, querying
from bot.storage.db.values import from_row
from bot.storage.db.work import fetch_all, fetch_one, fetch_value
from bot.storage.reminders.queue import Outcome
from bot.storage.seminars.checklist_state import read_all_states
from bot.storage.seminars.reminder_planning import DROPPED, PLANNED, SENT, UNREACHABLE
from bot.storage.tables.reminder import attempts, reminders
from bot.storage.tables.seminar import members, seminars
from handlers.domain.reminder_schedule import ESCALATED_AFTER
from handlers.domain.seminar import Answers, Delivery, ItemState, state_of

RECENT = 1000
"""How many of the last reminders the lag is taken from."""
ATTEMPTS_READ = 200


@dataclass(frozen=True, slots=True)
class QueueStatus:
    """`late` were due and have not been sent. Lags are seconds from due to sent, among the last ones."""

    planned: int
    sent: int
    dropped: int
    unreachable: int
    late: int
    next_at: datetime | None
    lag_median: float | None
    lag_p99: float | None


@dataclass(frozen=True, slots=True)
class Upcoming:
    at: datetime
    seminar: str
    key: str
    step: str
    prudent: date


@dataclass(frozen=True, slots=True)
class FailedAttempt:
    at: datetime
    channel: str
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class Neglected:
    """An obligation that is long overdue, or of which nobody could be told, as far as the rows tell."""

    seminar_id: int
    answers: Answers
    key: str
    literal: date
    unreachable: bool
    state: ItemState


class ReminderReports(Store):
    @querying
    def status(self, connection: sa.Connection, now: datetime) -> QueueStatus:
        by_state = sa.select(reminders.c.state, sa.func.count()).group_by(reminders.c.state)
        waiting = sa.select(sa.func.count(), sa.func.min(reminders.c.due_at)).where(reminders.c.state == PLANNED)
        last = sa.select(reminders.c.due_at, reminders.c.sent_at).where(reminders.c.sent_at.is_not(None))
        counts = {row[0]: int(row[1]) for row in connection.execute(by_state).all()}
        late = connection.execute(waiting.where(reminders.c.due_at <= now)).one()[0]
        next_at = connection.execute(waiting).one()[1]
        rows = connection.execute(last.order_by(reminders.c.id.desc()).limit(RECENT)).all()
        lags = sorted((row.sent_at - row.due_at).total_seconds() for row in rows)
        planned, sent, dropped, lost = (counts.get(state, 0) for state in (PLANNED, SENT, DROPPED, UNREACHABLE))
        return QueueStatus(
            planned=planned,
            sent=sent,
            dropped=dropped,
            unreachable=lost,
            late=late,
            next_at=next_at,
            lag_median=quantile(lags, 0.5),
            lag_p99=quantile(lags, 0.99),
        )

    async def upcoming(self, limit: int) -> tuple[Upcoming, ...]:
        query = sa.select(reminders, seminars.c.answers).join(seminars, seminars.c.id == reminders.c.seminar_id)
        query = (
            query.where(reminders.c.state == PLANNED, reminders.c.message.is_(None))
            .order_by(reminders.c.due_at, reminders.c.id)
            .limit(limit)
        )
        rows = await self._database.query(fetch_all(query))
        return tuple(
            from_row(Upcoming, row, at=row.due_at, seminar=str(row.answers.get("title") or f"#{row.seminar_id}"))
            for row in rows
        )

    async def failures(self, limit: int = 10) -> tuple[FailedAttempt, ...]:
        """The newest pushes that did not go through, or nobody knows whether they did."""
        query = sa.select(attempts).where(attempts.c.outcome.not_in(["", str(Outcome.SENT)]))
        rows = await self._database.query(fetch_all(query.order_by(attempts.c.id.desc()).limit(limit)))
        return tuple(from_row(FailedAttempt, row) for row in rows)

    async def last_sent(self, person_id: int) -> datetime | None:
        query = sa.select(sa.func.max(reminders.c.sent_at)).where(reminders.c.person_id == person_id)
        return await self._database.query(fetch_value(query))

    async def next_planned(self, seminar_id: int, person_id: int) -> tuple[datetime, str] | None:
        query = (
            sa.select(reminders.c.due_at, reminders.c.key)
            .where(
                reminders.c.seminar_id == seminar_id, reminders.c.person_id == person_id, reminders.c.state == PLANNED
            )
            .where(reminders.c.message.is_(None))
        )
        row = await self._database.query(fetch_one(query.order_by(reminders.c.due_at).limit(1)))
        return (row.due_at, row.key) if row else None

    @querying
    def deliveries(self, connection: sa.Connection, seminar_id: int, limit: int) -> tuple[Delivery, ...]:
        team = sa.select(members.c.person_id).where(members.c.seminar_id == seminar_id)
        tried = sa.select(attempts).where(attempts.c.person_id.in_(team)).order_by(attempts.c.id.desc())
        keys = sa.select(reminders.c.id, reminders.c.key).where(reminders.c.seminar_id == seminar_id)
        key_of = {row.id: row.key for row in connection.execute(keys).all()}
        rows = connection.execute(tried.limit(ATTEMPTS_READ)).all()
        made = (_delivery(row, key_of) for row in rows)
        return tuple(delivery for delivery in made if delivery.keys)[:limit]

    @querying
    def neglected(self, connection: sa.Connection, today: date) -> tuple[Neglected, ...]:
        """Oldest first; whether it is still owed and nobody has taken it up is for the rules to say."""
        late = reminders.c.literal <= today - timedelta(days=ESCALATED_AFTER)
        same = reminders.alias()
        reached = sa.exists().where(
            same.c.seminar_id == reminders.c.seminar_id,
            same.c.key == reminders.c.key,
            same.c.prudent == reminders.c.prudent,
            sa.or_(same.c.state == SENT, sa.and_(same.c.state == PLANNED, same.c.person_id != reminders.c.person_id)),
        )
        lost = sa.and_(reminders.c.state == UNREACHABLE, sa.not_(reached))
        columns = (reminders.c.seminar_id, reminders.c.key, reminders.c.literal)
        query = (
            sa.select(*columns, sa.func.max(sa.case((lost, 1), else_=0)).label("lost"))
            .where(sa.or_(late, lost), reminders.c.state != DROPPED, reminders.c.message.is_(None))
            .group_by(*columns)
            .order_by(reminders.c.literal, reminders.c.seminar_id, reminders.c.key)
        )
        rows = connection.execute(query).all()
        held = self._live(connection, {row.seminar_id for row in rows})
        states = read_all_states(connection, set(held))
        return tuple(_neglected(row, held[row.seminar_id], states) for row in rows if row.seminar_id in held)

    @staticmethod
    def _live(connection: sa.Connection, wanted: set[int]) -> dict[int, Answers]:
        query = sa.select(seminars).where(seminars.c.id.in_(wanted), seminars.c.removed_at.is_(None))
        return {row.id: Answers.model_validate(row.answers) for row in connection.execute(query).all()}


def _delivery(row: sa.Row[Any], key_of: dict[int, str]) -> Delivery:
    keys = tuple(dict.fromkeys(key_of[number] for number in row.reminders if number in key_of))
    return Delivery(at=row.at, person_id=row.person_id, channel=row.channel, outcome=row.outcome, keys=keys)


def _neglected(row: Any, answers: Answers, states: dict[int, dict[str, ItemState]]) -> Neglected:
    state = state_of(states[row.seminar_id], row.key)
    return from_row(Neglected, row, answers=answers, unreachable=bool(row.lost), state=state)


def quantile(ordered: Sequence[float], share: float) -> float | None:
    """The value below which this share of ordered ones lies; None where there are none."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else None
