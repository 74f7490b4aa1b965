"""The database: one engine, reads without a transaction, writes in exactly one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from types import TracebackType
from typing import Self

from sqlalchemy import URL, Table, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.engines import SQLITE_CONNECTIONS, postgres_engine, sqlite_engine
from bot.storage.errors import StorageUnavailable, storage_errors
from bot.storage.urls import normalise

__all__ = ["Database", "StorageUnavailable"]


class Database:
    """SQLite (one file, one writer) or PostgreSQL; every outage is a StorageUnavailable."""

    def __init__(self, url: str, *, busy_seconds: float = 5.0) -> None:
        """`busy_seconds`: how long to wait for another process that is writing the SQLite file."""
        self.url = normalise(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._advice = _advice(self.url, self.is_sqlite)
        self._writing = asyncio.Lock()
        if self.is_sqlite:
            self._engine = sqlite_engine(self.url, busy_seconds)
            self._reads, self._writes = self._engine, self._engine.execution_options(immediate=True)
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
        if self.is_sqlite:  # a task that is cancelled while it connects would leave its connection behind
            async with AsyncExitStack() as stack:
                for _ in range(SQLITE_CONNECTIONS):
                    await stack.enter_async_context(self.read())

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()

    async def ping(self) -> None:
        """Raise StorageUnavailable unless a query gets its answer."""
        async with self.read() as connection:
            await connection.execute(text("SELECT 1"))

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection for single queries; each sees what is committed when it starts."""
        with storage_errors(self._advice):
            async with self._reads.connect() as connection:
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A connection inside one transaction: committed at the end, rolled back on any exception."""
        async with AsyncExitStack() as stack:
            if self.is_sqlite:
                await stack.enter_async_context(self._writing)
            stack.enter_context(storage_errors(self._advice))
            yield await stack.enter_async_context(self._writes.begin())

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
            async with self._reads.connect() as connection:
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
