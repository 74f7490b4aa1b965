"""Access tokens of platforms, shared by all processes and fetched by one of them at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.storage.db.methods import Store
from bot.storage.db.values import from_row
from bot.storage.db.work import execute, fetch_one
from bot.storage.tables.channel import access_tokens

FETCHING = timedelta(seconds=15)
"""How long one process may take to fetch a token before another one tries."""
APART = timedelta(seconds=30)
"""Platforms want at least this between two requests for a new token."""


@dataclass(frozen=True, slots=True)
class AccessToken:
    token: str
    expires_at: datetime

    def holds(self, now: datetime) -> bool:
        return bool(self.token) and self.expires_at > now


class Tokens(Store):
    async def held(self, name: str) -> AccessToken | None:
        query = sa.select(access_tokens.c.token, access_tokens.c.expires_at).where(access_tokens.c.name == name)
        row = await self._database.query(fetch_one(query))
        return from_row(AccessToken, row) if row else None

    async def may_fetch(self, name: str, worn: str, now: datetime) -> bool:
        """Whether this process is the one to fetch a new token in place of `worn`; then nobody else is for a while."""
        row = {"name": name, "token": "", "expires_at": now, "lease_until": now + FETCHING}
        free = sa.and_(access_tokens.c.lease_until <= now, access_tokens.c.token == worn)
        put = self._database.insert(access_tokens).values(row)
        put = put.on_conflict_do_update(index_elements=["name"], set_={"lease_until": now + FETCHING}, where=free)
        return await self._database.transact(fetch_one(put.returning(access_tokens.c.name))) is not None

    async def put(self, name: str, token: AccessToken, now: datetime) -> None:
        fresh = {"token": token.token, "expires_at": token.expires_at, "lease_until": now + APART}
        await self._database.transact(
            execute(sa.update(access_tokens).where(access_tokens.c.name == name).values(fresh))
        )

    async def give_up(self, name: str, now: datetime) -> None:
        free = sa.update(access_tokens).where(access_tokens.c.name == name).values(lease_until=now)
        await self._database.transact(execute(free))
