"""How the two engines are set up."""

from __future__ import annotations

import sqlite3
import time
from typing import Any

from pydantic_core import from_json, to_json
from sqlalchemy import URL, Engine, create_engine
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import SingletonThreadPool

LOG_PAGES = 4000
"""The log begins anew at about this length; most of it has been copied by a thread by then."""
PRAGMAS = (
    "PRAGMA synchronous = NORMAL",
    "PRAGMA foreign_keys = ON",
    f"PRAGMA wal_autocheckpoint = {LOG_PAGES}",
    "PRAGMA journal_size_limit = 16777216",  # bytes
)
JOURNAL_ATTEMPTS = 50
JOURNAL_PAUSE_SECONDS = 0.02


def _json(value: Any) -> str:
    """JSON of plain values and of pydantic models, readable Chinese included."""
    return to_json(value).decode()


def sqlite_engine(url: URL, busy_seconds: float) -> Engine:
    """Whoever writes begins the transaction: events that did it would make every statement slower."""
    return create_engine(
        url,
        creator=lambda: _opened(url.database or "", busy_seconds),
        poolclass=SingletonThreadPool,
        json_serializer=_json,
        json_deserializer=from_json,
    )


def postgres_engine(url: URL) -> AsyncEngine:
    """A pool of connections, each tried before it is used again."""
    return create_async_engine(
        url,
        connect_args={"timeout": 5, "command_timeout": 60},
        pool_size=10,
        max_overflow=10,
        pool_timeout=10,
        pool_pre_ping=True,
        skip_autocommit_rollback=True,
        json_serializer=_json,
        json_deserializer=from_json,
    )


def _opened(path: str, busy_seconds: float) -> sqlite3.Connection:
    """Blocks; raises sqlite3.Error. SQLite does not wait for the lock that the journal mode takes."""
    connection = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None, check_same_thread=False)
    try:
        for attempt in range(JOURNAL_ATTEMPTS):
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                break
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or attempt == JOURNAL_ATTEMPTS - 1:
                    raise
                time.sleep(JOURNAL_PAUSE_SECONDS)
        for pragma in PRAGMAS:
            connection.execute(pragma)
    except BaseException:
        connection.close()
        raise
    return connection
