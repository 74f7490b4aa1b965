"""Database addresses as people write them, made into those the drivers want."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.storage.db import texts
from bot.storage.db.errors import StorageUnavailable

SQLITE = "sqlite"
POSTGRES = "postgresql+asyncpg"
DRIVERS = {
    "sqlite": SQLITE,
    "sqlite+aiosqlite": SQLITE,
    "sqlite+pysqlite": SQLITE,
    "postgres": POSTGRES,
    "postgresql": POSTGRES,
    "postgresql+asyncpg": POSTGRES,
    "postgresql+psycopg": POSTGRES,
    "postgresql+psycopg2": POSTGRES,
}
RENAMED = {"sslmode": "ssl"}
"""libpq's names of connection options, and asyncpg's."""
ACCEPTED = {"host", "port", "ssl", "prepared_statement_cache_size"}
IGNORED = {"channel_binding", "gssencmode", "application_name", "connect_timeout"}
"""Options of hosted databases' copy-and-paste addresses that asyncpg does without."""


def normalise(text: str) -> URL:
    """The address with its driver; StorageUnavailable says what is wrong with it."""
    try:
        url = make_url(text)
    except ArgumentError:
        raise StorageUnavailable(texts.NO_ADDRESS) from None
    driver = DRIVERS.get(url.drivername)
    if driver is None:
        raise StorageUnavailable(texts.UNKNOWN_KIND.format(kind=url.drivername))
    url = url.set(drivername=driver)
    return _with_asyncpg_options(url) if driver == POSTGRES else _with_file(url)


def is_missing_file(text: str) -> bool:
    """Whether the address is a SQLite file that does not exist (yet)."""
    url = normalise(text)
    return url.drivername == SQLITE and not Path(url.database or "").exists()


def _with_file(url: URL) -> URL:
    if url.host:
        raise StorageUnavailable(texts.SLASH_MISSING.format(file=url.host))
    if url.database in (None, "", ":memory:"):
        raise StorageUnavailable(texts.FILE_MISSING)
    if url.query:
        raise StorageUnavailable(texts.UNKNOWN_OPTIONS.format(names="、".join(sorted(url.query))))
    return url


def _with_asyncpg_options(url: URL) -> URL:
    query = {RENAMED.get(name, name): value for name, value in url.query.items() if name not in IGNORED}
    unknown = sorted(set(query) - ACCEPTED)
    if unknown:
        raise StorageUnavailable(texts.UNKNOWN_OPTIONS.format(names="、".join(unknown)))
    return url.set(query=query)
