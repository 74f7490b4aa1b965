"""Messages that platforms deliver (several times, to several processes) and how far their answers have got."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.allowances import Grant, allow
from bot.storage.channel_tables import nonces, outbox
from bot.storage.conversations import of_address
from bot.storage.database import Database
from bot.storage.group_commit import GroupCommit
from bot.storage.seminar_tables import addresses
from handlers.messages import Address, Incoming

RETRIES = timedelta(seconds=60)
"""A platform's own retries come within this; what comes later is a replay."""
BLOCKS = 5
"""So many failures, and a message no longer holds up the ones after it."""
KEPT = timedelta(days=3)
"""How long answered messages are remembered."""


class Standing(StrEnum):
    """What a delivery of a message may do.

    ENTITLED: answer it. ELSEWHERE: another delivery (or the sender of late answers) is at it. DONE: it has been
    answered otherwise. REPLAYED: it is refused.
    """

    ENTITLED = "entitled"
    ELSEWHERE = "elsewhere"
    DONE = "done"
    REPLAYED = "replayed"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A delivery of a message: what the platform's nonce was used for, and the allowance its coming opens."""

    incoming: Incoming
    nonce: str
    body: str
    now: datetime
    hold: timedelta
    grant: Grant | None = None
    least: bool = False
    """The allowance begins only where none is running."""
    wakes: bool = False
    """Answers that wait for their asker are sent now."""


@dataclass(frozen=True, slots=True)
class Stand:
    """What a delivery may do; its number, and the parts it has to give again, where it is entitled."""

    standing: Standing
    number: int = 0
    parts: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message whose answer is to be sent now.

    `parts` where they are known; the first `given` of them have been sent, the next may have been where `repeats`.
    """

    incoming: Incoming
    at: datetime
    failures: int
    parts: tuple[dict[str, Any], ...] | None
    given: int
    repeats: bool = False


class Outbox:
    """The state of every answer. What many deliveries do at once goes to the database together."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._arriving: GroupCommit[Arrival, Stand] = GroupCommit(self._arrive)
        self._carrying: GroupCommit[Incoming, None] = GroupCommit(self._carry)

    async def arrive(self, arrival: Arrival) -> Stand:
        """Note a delivery, and say what it may do."""
        return await self._arriving.add(arrival)

    async def again(self, incoming: Incoming, now: datetime, hold: timedelta) -> Stand:
        """What a delivery that found another one at work may do by now."""
        async with self._database.write() as connection:
            row = (await connection.execute(sa.select(outbox).where(_is(incoming)).with_for_update())).one()
            if row.carried:
                return Stand(Standing.DONE)
            return await self._stand(connection, row, incoming, now, hold)

    async def carried(self, incoming: Incoming) -> None:
        """The response with the answer has been sent."""
        await self._carrying.add(incoming)

    async def first_time(self, nonce: str, body: str, now: datetime) -> bool:
        """Whether a callback that wants no answer has not come before."""
        row = {"nonce": nonce, "body": body, "at": now}
        put = self._database.insert(nonces).values(row).on_conflict_do_nothing().returning(nonces.c.nonce)
        async with self._database.write() as connection:
            return (await connection.execute(put)).one_or_none() is not None

    async def answer(self, incoming: Incoming, number: int, parts: Sequence[dict[str, Any]], now: datetime) -> bool:
        """This delivery is about to carry the first part. False where it is not its turn (any more)."""
        async with self._database.write() as connection:
            return await self._answer(connection, incoming, number, parts, now)

    async def answer_with_next(
        self, incoming: Incoming, number: int, owed: Claimed, now: datetime
    ) -> dict[str, Any] | None:
        """This delivery is about to carry the next part of an older answer; what follows that is due at once.

        None where that part has been given meanwhile, or it is not this delivery's turn (any more).
        """
        async with self._database.write() as connection:
            query = sa.select(outbox).where(_is(owed.incoming)).with_for_update()
            row = (await connection.execute(query)).one_or_none()
            if row is None or row.closed_at or row.given != owed.given or row.given >= len(row.parts or ()):
                return None
            part: dict[str, Any] = row.parts[row.given]
            if not await self._answer(connection, incoming, number, [part], now):
                return None
            more = row.given + 1 < len(row.parts)
            values = {"given": row.given + 1, "begun": row.given + 1}
            values |= {"closed_at": None if more else now, "next_at": now if more else None}
            await connection.execute(sa.update(outbox).where(_is(owed.incoming)).values(values))
        return part

    async def release(self, incoming: Incoming, number: int, now: datetime, next_at: datetime) -> None:
        """This delivery cannot answer in time: another one may, else the answer is sent at `next_at`."""
        mine = sa.and_(_is(incoming), outbox.c.deliveries == number, outbox.c.answered_at.is_(None))
        async with self._database.write() as connection:
            await connection.execute(sa.update(outbox).where(mine).values(held_until=now, next_at=next_at))

    async def claim(self, channel: str, now: datetime, most: int, lease: timedelta) -> tuple[Claimed, ...]:
        """Answers whose time has come, nobody else's until the lease ends; to one address one after the other."""
        due = sa.and_(outbox.c.channel == channel, outbox.c.next_at <= now)
        free = sa.or_(outbox.c.held_until <= now, outbox.c.answered_at.is_not(None))
        query = sa.select(outbox).where(due, free, _not_being_sent(outbox, now), ~_earlier_one(now))
        async with self._database.write() as connection:
            query = query.order_by(outbox.c.next_at).limit(most).with_for_update(skip_locked=True)
            rows = (await connection.execute(query)).all()
            for row in rows:
                held = {"sending_until": now + lease, "next_at": now + lease}
                await connection.execute(sa.update(outbox).where(_same(row)).values(held))
        return tuple(_claimed(row) for row in rows)

    async def begin(self, incoming: Incoming, begun: int, parts: Sequence[dict[str, Any]] | None = None) -> None:
        """So many parts are being or have been sent; `parts`, where the answer has only now become known."""
        await self._set(incoming, begun=begun, **({"parts": list(parts)} if parts is not None else {}))

    async def given(self, incoming: Incoming, given: int, *, more: bool) -> None:
        """So many parts have gone out; where there are `more`, the next is being sent."""
        await self._set(incoming, given=given, begun=given + more)

    async def close(self, incoming: Incoming, now: datetime) -> None:
        """All of it has gone out, or nobody wants it any more."""
        await self._set(incoming, closed_at=now, next_at=None, sending_until=None)

    async def defer(
        self, incoming: Incoming, next_at: datetime | None, failures: int, *, surely_not_sent: bool
    ) -> None:
        """It could not be sent: again at a moment, or (None) when its asker writes next."""
        values: dict[str, Any] = {"next_at": next_at, "failures": failures, "sending_until": None}
        if surely_not_sent:
            values["begun"] = outbox.c.given
        await self._set(incoming, **values)

    async def owed(self, address: Address, now: datetime) -> Claimed | None:
        """The oldest answer that waits for its asker."""
        waiting = sa.and_(outbox.c.next_at.is_(None), outbox.c.closed_at.is_(None), _not_being_sent(outbox, now))
        query = sa.select(outbox).where(of_address(outbox, address), waiting, outbox.c.parts.is_not(None))
        async with self._database.read() as connection:
            row = (await connection.execute(query.order_by(outbox.c.at).limit(1))).one_or_none()
        return _claimed(row) if row else None

    async def purge(self, now: datetime) -> None:
        """Forget what was answered long ago, and nonces whose time is over."""
        async with self._database.write() as connection:
            old = sa.or_(outbox.c.closed_at < now - KEPT, outbox.c.at < now - 2 * KEPT)
            await connection.execute(sa.delete(outbox).where(old))
            await connection.execute(sa.delete(nonces).where(nonces.c.at < now - KEPT))

    async def _set(self, incoming: Incoming, **values: Any) -> None:
        async with self._database.write() as connection:
            await connection.execute(sa.update(outbox).where(_is(incoming)).values(values))

    async def _carry(self, incoming: Sequence[Incoming]) -> Sequence[None]:
        async with self._database.write() as connection:
            for one in incoming:
                answered = sa.and_(_is(one), outbox.c.answered_at.is_not(None))
                await connection.execute(sa.update(outbox).where(answered).values(carried=True))
        return [None] * len(incoming)

    @staticmethod
    async def _answer(
        connection: AsyncConnection, incoming: Incoming, number: int, parts: Sequence[dict[str, Any]], now: datetime
    ) -> bool:
        """Given again, it changes nothing: the rest of the answer may be under way."""
        row = (await connection.execute(sa.select(outbox).where(_is(incoming)).with_for_update())).one()
        if row.deliveries != number or row.held_until <= now:
            return False
        if row.answered_at is None:
            if row.given or (row.sending_until and row.sending_until > now):
                return False
            more = len(parts) > 1
            values = {"answered_at": now, "parts": list(parts), "given": 1, "begun": 1}
            values |= {"next_at": now if more else None, "closed_at": None if more else now}
            await connection.execute(sa.update(outbox).where(_is(incoming)).values(values))
        return True

    async def _arrive(self, arrivals: Sequence[Arrival]) -> Sequence[Stand]:
        async with self._database.write() as connection:
            return [await self._one(connection, arrival) for arrival in arrivals]

    async def _one(self, connection: AsyncConnection, arrival: Arrival) -> Stand:
        incoming, now = arrival.incoming, arrival.now
        if not await self._fresh(connection, arrival):
            return Stand(Standing.REPLAYED)
        if await self._insert(connection, arrival):
            await self._can_be_reached(connection, arrival)
            return Stand(Standing.ENTITLED, 1)
        row = (await connection.execute(sa.select(outbox).where(_is(incoming)).with_for_update())).one()
        return await self._stand(connection, row, incoming, now, arrival.hold)

    async def _fresh(self, connection: AsyncConnection, arrival: Arrival) -> bool:
        """Whether this nonce was never used, or for the very same message."""
        row = {"nonce": arrival.nonce, "body": arrival.body, "at": arrival.now}
        put = self._database.insert(nonces).values(row).on_conflict_do_nothing().returning(nonces.c.nonce)
        if (await connection.execute(put)).one_or_none():
            return True
        used = sa.select(nonces.c.body).where(nonces.c.nonce == arrival.nonce)
        return bool((await connection.execute(used)).scalar_one() == arrival.body)

    async def _insert(self, connection: AsyncConnection, arrival: Arrival) -> bool:
        address, now = arrival.incoming.address, arrival.now
        row: dict[str, Any] = {"channel": address.channel, "address_id": address.id}
        row |= {"message_id": arrival.incoming.message_id}
        row |= {"incoming": arrival.incoming.model_dump(mode="json"), "at": now, "held_until": now + arrival.hold}
        row |= {"next_at": now + 2 * arrival.hold, "deliveries": 1, "failures": 0}
        row |= {"given": 0, "begun": 0, "carried": False}
        put = self._database.insert(outbox).values(row).on_conflict_do_nothing().returning(outbox.c.deliveries)
        return (await connection.execute(put)).one_or_none() is not None

    async def _can_be_reached(self, connection: AsyncConnection, arrival: Arrival) -> None:
        """Whoever writes can be written to again."""
        address = arrival.incoming.address
        blocked = sa.and_(of_address(addresses, address), addresses.c.disabled_at.is_not(None))
        await connection.execute(sa.update(addresses).where(blocked).values(disabled_at=None))
        if arrival.wakes:
            waiting = sa.and_(of_address(outbox, address), outbox.c.next_at.is_(None), outbox.c.closed_at.is_(None))
            await connection.execute(sa.update(outbox).where(waiting).values(next_at=arrival.now))
        if arrival.grant:
            await allow(self._database, connection, address, arrival.grant, arrival.now, least=arrival.least)

    @staticmethod
    async def _stand(
        connection: AsyncConnection, row: sa.Row[Any], incoming: Incoming, now: datetime, hold: timedelta
    ) -> Stand:
        if now - row.at > RETRIES:
            return Stand(Standing.REPLAYED)
        if row.held_until > now:
            return Stand(Standing.ELSEWHERE)
        if row.answered_at is None:
            if row.sending_until and row.sending_until > now:
                return Stand(Standing.ELSEWHERE)
            if row.given:
                return Stand(Standing.DONE)
        number: int = row.deliveries + 1
        held = {"deliveries": number, "held_until": now + hold}
        if row.answered_at is None and row.closed_at is None:
            held["next_at"] = now + 2 * hold
        await connection.execute(sa.update(outbox).where(_is(incoming)).values(held))
        return Stand(Standing.ENTITLED, number, tuple(row.parts or ()) if row.answered_at else ())


def _earlier_one(now: datetime) -> sa.Exists:
    """Whether an earlier message of the same address is still to be answered; one that goes on failing is passed."""
    earlier = outbox.alias()
    same = sa.and_(earlier.c.channel == outbox.c.channel, earlier.c.address_id == outbox.c.address_id)
    tried_a_little = sa.and_(earlier.c.next_at.is_not(None), earlier.c.failures < BLOCKS)
    due = sa.or_(tried_a_little, earlier.c.sending_until > now)
    before = sa.tuple_(earlier.c.at, earlier.c.message_id) < sa.tuple_(outbox.c.at, outbox.c.message_id)
    return sa.exists().where(same, due, earlier.c.closed_at.is_(None), before).correlate(outbox)


def _not_being_sent(table: Any, now: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(table.c.sending_until.is_(None), table.c.sending_until <= now)


def _is(incoming: Incoming) -> sa.ColumnElement[bool]:
    return sa.and_(of_address(outbox, incoming.address), outbox.c.message_id == incoming.message_id)


def _same(row: sa.Row[Any]) -> sa.ColumnElement[bool]:
    address = Address(channel=row.channel, id=row.address_id)
    return sa.and_(of_address(outbox, address), outbox.c.message_id == row.message_id)


def _claimed(row: sa.Row[Any]) -> Claimed:
    parts = tuple(row.parts) if row.parts is not None else None
    incoming = Incoming.model_validate(row.incoming)
    return Claimed(incoming, row.at, row.failures, parts, row.given, repeats=row.begun > row.given)
