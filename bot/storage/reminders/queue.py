"""Delivering reminders: claiming whose turn it is, noting each attempt before and after."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from bot.storage.conversations.conversations import of_address
from bot.storage.db.bulk_insert import bulk_insert
from bot.storage.db.in_list import in_list
from bot.storage.db.methods import Store, grouped, querying, transacting
from bot.storage.db.values import from_row
from bot.storage.db.work import execute, fetch_one, fetch_value
from bot.storage.seminars.checklist_state import read_all_states
from bot.storage.seminars.reminder_planning import DROPPED, PLANNED, SENT, requeue
from bot.storage.seminars.seminars import seminar_of_row
from bot.storage.tables.reminder import attempts, recipients, reminders
from bot.storage.tables.seminar import addresses, members, seminars
from handlers.domain.messages import Address
from handlers.domain.seminar import ItemState, Seminar

LEASE = timedelta(seconds=60)
FIELDS = ("person_id", "id", "seminar_id", "key", "step", "prudent", "due_at", "message")


class Outcome(StrEnum):
    """How an attempt ended; UNKNOWN where the process died before it could say."""

    SENT = "sent"
    TEMPORARY = "temporary"
    PERMANENT = "permanent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Due:
    """A reminder whose time has come; or a message told once, which says all there is to say."""

    id: int
    seminar_id: int | None
    key: str
    step: str
    prudent: date
    due_at: datetime
    message: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ClaimedRecipient:
    """A person and everything due to them; `repeated` ids may have reached them before a crash."""

    person_id: int
    due: tuple[Due, ...]
    repeated: frozenset[int]
    failures: int


@dataclass(frozen=True, slots=True)
class DeliveryContext:
    """What a turn is about as it stands now: the person's seminars, their states and teams, their addresses."""

    seminars: dict[int, Seminar]
    states: dict[int, dict[str, ItemState]]
    teams: dict[int, int]
    addresses: tuple[Address, ...]
    first: str = ""
    """The channel this person wants to be told on before any other."""


@dataclass(frozen=True, slots=True)
class AttemptStart:
    person_id: int
    address: Address
    ids: tuple[int, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """How a push ended; `ids` are the reminders it settled, none where it failed."""

    attempt: int
    outcome: Outcome
    at: datetime
    reason: str = ""
    ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Release:
    """Nothing more before `rest_until`, where that is set; `retry_at` where it failed."""

    person_id: int
    result: AttemptResult | None = None
    rest_until: datetime | None = None
    retry_at: datetime | None = None
    failures: int = 0


class Reminders(Store):
    """One lease a person, so that what is due together arrives together."""

    @transacting
    def claim(
        self, connection: sa.Connection, now: datetime, most: int, lease: timedelta = LEASE
    ) -> tuple[ClaimedRecipient, ...]:
        turn = sa.select(recipients.c.person_id).where(recipients.c.next_at <= now, _free(now))
        turn = turn.order_by(recipients.c.next_at).limit(most).with_for_update(skip_locked=True)
        ids = connection.execute(turn).scalars().all()
        if not ids:
            return ()
        mine = (
            sa.update(recipients)
            .where(in_list(connection, recipients.c.person_id, ids))
            .values(lease_until=now + lease)
        )
        taken = mine.returning(recipients.c.person_id, recipients.c.failures)
        failures = {row.person_id: row.failures for row in connection.execute(taken).all()}
        due = self._due(connection, ids, now)
        theirs = in_list(connection, attempts.c.person_id, ids)
        unknown = sa.update(attempts).where(theirs, attempts.c.outcome == "").values(outcome=str(Outcome.UNKNOWN))
        connection.execute(unknown)
        repeated = _unsettled(connection, theirs)
        return tuple(
            ClaimedRecipient(
                person_id=person,
                due=tuple(due[person]),
                repeated=frozenset(d.id for d in due[person]) & repeated,
                failures=failures[person],
            )
            for person in ids
        )

    async def next_turn(self, now: datetime) -> datetime | None:
        query = sa.select(sa.func.min(recipients.c.next_at)).where(_free(now))
        return await self._database.query(fetch_value(query))

    async def waiting(self, now: datetime) -> int:
        query = sa.select(sa.func.count()).where(recipients.c.next_at <= now)
        return await self._database.query(fetch_value(query))

    async def drop(self, ids: Collection[int]) -> None:
        if ids:
            await self._drop(ids)

    @transacting
    def _drop(self, connection: sa.Connection, ids: Collection[int]) -> None:
        connection.execute(sa.update(reminders).where(in_list(connection, reminders.c.id, ids)).values(state=DROPPED))

    async def wake(self, address: Address, now: datetime) -> None:
        owner = sa.select(addresses.c.person_id).where(of_address(addresses, address)).scalar_subquery()
        waiting = sa.and_(recipients.c.person_id == owner, recipients.c.failures > 0, recipients.c.next_at > now)
        if await self._database.query(fetch_one(sa.select(recipients.c.person_id).where(waiting))) is None:
            return
        await self._database.transact(execute(sa.update(recipients).where(waiting).values(next_at=now)))

    @staticmethod
    def _due(connection: sa.Connection, people: Sequence[int], now: datetime) -> defaultdict[int, list[Due]]:
        columns = [reminders.c[name] for name in FIELDS]
        query = sa.select(*columns).where(
            in_list(connection, reminders.c.person_id, people), reminders.c.state == PLANNED, reminders.c.due_at <= now
        )
        due: defaultdict[int, list[Due]] = defaultdict(list)
        for row in connection.execute(query.order_by(reminders.c.due_at, reminders.c.id)).all():
            due[row.person_id].append(from_row(Due, row))
        return due

    @grouped
    @querying
    def look(self, connection: sa.Connection, turns: Sequence[ClaimedRecipient]) -> Sequence[DeliveryContext]:
        people = {turn.person_id for turn in turns}
        wanted = {due.seminar_id for turn in turns for due in turn.due if due.seminar_id is not None}
        held: defaultdict[int, dict[int, Seminar]] = defaultdict(dict)
        teams: defaultdict[int, int] = defaultdict(int)
        at: defaultdict[int, list[Address]] = defaultdict(list)
        first: dict[int, str] = {}
        columns = (seminars.c.id, seminars.c.answers, seminars.c.version, members.c.role, members.c.person_id)
        live = sa.select(*columns).join_from(seminars, members).where(seminars.c.removed_at.is_(None))
        for row in connection.execute(live.where(in_list(connection, seminars.c.id, wanted))).all():
            teams[row.id] += 1
            if row.person_id in people:
                held[row.person_id][row.id] = seminar_of_row(row)
        of_recipient = addresses.c.person_id == recipients.c.person_id
        reached = sa.select(addresses, recipients.c.first).join_from(addresses, recipients, of_recipient, isouter=True)
        reached = reached.where(addresses.c.disabled_at.is_(None), in_list(connection, addresses.c.person_id, people))
        for row in connection.execute(reached).all():
            first[row.person_id] = row.first or ""
            at[row.person_id].append(Address(channel=row.channel, id=row.address_id))
        states = read_all_states(connection, wanted)
        return [
            DeliveryContext(
                seminars=held[one.person_id],
                states=states,
                teams=teams,
                addresses=tuple(at[one.person_id]),
                first=first.get(one.person_id, ""),
            )
            for one in turns
        ]

    @grouped
    @transacting
    def begin(self, connection: sa.Connection, starts: Sequence[AttemptStart]) -> Sequence[int]:
        """Note that pushes are about to happen; returns the attempts."""
        rows = [
            {
                "person_id": one.person_id,
                "channel": one.address.channel,
                "address_id": one.address.id,
                "at": one.at,
                "reminders": list(one.ids),
                "outcome": "",
                "reason": "",
            }
            for one in starts
        ]
        return bulk_insert(connection, attempts, rows)

    @grouped
    @transacting
    def end(self, connection: sa.Connection, results: Sequence[AttemptResult]) -> Sequence[None]:
        """Note how they went; the reminders of a successful one are done."""
        _note(connection, results)
        return [None] * len(results)

    @grouped
    @transacting
    def leave(self, connection: sa.Connection, releases: Sequence[Release]) -> Sequence[None]:
        """Give turns back: the next reminders of each person, or the next try, are queued."""
        _note(connection, [one.result for one in releases if one.result])
        requeue(connection, {one.person_id for one in releases if one.retry_at is None})
        resting: defaultdict[datetime | None, list[int]] = defaultdict(list)
        for one in releases:
            if one.retry_at is None:
                resting[one.rest_until].append(one.person_id)
        for until, people in resting.items():
            freed = sa.update(recipients).where(in_list(connection, recipients.c.person_id, people))
            connection.execute(freed.values(lease_until=until, failures=0))
        for one in releases:
            if one.retry_at is not None:
                put_off = sa.update(recipients).where(recipients.c.person_id == one.person_id)
                values = {"lease_until": None, "next_at": one.retry_at, "failures": one.failures}
                connection.execute(put_off.values(values))
        return [None] * len(releases)


def _unsettled(connection: sa.Connection, theirs: sa.ColumnElement[bool]) -> set[int]:
    """Reminders pushed with an unknown outcome and not sent since; whoever claimed them may have died as well."""
    known = sa.select(attempts.c.outcome, attempts.c.reminders).order_by(attempts.c.id)
    unknown = sa.and_(theirs, attempts.c.outcome == str(Outcome.UNKNOWN))
    oldest = connection.execute(sa.select(sa.func.min(attempts.c.id)).where(unknown)).scalar()
    if oldest is None:
        return set()
    settled = sa.and_(theirs, attempts.c.outcome == str(Outcome.SENT), attempts.c.id > oldest)
    found: set[int] = set()
    for row in connection.execute(known.where(sa.or_(unknown, settled))).all():
        found = found.difference(row.reminders) if row.outcome == Outcome.SENT else found.union(row.reminders)
    return found


def _note(connection: sa.Connection, results: Sequence[AttemptResult]) -> None:
    alike: defaultdict[tuple[Outcome, str], list[int]] = defaultdict(list)
    for one in results:
        alike[one.outcome, one.reason].append(one.attempt)
    for (outcome, reason), numbers in alike.items():
        ended = sa.update(attempts).where(in_list(connection, attempts.c.id, numbers))
        connection.execute(ended.values(outcome=str(outcome), reason=reason))
    done = [number for one in results for number in one.ids]
    if done:
        sent = sa.update(reminders).where(in_list(connection, reminders.c.id, done))
        connection.execute(sent.values(state=SENT, sent_at=max(one.at for one in results)))


def _free(now: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(recipients.c.lease_until.is_(None), recipients.c.lease_until <= now)
