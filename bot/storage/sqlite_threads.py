"""Whole SQLite transactions in threads of their own: one trip there for all of a transaction's statements."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy import Connection, Engine

T = TypeVar("T")
Work = Callable[[Connection], T]


class SqliteThreads:
    """One thread writes, another reads."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._immediate = engine, engine.execution_options(immediate=True)
        self._writer = ThreadPoolExecutor(1, "sqlite-writer")
        self._reader = ThreadPoolExecutor(1, "sqlite-reader")

    async def read(self, work: Work[T]) -> T:
        """What `work` finds. Raises what it raises."""
        return await asyncio.get_running_loop().run_in_executor(self._reader, self._read, work)

    async def write(self, work: Work[T]) -> T:
        """What `work` returns, committed. Raises what it raises, rolled back."""
        return await asyncio.get_running_loop().run_in_executor(self._writer, self._write, work)

    async def close(self) -> None:
        """What has begun is finished."""
        for executor in (self._writer, self._reader):
            await asyncio.to_thread(executor.shutdown)
        self._engine.dispose()

    def _read(self, work: Work[T]) -> T:
        with self._engine.connect() as connection:
            return work(connection)

    def _write(self, work: Work[T]) -> T:
        with self._immediate.begin() as connection:
            return work(connection)
