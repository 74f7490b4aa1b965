"""The database: one engine, reads without a transaction, writes in exactly one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from types import TracebackType
from typing import Any, Self, TypeVar

from sqlalchemy import URL, Table, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.db.batching import GroupCommit
from bot.storage.db.engines import postgres_engine, sqlite_engine, sqlite_thread_engine
from bot.storage.db.errors import StorageUnavailable, storage_errors
from bot.storage.db.sqlite_threads import SqliteThreads, Work
from bot.storage.db.urls import normalise

__all__ = ["Database", "StorageUnavailable"]

T = TypeVar("T")
AT_ONCE = 50
"""Most functions in one trip to a thread, which takes time from everything else."""
GRACE_SECONDS = 5.0
"""How long closing waits for connections in use."""


class Database:
    """SQLite (one file, one writer) or PostgreSQL; every outage is a StorageUnavailable.

    `read` and `write` give a connection; `query` and `transact` run a plain function on one. On SQLite that
    costs a fraction, all the more as what is asked at the same time is done together: what every message needs is
    done that way.
    """

    def __init__(self, url: str, *, busy_seconds: float = 5.0) -> None:
        """`busy_seconds`: how long to wait for another process that is writing the SQLite file."""
        self.url = normalise(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._advice = _advice(self.url, self.is_sqlite)
        self._writing = asyncio.Lock()
        self._used, self._unused, self._closed = 0, asyncio.Event(), False
        self._unused.set()
        if self.is_sqlite:
            self._engine = sqlite_engine(self.url, busy_seconds)
            self._threads = SqliteThreads(sqlite_thread_engine(self.url, busy_seconds))
            self._reads, self._writes = self._engine, self._engine.execution_options(immediate=True)
            self._querying: GroupCommit[Work[Any], Any] = GroupCommit(self._query_together, AT_ONCE)
            self._transacting: GroupCommit[Work[Any], Any] = GroupCommit(self._transact_together, AT_ONCE)
        else:
            self._engine = postgres_engine(self.url)
            self._reads, self._writes = (
                self._engine.execution_options(isolation_level="AUTOCOMMIT"),
                self._engine,
            )

    async def open(self) -> None:
        """Connect once; raises StorageUnavailable where the database cannot be written."""
        async with self.write() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Close every connection, when those in use have been given back."""
        self._closed = True
        with suppress(TimeoutError):
            async with asyncio.timeout(GRACE_SECONDS):
                await self._unused.wait()
        if self.is_sqlite:
            await self._transacting.close()
            await self._querying.close()
            await self._threads.close()
        await self._engine.dispose()

    async def ping(self) -> None:
        """Raise StorageUnavailable unless a query gets its answer."""
        async with self.read() as connection:
            await connection.execute(text("SELECT 1"))

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection for single queries; each sees what is committed when it starts."""
        with storage_errors(self._advice):
            async with self._in_use(), self._reads.connect() as connection:
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A connection inside one transaction: committed at the end, rolled back on any exception."""
        async with AsyncExitStack() as stack:
            if self.is_sqlite:
                await stack.enter_async_context(self._writing)
            stack.enter_context(storage_errors(self._advice))
            await stack.enter_async_context(self._in_use())
            yield await stack.enter_async_context(self._writes.begin())
        if self.is_sqlite:
            self._threads.wrote()

    async def query(self, work: Work[T]) -> T:
        """What a function finds; the quick way to read.

        Each of its statements sees what is committed when it starts.
        """
        if not self.is_sqlite:
            async with self.read() as connection:
                return await connection.run_sync(work)
        found: T = await self._querying.add(work)
        return found

    async def transact(self, work: Work[T]) -> T:
        """What a function returns, committed; rolled back on any exception. The quick way to write.

        On SQLite it may be committed although whoever waits for it is cancelled.
        """
        if not self.is_sqlite:
            async with self.write() as connection:
                return await connection.run_sync(work)
        result: T = await self._transacting.add(work)
        return result

    @asynccontextmanager
    async def _in_use(self) -> AsyncIterator[None]:
        """One connection that is not given back yet."""
        if self._closed:
            raise StorageUnavailable("程序正在退出，数据库已经关闭。")
        self._used += 1
        self._unused.clear()
        try:
            yield
        finally:
            self._used -= 1
            if not self._used:
                self._unused.set()

    async def _query_together(self, works: Sequence[Work[Any]]) -> Sequence[Any]:
        with storage_errors(self._advice):
            return await self._threads.read(lambda connection: [work(connection) for work in works])

    async def _transact_together(self, works: Sequence[Work[Any]]) -> Sequence[Any]:
        """In one transaction; where one of them fails, each is done again by itself."""
        async with self._writing:
            with storage_errors(self._advice):
                return await self._threads.write(lambda connection: [work(connection) for work in works])

    @asynccontextmanager
    async def listening(self, channel: str) -> AsyncIterator[asyncio.Event]:
        """An event that is set whenever something is notified on a PostgreSQL channel; never on SQLite.

        It keeps one connection. Where that breaks nothing is heard any more: look from time to time as well.
        """
        heard = asyncio.Event()
        if self.is_sqlite:
            yield heard
            return
        with storage_errors(self._advice):
            async with self._in_use(), self._reads.connect() as connection:
                raw = (await connection.get_raw_connection()).driver_connection
                if raw is None:
                    raise RuntimeError("no driver connection")

                def notified(*_: object) -> None:
                    heard.set()

                await raw.add_listener(channel, notified)
                try:
                    yield heard
                finally:
                    if not raw.is_closed():
                        await raw.remove_listener(channel, notified)

    def insert(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        """An INSERT that knows ON CONFLICT in this database's dialect."""
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
        return (
            f"数据库文件 {url.database} 无法读写。请确认所在目录存在、可写且磁盘未满，"
            "或用 YANXIU_DATABASE_URL 指定别的位置"
        )
    shown = url.set(drivername="postgresql").render_as_string(hide_password=True)
    return f"连不上数据库 {shown}。请确认 PostgreSQL 已启动、YANXIU_DATABASE_URL 中的地址与口令无误"
