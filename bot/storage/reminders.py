"""Delivering reminders: claiming whose turn it is, noting each attempt before and after."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from bot.storage.conversations import of_address
from bot.storage.database import Database
from bot.storage.reminder_plan import DROPPED, PLANNED, SENT, requeue
from bot.storage.reminder_tables import attempts, recipients, reminders
from bot.storage.seminar_tables import addresses, seminars
from handlers.messages import Address

LEASE = timedelta(seconds=60)


class Outcome(StrEnum):
    """How an attempt ended; UNKNOWN where the process died before it could say."""

    SENT = "sent"
    TEMPORARY = "temporary"
    PERMANENT = "permanent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Due:
    """A reminder whose time has come."""

    id: int
    seminar_id: int
    key: str
    prudent: date


@dataclass(frozen=True, slots=True)
class Turn:
    """A person and everything due to them; `repeated` ids may have reached them before a crash."""

    person_id: int
    due: tuple[Due, ...]
    repeated: frozenset[int]
    failures: int


@dataclass(frozen=True, slots=True)
class Status:
    """How many reminders there are; `late` were due and have not been sent."""

    planned: int
    sent: int
    dropped: int
    late: int
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class Upcoming:
    """A planned reminder, for people."""

    at: datetime
    seminar: str
    key: str
    step: str
    prudent: date


@dataclass(frozen=True, slots=True)
class Failure:
    """A push that did not go through."""

    at: datetime
    channel: str
    outcome: str
    reason: str


class Reminders:
    """The queue is over people: one lease a person, so that what is due together arrives together."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, now: datetime, most: int, lease: timedelta = LEASE) -> tuple[Turn, ...]:
        """Up to `most` people whose turn it is, theirs alone until the lease ends."""
        free = sa.or_(recipients.c.lease_until.is_(None), recipients.c.lease_until <= now)
        turn = sa.select(recipients.c.person_id).where(recipients.c.next_at <= now, free)
        turn = turn.order_by(recipients.c.next_at).limit(most).with_for_update(skip_locked=True)
        async with self._database.write() as connection:
            ids = (await connection.execute(turn)).scalars().all()
            if not ids:
                return ()
            mine = sa.update(recipients).where(recipients.c.person_id.in_(ids)).values(lease_until=now + lease)
            taken = mine.returning(recipients.c.person_id, recipients.c.failures)
            failures = {row.person_id: row.failures for row in (await connection.execute(taken)).all()}
            query = sa.select(reminders).where(
                reminders.c.person_id.in_(ids), reminders.c.state == PLANNED, reminders.c.due_at <= now
            )
            due: defaultdict[int, list[Due]] = defaultdict(list)
            for row in (await connection.execute(query.order_by(reminders.c.due_at, reminders.c.id))).all():
                due[row.person_id].append(Due(row.id, row.seminar_id, row.key, row.prudent))
            unknown = sa.update(attempts).where(attempts.c.person_id.in_(ids), attempts.c.outcome == "")
            unknown = unknown.values(outcome=str(Outcome.UNKNOWN)).returning(attempts.c.reminders)
            repeated = {n for row in (await connection.execute(unknown)).all() for n in row.reminders}
        return tuple(
            Turn(person, tuple(due[person]), frozenset(d.id for d in due[person]) & repeated, failures[person])
            for person in ids
        )

    async def status(self, now: datetime) -> Status:
        """The figures of the moment."""
        by_state = sa.select(reminders.c.state, sa.func.count()).group_by(reminders.c.state)
        waiting = sa.select(sa.func.count(), sa.func.min(reminders.c.due_at)).where(reminders.c.state == PLANNED)
        async with self._database.read() as connection:
            counts = {row[0]: int(row[1]) for row in (await connection.execute(by_state)).all()}
            late = (await connection.execute(waiting.where(reminders.c.due_at <= now))).one()[0]
            next_at = (await connection.execute(waiting)).one()[1]
        return Status(counts.get(PLANNED, 0), counts.get(SENT, 0), counts.get(DROPPED, 0), late, next_at)

    async def upcoming(self, limit: int) -> tuple[Upcoming, ...]:
        """What is sent next, in the order of time."""
        query = sa.select(reminders, seminars.c.answers).join(seminars, seminars.c.id == reminders.c.seminar_id)
        query = query.where(reminders.c.state == PLANNED).order_by(reminders.c.due_at, reminders.c.id).limit(limit)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return tuple(
            Upcoming(row.due_at, row.answers.get("title") or f"#{row.seminar_id}", row.key, row.step, row.prudent)
            for row in rows
        )

    async def failures(self, limit: int = 10) -> tuple[Failure, ...]:
        """The newest pushes that did not go through, or nobody knows whether they did."""
        query = sa.select(attempts).where(attempts.c.outcome.not_in(["", str(Outcome.SENT)]))
        async with self._database.read() as connection:
            rows = (await connection.execute(query.order_by(attempts.c.id.desc()).limit(limit))).all()
        return tuple(Failure(row.at, row.channel, row.outcome, row.reason) for row in rows)

    async def addresses(self, person_id: int) -> tuple[Address, ...]:
        """Where a person can be reached."""
        query = sa.select(addresses).where(addresses.c.person_id == person_id, addresses.c.disabled_at.is_(None))
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return tuple(Address(channel=row.channel, id=row.address_id) for row in rows)

    async def begin(self, person_id: int, address: Address, ids: Collection[int], now: datetime) -> int:
        """Note that a push is about to happen; returns the attempt."""
        row = {"person_id": person_id, "channel": address.channel, "address_id": address.id, "at": now}
        values = row | {"reminders": list(ids), "outcome": "", "reason": ""}
        statement = sa.insert(attempts).values(values).returning(attempts.c.id)
        async with self._database.write() as connection:
            return int((await connection.execute(statement)).scalar_one())

    async def sent(self, ids: Collection[int], attempt: int, now: datetime) -> None:
        """The push went through: these reminders are done."""
        done = sa.update(reminders).where(reminders.c.id.in_(ids)).values(state=SENT, sent_at=now)
        async with self._database.write() as connection:
            await connection.execute(_ended(attempt, Outcome.SENT, ""))
            await connection.execute(done)

    async def release(self, person_id: int) -> None:
        """Everything due went through: the person's next reminders are queued."""
        async with self._database.write() as connection:
            await connection.execute(_released(person_id).values(failures=0))
            await requeue(connection, {person_id})

    async def failed(self, attempt: int, outcome: Outcome, reason: str) -> None:
        """The push did not go through."""
        async with self._database.write() as connection:
            await connection.execute(_ended(attempt, outcome, reason))

    async def disable(self, address: Address, now: datetime) -> None:
        """Nothing is pushed to this address any more, until its owner writes again."""
        async with self._database.write() as connection:
            await connection.execute(sa.update(addresses).where(of_address(addresses, address)).values(disabled_at=now))

    async def later(self, turn: Turn, at: datetime) -> None:
        """Nobody took it: try again at a moment."""
        values = {"next_at": at, "failures": turn.failures + 1}
        async with self._database.write() as connection:
            await connection.execute(_released(turn.person_id).values(values))

    async def drop(self, ids: Collection[int]) -> None:
        """These are no longer owed: their seminar, item or membership is gone."""
        if ids:
            async with self._database.write() as connection:
                gone = sa.update(reminders).where(reminders.c.id.in_(ids)).values(state=DROPPED)
                await connection.execute(gone)

    async def move(self, address: Address, new_id: str) -> None:
        """The address has a new identifier on its channel; an address that is known already stays."""
        taken = sa.select(addresses.c.person_id).where(
            addresses.c.channel == address.channel, addresses.c.address_id == new_id
        )
        async with self._database.write() as connection:
            if (await connection.execute(taken)).one_or_none() is None:
                renamed = sa.update(addresses).where(of_address(addresses, address)).values(address_id=new_id)
                await connection.execute(renamed)


def _ended(attempt: int, outcome: Outcome, reason: str) -> sa.Update:
    return sa.update(attempts).where(attempts.c.id == attempt).values(outcome=str(outcome), reason=reason)


def _released(person_id: int) -> sa.Update:
    return sa.update(recipients).where(recipients.c.person_id == person_id).values(lease_until=None)
