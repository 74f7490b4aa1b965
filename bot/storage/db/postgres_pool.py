"""PostgreSQL: a pool of connections on which plain functions run, suspended while the server answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

from sqlalchemy import URL

from bot.storage.db import texts
from bot.storage.db.engines import postgres_engine
from bot.storage.db.errors import StorageUnavailable, storage_errors
from bot.storage.db.work import Work

T = TypeVar("T")
GRACE_SECONDS = 5.0
"""How long closing waits for connections in use."""


class PostgresPool:
    def __init__(self, url: URL, advice: str) -> None:
        self._engine = postgres_engine(url)
        self._reads = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        self._advice = advice
        self._used, self._unused, self._closed = 0, asyncio.Event(), False
        self._unused.set()

    async def query(self, work: Work[T]) -> T:
        async with self._in_use(), self._reads.connect() as connection:
            return await connection.run_sync(work)

    async def transact(self, work: Work[T]) -> T:
        async with self._in_use(), self._engine.begin() as connection:
            return await connection.run_sync(work)

    @asynccontextmanager
    async def listening(self, channel: str) -> AsyncIterator[asyncio.Event]:
        heard = asyncio.Event()

        def notified(*_: object) -> None:
            heard.set()

        async with self._in_use(), self._reads.connect() as connection:
            raw = (await connection.get_raw_connection()).driver_connection
            if raw is None:
                raise RuntimeError("no driver connection")
            await raw.add_listener(channel, notified)
            try:
                yield heard
            finally:
                if not raw.is_closed():
                    await raw.remove_listener(channel, notified)

    async def close(self) -> None:
        self._closed = True
        with suppress(TimeoutError):
            async with asyncio.timeout(GRACE_SECONDS):
                await self._unused.wait()
        await self._engine.dispose()

    @asynccontextmanager
    async def _in_use(self) -> AsyncIterator[None]:
        if self._closed:
            raise StorageUnavailable(texts.CLOSED)
        self._used += 1
        self._unused.clear()
        try:
            with storage_errors(self._advice):
                yield
        finally:
            self._used -= 1
            if not self._used:
                self._unused.set()
