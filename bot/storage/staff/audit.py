"""The log of every change by staff, chained by digests so that tampering shows."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from pydantic_core import to_json

from bot.storage.db.advisory_lock import advisory_lock
from bot.storage.db.methods import Store
from bot.storage.db.values import from_row
from bot.storage.db.work import fetch_all
from bot.storage.tables.staff import audit
from handlers.texts import staff as texts

CHAIN = 7_120_251_002
"""PostgreSQL advisory lock: entries are chained one at a time."""
BEGINNING = "0" * 64
PAGE = 500

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Actor:
    account_id: int | None
    who: str


@dataclass(frozen=True, slots=True)
class Entry:
    id: int
    at: datetime
    who: str
    action: str
    subject: str
    before: Values | None
    after: Values | None
    digest: str


def record(
    connection: sa.Connection,
    actor: Actor,
    action: str,
    subject: str,
    now: datetime,
    *,
    before: Values | None = None,
    after: Values | None = None,
) -> None:
    """Write an entry within the transaction of the change itself."""
    lock(connection)
    newest = sa.select(audit.c.digest).order_by(audit.c.id.desc()).limit(1)
    previous = connection.execute(newest).scalar_one_or_none() or BEGINNING
    row = {
        "at": now,
        "account_id": actor.account_id,
        "who": actor.who.replace("\x00", ""),
        "action": action,
        "subject": subject.replace("\x00", ""),
        "before": before,
        "after": after,
        "previous": previous,
    }
    connection.execute(sa.insert(audit).values(row | {"digest": digest_of(row)}))


def lock(connection: sa.Connection) -> None:
    advisory_lock(connection, CHAIN)


def digest_of(row: Values) -> str:
    """SHA-256 over an entry and the digest of the one before it."""
    fields = ("who", "action", "subject", "before", "after", "account_id", "previous")
    content = {name: row[name] for name in fields} | {"at": row["at"].astimezone(UTC).isoformat()}
    return hashlib.sha256(to_json(_sorted(content))).hexdigest()


def _sorted(value: Any) -> Any:
    """With the keys of every object in one order: databases keep them in their own."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(one) for one in value] if isinstance(value, list | tuple) else value


class Audit(Store):
    async def newest(self, limit: int, before_id: int | None = None) -> tuple[Entry, ...]:
        query = sa.select(audit).order_by(audit.c.id.desc()).limit(limit)
        query = query.where(audit.c.id < before_id) if before_id else query
        rows = await self._database.query(fetch_all(query))
        return tuple(from_row(Entry, row) for row in rows)

    async def verify(self) -> tuple[int, str, str]:
        """How many entries hold, the digest of the last, and what is wrong with the next (else empty)."""
        held, previous = 0, BEGINNING
        async for row in self._rows():
            if row.previous != previous:
                return held, previous, texts.LOG_BROKEN.format(number=row.id)
            if digest_of(dict(row._mapping)) != row.digest:
                return (
                    held,
                    previous,
                    texts.LOG_CHANGED.format(number=row.id, at=row.at, who=row.who, action=row.action),
                )
            held, previous = held + 1, row.digest
        return held, previous, ""

    async def _rows(self) -> AsyncIterator[sa.Row[Any]]:
        last = 0
        while True:
            query = sa.select(audit).where(audit.c.id > last).order_by(audit.c.id).limit(PAGE)
            rows = await self._database.query(fetch_all(query))
            for row in rows:
                yield row
            if len(rows) < PAGE:
                return
            last = rows[-1].id
