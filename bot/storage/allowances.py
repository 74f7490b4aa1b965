"""How many messages platforms still take: counted for all processes together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.channel_tables import allowances
from bot.storage.database import Database
from handlers.messages import Address


@dataclass(frozen=True, slots=True)
class Allowance:
    """`left` messages before `until`."""

    left: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Grant:
    """A fresh allowance of `most` messages, begun when one is asked for and the last has run out of time."""

    name: str
    most: int
    until: datetime


NOBODY = ""
"""The address of an allowance that belongs to a channel as a whole."""


class Allowances:
    """Counts down; what has run out of time is nothing, unless it is begun anew."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def held(self, address: Address, name: str, now: datetime) -> Allowance | None:
        """What is left; None where there is none or its time is over."""
        query = sa.select(allowances.c.left, allowances.c.until).where(_is(address, name), allowances.c.until > now)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return Allowance(row.left, row.until) if row else None

    async def take(self, address: Address, name: str, messages: int, now: datetime, keep: int = 0) -> bool:
        """Take so many, if that leaves `keep` of them."""
        enough = sa.and_(allowances.c.until > now, allowances.c.left >= messages + keep)
        taken = sa.update(allowances).where(_is(address, name), enough).values(left=allowances.c.left - messages)
        async with self._database.write() as connection:
            return (await connection.execute(taken.returning(allowances.c.left))).one_or_none() is not None

    async def take_all(
        self, address: Address, grants: Sequence[Grant], now: datetime, messages: int = 1
    ) -> datetime | None:
        """Take from each of several allowances, begun where they are over. Else when to ask again, nothing taken."""
        async with self._database.write() as connection:
            held = [await self._begun(connection, address, grant, now) for grant in grants]
            short = [one.until for one in held if one.left < messages]
            if short:
                return max(short)
            mine = sa.and_(_of(address), allowances.c.name.in_([grant.name for grant in grants]))
            await connection.execute(sa.update(allowances).where(mine).values(left=allowances.c.left - messages))
        return None

    async def give_back(self, address: Address, name: str, messages: int, most: int) -> None:
        """So many have certainly not been sent; never more than `most` are left."""
        full = sa.case((allowances.c.left + messages > most, most), else_=allowances.c.left + messages)
        async with self._database.write() as connection:
            await connection.execute(sa.update(allowances).where(_is(address, name)).values(left=full))

    async def exhaust(self, address: Address, name: str) -> None:
        """The platform says that nothing is left."""
        async with self._database.write() as connection:
            await connection.execute(sa.update(allowances).where(_is(address, name)).values(left=0))

    async def _begun(self, connection: AsyncConnection, address: Address, grant: Grant, now: datetime) -> Allowance:
        row = {"channel": address.channel, "address_id": address.id, "name": grant.name}
        fresh = {"left": grant.most, "until": grant.until}
        put = self._database.insert(allowances).values(row | fresh)
        put = put.on_conflict_do_update(
            index_elements=["channel", "address_id", "name"], set_=fresh, where=allowances.c.until <= now
        )
        await connection.execute(put)
        query = sa.select(allowances.c.left, allowances.c.until).where(_is(address, grant.name))
        found = (await connection.execute(query.with_for_update())).one()
        return Allowance(found.left, found.until)


async def allow(
    database: Database, connection: AsyncConnection, address: Address, grant: Grant, now: datetime, *, least: bool
) -> None:
    """Begin an allowance anew; with `least`, only where none is running."""
    row = {"channel": address.channel, "address_id": address.id, "name": grant.name}
    fresh = {"left": grant.most, "until": grant.until}
    put = database.insert(allowances).values(row | fresh)
    over = allowances.c.until <= now if least else None
    await connection.execute(
        put.on_conflict_do_update(index_elements=["channel", "address_id", "name"], set_=fresh, where=over)
    )


def _of(address: Address) -> sa.ColumnElement[bool]:
    return sa.and_(allowances.c.channel == address.channel, allowances.c.address_id == address.id)


def _is(address: Address, name: str) -> sa.ColumnElement[bool]:
    return sa.and_(_of(address), allowances.c.name == name)
