"""The database: reads without a transaction, writes in exactly one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self, TypeVar

from sqlalchemy import URL, Connection, Table, text
from sqlalchemy.dialects import postgresql, sqlite

from bot.storage.db import texts
from bot.storage.db.errors import StorageUnavailable
from bot.storage.db.postgres_pool import PostgresPool
from bot.storage.db.sqlite_threads import SqliteThreads
from bot.storage.db.urls import normalise
from bot.storage.db.work import Work, execute

__all__ = ["Connection", "Database", "StorageUnavailable"]

T = TypeVar("T")
_HELLO = execute(text("SELECT 1"))


class Database:
    """Work is a plain function of a connection. It may be done twice (the first time rolled back), on SQLite in another
    thread; on PostgreSQL whatever it computes holds up everything else.
    """

    def __init__(self, url: str, *, busy_seconds: float = 5.0) -> None:
        """`busy_seconds`: how long to wait for another process that is writing the SQLite file."""
        self.url = normalise(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        advice = _advice(self.url, self.is_sqlite)
        self._backend = (
            SqliteThreads(self.url, busy_seconds, advice) if self.is_sqlite else PostgresPool(self.url, advice)
        )

    async def open(self) -> None:
        """Connect once; raises StorageUnavailable where the database cannot be written."""
        await self.transact(_HELLO)

    async def close(self) -> None:
        await self._backend.close()

    async def ping(self) -> None:
        """Raises StorageUnavailable unless a query gets its answer."""
        await self.query(_HELLO)

    async def query(self, work: Work[T]) -> T:
        """What a function finds. Each of its statements sees what is committed when it starts."""
        return await self._backend.query(work)

    async def transact(self, work: Work[T]) -> T:
        """Rolled back on any exception; on SQLite it may be committed although whoever waits for it is cancelled."""
        return await self._backend.transact(work)

    @asynccontextmanager
    async def listening(self, channel: str) -> AsyncIterator[asyncio.Event]:
        """Set at each notification; never on SQLite, nor once its connection breaks: look from time to time as well."""
        if isinstance(self._backend, SqliteThreads):
            yield asyncio.Event()
        else:
            async with self._backend.listening(channel) as heard:
                yield heard

    def insert(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        return sqlite.insert(table) if self.is_sqlite else postgresql.insert(table)

    async def __aenter__(self) -> Self:
        try:
            await self.open()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def _advice(url: URL, is_sqlite: bool) -> str:
    if is_sqlite:
        return texts.FILE_UNUSABLE.format(file=url.database)
    shown = url.set(drivername="postgresql").render_as_string(hide_password=True)
    return texts.SERVER_AWAY.format(url=shown)
