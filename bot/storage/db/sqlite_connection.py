"""SQLite connections that make one trip to their thread for a statement, where aiosqlite's own make four."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import aiosqlite

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


class Cursor:
    """What SQLAlchemy needs of a cursor; every row is fetched with the statement."""

    def __init__(self, connection: SqliteConnection) -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Cursor:
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Run one statement."""
        await self._connection.in_thread(self._run, sql, parameters)

    async def executemany(self, sql: str, parameters: Sequence[Sequence[Any]]) -> None:
        """Run one statement with many sets of parameters."""
        await self._connection.in_thread(self._run_many, sql, parameters)

    async def fetchall(self) -> list[Any]:
        """The rows; once."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Nothing is open any more."""

    def _run(self, sql: str, parameters: Sequence[Any]) -> None:
        self._keep(self._connection.raw.execute(sql, parameters))

    def _run_many(self, sql: str, parameters: Sequence[Sequence[Any]]) -> None:
        self._keep(self._connection.raw.executemany(sql, parameters))

    def _keep(self, cursor: sqlite3.Cursor) -> None:
        self.description = cursor.description
        self._rows = cursor.fetchall() if cursor.description else []
        self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
        cursor.close()


class SqliteConnection(aiosqlite.Connection):
    """aiosqlite's connection with these cursors; nothing is asked of the thread where there is nothing to do."""

    @property
    def raw(self) -> sqlite3.Connection:
        """The connection itself, for its own thread."""
        return self._conn

    async def in_thread(self, function: Any, *arguments: Any) -> Any:
        """Call a function in the connection's thread."""
        return await self._execute(function, *arguments)  # type: ignore[no-untyped-call]

    def cursor(self) -> Cursor:  # type: ignore[override]
        """A cursor; opening it takes no time."""
        return Cursor(self)

    async def create_function(self, *arguments: Any, **options: Any) -> None:
        """At once: SQLAlchemy defines its functions before anything else uses the connection."""
        self._conn.create_function(*arguments, **options)

    async def commit(self) -> None:
        """Commit, where a transaction is open."""
        if self.in_transaction:
            await super().commit()

    async def rollback(self) -> None:
        """Roll back, where a transaction is open."""
        if self.in_transaction:
            await super().rollback()


async def connect(path: str, *, busy_seconds: float, **options: Any) -> SqliteConnection:
    """An open connection; whoever is cancelled while it opens leaves nothing behind. Raises sqlite3.Error."""
    connection = SqliteConnection(lambda: opened(path, busy_seconds, options), iter_chunk_size=1)
    connection._thread.daemon = True
    opening = asyncio.ensure_future(_opened(connection))
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        with suppress(sqlite3.Error):
            await opening
            await connection.close()
        raise


async def _opened(connection: SqliteConnection) -> SqliteConnection:
    await connection
    return connection


def opened(path: str, busy_seconds: float, options: Mapping[str, Any]) -> sqlite3.Connection:
    """A connection as all of them are set up. Blocks; raises sqlite3.Error.

    The journal mode is kept in the file. Processes that create it together may find it locked: SQLite
    does not wait for that lock by itself.
    """
    connection: sqlite3.Connection = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None, **options)
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
