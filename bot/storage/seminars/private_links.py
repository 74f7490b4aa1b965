"""Queries about private addresses."""

from __future__ import annotations

import secrets
from datetime import datetime

import sqlalchemy as sa

from bot.storage.db.database import Database
from bot.storage.db.digests import digest
from bot.storage.db.work import execute, fetch_one
from bot.storage.tables.seminar import links
from handlers.domain.seminar import LinkPurpose


class Links:
    """At most one per member, seminar and purpose; whoever knows the token may read what it is for."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self, person_id: int, seminar_id: int, purpose: LinkPurpose, now: datetime) -> str:
        """A new token; the one before it stops working."""
        token = secrets.token_urlsafe(24)
        row = {"digest": digest(token), "seminar_id": seminar_id, "person_id": person_id}
        row |= {"purpose": str(purpose), "created_at": now}
        await self._database.transact(
            execute(sa.delete(links).where(_of(person_id, seminar_id, purpose)), sa.insert(links).values(row))
        )
        return token

    async def revoke(self, person_id: int, seminar_id: int, purpose: LinkPurpose) -> bool:
        """Stop the token. False where there was none."""
        statement = sa.delete(links).where(_of(person_id, seminar_id, purpose)).returning(links.c.digest)
        return await self._database.transact(fetch_one(statement)) is not None

    async def owner(self, token: str, purpose: LinkPurpose) -> tuple[int, int] | None:
        """Person and seminar of a token; None where it does not hold (any more)."""
        query = sa.select(links.c.person_id, links.c.seminar_id).where(
            links.c.digest == digest(token), links.c.purpose == str(purpose)
        )
        row = await self._database.query(fetch_one(query))
        return (row.person_id, row.seminar_id) if row else None


def _of(person_id: int, seminar_id: int, purpose: LinkPurpose) -> sa.ColumnElement[bool]:
    whose = sa.and_(links.c.person_id == person_id, links.c.seminar_id == seminar_id)
    return sa.and_(whose, links.c.purpose == str(purpose))
