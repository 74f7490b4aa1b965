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


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message whose answer is to be sent now; `parts` where they are known, the first `given` of them sent."""

    incoming: Incoming
    at: datetime
    failures: int
    parts: tuple[dict[str, Any], ...] | None
    given: int


class Outbox:
    """The state of every answer. What many deliveries do at once goes to the database together."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._arriving: GroupCommit[Arrival, tuple[Standing, int]] = GroupCommit(self._arrive)

    async def arrive(self, arrival: Arrival) -> tuple[Standing, int]:
        """Note a delivery; what it may do, and its number if it is entitled."""
        return await self._arriving.add(arrival)

    async def again(self, incoming: Incoming, now: datetime, hold: timedelta) -> tuple[Standing, int]:
        """What a delivery that found another one at work may do by now."""
        async with self._database.write() as connection:
            row = (await connection.execute(sa.select(outbox).where(_is(incoming)).with_for_update())).one()
            if row.answered_at is not None:
                return Standing.DONE, 0
            return await self._stand(connection, row, incoming, now, hold)

    async def answer(self, incoming: Incoming, number: int, parts: Sequence[dict[str, Any]], now: datetime) -> bool:
        """This delivery is about to carry the first part. False where it is not its turn (any more)."""
        rest = len(parts) > 1
        values: dict[str, Any] = {"answered_at": now, "parts": list(parts), "given": _at_least_one()}
        values |= {"next_at": now if rest else None, "closed_at": None if rest else now}
        mine = sa.and_(_is(incoming), outbox.c.deliveries == number, outbox.c.held_until > now)
        async with self._database.write() as connection:
            done = sa.update(outbox).where(mine).values(values).returning(outbox.c.given)
            return (await connection.execute(done)).one_or_none() is not None

    async def release(self, incoming: Incoming, number: int, now: datetime, next_at: datetime) -> None:
        """This delivery cannot answer in time: another one may, else the answer is sent at `next_at`."""
        mine = sa.and_(_is(incoming), outbox.c.deliveries == number, outbox.c.answered_at.is_(None))
        async with self._database.write() as connection:
            await connection.execute(sa.update(outbox).where(mine).values(held_until=now, next_at=next_at))

    async def claim(self, channel: str, now: datetime, most: int, lease: timedelta) -> tuple[Claimed, ...]:
        """Answers whose time has come, nobody else's until the lease ends."""
        due = sa.and_(outbox.c.channel == channel, outbox.c.next_at <= now)
        free = sa.or_(outbox.c.held_until <= now, outbox.c.answered_at.is_not(None))
        query = sa.select(outbox).where(due, free).order_by(outbox.c.next_at).limit(most)
        async with self._database.write() as connection:
            rows = (await connection.execute(query.with_for_update(skip_locked=True))).all()
            for row in rows:
                held = {"held_until": now + lease, "next_at": now + lease}
                mine = _same(row)
                await connection.execute(sa.update(outbox).where(mine).values(held))
        return tuple(_claimed(row) for row in rows)

    async def next_turn(self, channel: str) -> datetime | None:
        """When the next answer is to be sent."""
        query = sa.select(sa.func.min(outbox.c.next_at)).where(outbox.c.channel == channel)
        async with self._database.read() as connection:
            found: datetime | None = (await connection.execute(query)).scalar_one_or_none()
        return found

    async def rendered(self, incoming: Incoming, parts: Sequence[dict[str, Any]]) -> None:
        """The answer is known."""
        await self._set(incoming, parts=list(parts))

    async def given(self, incoming: Incoming, given: int) -> None:
        """So many parts have gone out."""
        await self._set(incoming, given=given)

    async def close(self, incoming: Incoming, now: datetime) -> None:
        """All of it has gone out, or nobody wants it any more."""
        await self._set(incoming, closed_at=now, next_at=None)

    async def defer(self, incoming: Incoming, now: datetime, next_at: datetime | None, failures: int) -> None:
        """It could not be sent: again at a moment, or (None) when its asker writes next."""
        await self._set(incoming, held_until=now, next_at=next_at, failures=failures)

    async def owed(self, address: Address, now: datetime) -> Claimed | None:
        """The oldest answer that waits for its asker."""
        waiting = sa.and_(outbox.c.next_at.is_(None), outbox.c.closed_at.is_(None), outbox.c.held_until <= now)
        query = sa.select(outbox).where(of_address(outbox, address), waiting, outbox.c.parts.is_not(None))
        async with self._database.read() as connection:
            row = (await connection.execute(query.order_by(outbox.c.at).limit(1))).one_or_none()
        return _claimed(row) if row else None

    async def take_next(self, incoming: Incoming, now: datetime) -> bool:
        """Its asker has been given one part more; whether there is another one, which is due now."""
        async with self._database.write() as connection:
            row = (await connection.execute(sa.select(outbox).where(_is(incoming)).with_for_update())).one()
            more: bool = row.given + 1 < len(row.parts or ())
            values = {"given": row.given + 1, "closed_at": None if more else now, "next_at": now if more else None}
            await connection.execute(sa.update(outbox).where(_is(incoming)).values(values))
        return more

    async def purge(self, now: datetime) -> None:
        """Forget what was answered long ago, and nonces whose time is over."""
        async with self._database.write() as connection:
            old = sa.or_(outbox.c.closed_at < now - KEPT, outbox.c.at < now - 2 * KEPT)
            await connection.execute(sa.delete(outbox).where(old))
            await connection.execute(sa.delete(nonces).where(nonces.c.at < now - KEPT))

    async def _set(self, incoming: Incoming, **values: Any) -> None:
        async with self._database.write() as connection:
            await connection.execute(sa.update(outbox).where(_is(incoming)).values(values))

    async def _arrive(self, arrivals: Sequence[Arrival]) -> Sequence[tuple[Standing, int]]:
        async with self._database.write() as connection:
            return [await self._one(connection, arrival) for arrival in arrivals]

    async def _one(self, connection: AsyncConnection, arrival: Arrival) -> tuple[Standing, int]:
        incoming, now = arrival.incoming, arrival.now
        if not await self._fresh(connection, arrival):
            return Standing.REPLAYED, 0
        if await self._insert(connection, arrival):
            await self._can_be_reached(connection, arrival)
            return Standing.ENTITLED, 1
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
        row |= {"next_at": now + 2 * arrival.hold, "deliveries": 1, "failures": 0, "given": 0}
        put = self._database.insert(outbox).values(row).on_conflict_do_nothing().returning(outbox.c.deliveries)
        return (await connection.execute(put)).one_or_none() is not None

    async def _can_be_reached(self, connection: AsyncConnection, arrival: Arrival) -> None:
        """Whoever writes can be written to again."""
        address = arrival.incoming.address
        blocked = sa.and_(of_address(addresses, address), addresses.c.disabled_at.is_not(None))
        await connection.execute(sa.update(addresses).where(blocked).values(disabled_at=None))
        if arrival.grant:
            await allow(self._database, connection, address, arrival.grant, arrival.now, least=arrival.least)

    @staticmethod
    async def _stand(
        connection: AsyncConnection, row: sa.Row[Any], incoming: Incoming, now: datetime, hold: timedelta
    ) -> tuple[Standing, int]:
        if now - row.at > RETRIES:
            return Standing.REPLAYED, 0
        if row.held_until > now:
            return Standing.ELSEWHERE, 0
        if row.given and row.answered_at is None:
            return Standing.DONE, 0
        number: int = row.deliveries + 1
        held = {"deliveries": number, "held_until": now + hold}
        if row.closed_at is None and row.answered_at is None:
            held["next_at"] = now + 2 * hold
        await connection.execute(sa.update(outbox).where(_is(incoming)).values(held))
        return Standing.ENTITLED, number


def _at_least_one() -> sa.ColumnElement[int]:
    return sa.case((outbox.c.given > 1, outbox.c.given), else_=1)


def _is(incoming: Incoming) -> sa.ColumnElement[bool]:
    return sa.and_(of_address(outbox, incoming.address), outbox.c.message_id == incoming.message_id)


def _same(row: sa.Row[Any]) -> sa.ColumnElement[bool]:
    address = Address(channel=row.channel, id=row.address_id)
    return sa.and_(of_address(outbox, address), outbox.c.message_id == row.message_id)


def _claimed(row: sa.Row[Any]) -> Claimed:
    parts = tuple(row.parts) if row.parts is not None else None
    return Claimed(Incoming.model_validate(row.incoming), row.at, row.failures, parts, row.given)
