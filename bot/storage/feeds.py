"""Queries about private calendar addresses."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

import sqlalchemy as sa

from bot.storage.database import Database
from bot.storage.seminar_tables import feeds


class Feeds:
    """At most one address per member and seminar; whoever knows the token may read that calendar."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self, person_id: int, seminar_id: int, now: datetime) -> str:
        """A new token; the one before it stops working."""
        token = secrets.token_urlsafe(24)
        row = {"digest": _digest(token), "seminar_id": seminar_id, "person_id": person_id, "created_at": now}
        async with self._database.write() as connection:
            await connection.execute(sa.delete(feeds).where(_of(person_id, seminar_id)))
            await connection.execute(sa.insert(feeds).values(row))
        return token

    async def revoke(self, person_id: int, seminar_id: int) -> bool:
        """Stop the token. False where there was none."""
        statement = sa.delete(feeds).where(_of(person_id, seminar_id)).returning(feeds.c.digest)
        async with self._database.write() as connection:
            return (await connection.execute(statement)).one_or_none() is not None

    async def owner(self, token: str) -> tuple[int, int] | None:
        """Person and seminar of a token; None where it does not hold (any more)."""
        query = sa.select(feeds.c.person_id, feeds.c.seminar_id).where(feeds.c.digest == _digest(token))
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return (row.person_id, row.seminar_id) if row else None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _of(person_id: int, seminar_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(feeds.c.person_id == person_id, feeds.c.seminar_id == seminar_id)
