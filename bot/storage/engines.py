"""How the two engines are set up."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from typing import Any

from pydantic_core import from_json, to_json
from sqlalchemy import URL, Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

PRAGMAS = (
    "PRAGMA synchronous = NORMAL",
    "PRAGMA foreign_keys = ON",
)


SQLITE_CONNECTIONS = 4
"""All of them are opened at the start."""
JOURNAL_ATTEMPTS = 50
JOURNAL_PAUSE_SECONDS = 0.02


def _json(value: Any) -> str:
    """JSON of plain values and of pydantic models, readable Chinese included."""
    return to_json(value).decode()


def sqlite_engine(url: URL, busy_seconds: float) -> AsyncEngine:
    """One file; `busy_seconds` is how long to wait for another process that is writing it."""
    engine = create_async_engine(
        url,
        connect_args={"isolation_level": None, "timeout": busy_seconds},
        pool_size=SQLITE_CONNECTIONS,
        max_overflow=0,
        json_serializer=_json,
        json_deserializer=from_json,
    )
    event.listen(engine.sync_engine, "do_connect", _try_file)
    event.listen(engine.sync_engine, "connect", _set_pragmas)
    event.listen(engine.sync_engine, "begin", _begin_immediate)
    return engine


def _try_file(dialect: Any, record: Any, arguments: Any, options: Any) -> None:
    """Fail here where the file cannot be opened: aiosqlite would leave a thread behind.

    The journal mode is kept in the file. Processes that create it together may find it locked: SQLite
    does not wait for that lock by itself.
    """
    with contextlib.closing(sqlite3.connect(*arguments)) as connection:
        for attempt in range(JOURNAL_ATTEMPTS):
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or attempt == JOURNAL_ATTEMPTS - 1:
                    raise
                time.sleep(JOURNAL_PAUSE_SECONDS)


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


def _set_pragmas(connection: Any, record: Any) -> None:
    cursor = connection.cursor()
    try:
        for pragma in PRAGMAS:
            cursor.execute(pragma)
    except BaseException:
        connection.close()  # the pool would leave its thread behind
        raise
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    """Take SQLite's write lock at once; reads need no transaction at all."""
    if connection.get_execution_options().get("immediate"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
