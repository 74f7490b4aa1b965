"""Private links to files, for channels that cannot carry them."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.storage.db.database import Database
from bot.storage.db.digests import digest
from bot.storage.db.work import execute, fetch_one
from bot.storage.tables.channel import downloads
from handlers.domain.messages import Address

HOLDS = timedelta(hours=24)


class Downloads:
    """Whoever knows the secret may have the file, as long as it holds and its address may have it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self, address: Address, token: str, now: datetime) -> str:
        """A new secret for the file that an attachment's token names."""
        secret = secrets.token_urlsafe(24)
        row = {"digest": digest(secret), "channel": address.channel, "address_id": address.id, "token": token}
        await self._database.transact(
            execute(
                sa.delete(downloads).where(downloads.c.expires_at <= now),
                sa.insert(downloads).values(row | {"expires_at": now + HOLDS}),
            )
        )
        return secret

    async def what(self, secret: str, now: datetime) -> tuple[Address, str] | None:
        """Whose file it is, and its token; None where the secret does not hold (any more)."""
        query = sa.select(downloads).where(downloads.c.digest == digest(secret), downloads.c.expires_at > now)
        row = await self._database.query(fetch_one(query))
        return (Address(channel=row.channel, id=row.address_id), row.token) if row else None
