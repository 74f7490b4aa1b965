"""Wrong passwords and codes, counted by where they come from."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.storage.tables.access import failed_attempts

KEPT = timedelta(days=1)


def note(connection: sa.Connection, source: str, now: datetime) -> None:
    connection.execute(sa.delete(failed_attempts).where(failed_attempts.c.at < now - KEPT))
    connection.execute(sa.insert(failed_attempts).values(source=source, at=now))


def forget_newest(connection: sa.Connection, source: str) -> None:
    newest = sa.select(sa.func.max(failed_attempts.c.id)).where(failed_attempts.c.source == source)
    connection.execute(sa.delete(failed_attempts).where(failed_attempts.c.id == newest.scalar_subquery()))


def count_since(connection: sa.Connection, source: str, since: datetime) -> int:
    query = sa.select(sa.func.count()).where(failed_attempts.c.source == source, failed_attempts.c.at > since)
    return connection.execute(query).scalar_one()
