"""How many messages platforms still take: counted for all processes together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.storage.conversations.address_keys import address_columns, address_filter, address_params, one_or_more
from bot.storage.db.database import Database
from bot.storage.db.methods import Store, transacting
from bot.storage.db.values import from_row
from bot.storage.db.work import execute, fetch_one
from bot.storage.tables.channel import quotas
from handlers.domain.messages import Address


@dataclass(frozen=True, slots=True)
class Quota:
    left: int
    until: datetime


@dataclass(frozen=True, slots=True)
class QuotaGrant:
    """A fresh allowance of `most` messages, begun when one is asked for and the last has run out of time."""

    name: str
    most: int
    until: datetime


@dataclass(frozen=True, slots=True)
class AddressGrant:
    """A grant to an address; with `least`, only where no allowance is running `now`."""

    address: Address
    grant: QuotaGrant
    now: datetime
    least: bool


NOBODY = ""
"""The address of an allowance that belongs to a channel as a whole."""


_RUNNING = sa.and_(
    address_filter(quotas),
    quotas.c.name == sa.bindparam("of_name"),
    quotas.c.until > sa.bindparam("now"),
)
_HELD = sa.select(quotas.c.left, quotas.c.until).where(_RUNNING)
_TAKEN = (
    sa.update(quotas)
    .where(_RUNNING, quotas.c.left >= sa.bindparam("least"))
    .values(left=quotas.c.left - sa.bindparam("messages"))
    .returning(quotas.c.left)
)


class Quotas(Store):
    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._granter = QuotaGranter(database)

    async def held(self, address: Address, name: str, now: datetime) -> Quota | None:
        asked = address_params(address) | {"of_name": name, "now": now}
        row = await self._database.query(fetch_one(_HELD, asked))
        return from_row(Quota, row) if row else None

    async def take(self, address: Address, name: str, messages: int, now: datetime, keep: int = 0) -> bool:
        """Takes so many, if that leaves `keep` of them; else none."""
        asked = address_params(address) | {"of_name": name, "now": now, "messages": messages, "least": messages + keep}
        return await self._database.transact(fetch_one(_TAKEN, asked)) is not None

    @transacting
    def take_all(
        self,
        connection: sa.Connection,
        address: Address,
        grants: Sequence[QuotaGrant],
        now: datetime,
        messages: int = 1,
    ) -> datetime | None:
        """Take from each of several allowances, begun where they are over. Else when to ask again, nothing taken."""
        self._granter.begin(
            connection, [AddressGrant(address=address, grant=grant, now=now, least=True) for grant in grants]
        )
        mine = sa.and_(_of(address), quotas.c.name.in_([grant.name for grant in grants]))
        query = sa.select(quotas.c.left, quotas.c.until).where(mine).with_for_update()
        short: list[datetime] = [row.until for row in connection.execute(query) if row.left < messages]
        if short:
            return max(short)
        connection.execute(sa.update(quotas).where(mine).values(left=quotas.c.left - messages))
        return None

    async def give_back(self, address: Address, name: str, messages: int, most: int) -> None:
        """So many have certainly not been sent; never more than `most` are left."""
        full = sa.case((quotas.c.left + messages > most, most), else_=quotas.c.left + messages)
        await self._database.transact(execute(sa.update(quotas).where(_is(address, name)).values(left=full)))

    async def exhaust(self, address: Address, name: str) -> None:
        """The platform says that nothing is left."""
        await self._database.transact(execute(sa.update(quotas).where(_is(address, name)).values(left=0)))


class QuotaGranter:
    def __init__(self, database: Database) -> None:
        put, keys = database.insert(quotas), ["channel", "address_id", "name"]
        fresh = {"left": put.excluded.left, "until": put.excluded.until}
        over = quotas.c.until <= sa.bindparam("at_now")
        self._anew = put.on_conflict_do_update(index_elements=keys, set_=fresh)
        self._where_over = put.on_conflict_do_update(index_elements=keys, set_=fresh, where=over)

    def begin(self, connection: sa.Connection, granted: Iterable[AddressGrant]) -> None:
        """Inside the caller's transaction."""
        anew, where_over = [], []
        for one in granted:
            row = address_columns(one.address) | {"name": one.grant.name, "left": one.grant.most}
            row |= {"until": one.grant.until}
            if one.least:
                where_over.append(row | {"at_now": one.now})
            else:
                anew.append(row)
        if anew:
            connection.execute(self._anew, one_or_more(anew))
        if where_over:
            connection.execute(self._where_over, one_or_more(where_over))


def _of(address: Address) -> sa.ColumnElement[bool]:
    return sa.and_(quotas.c.channel == address.channel, quotas.c.address_id == address.id)


def _is(address: Address, name: str) -> sa.ColumnElement[bool]:
    return sa.and_(_of(address), quotas.c.name == name)
