"""SQLite: one thread writes, another reads; what is asked at the same moment goes there in one trip."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

from sqlalchemy import URL
from sqlalchemy.exc import OperationalError

from bot.storage.db.batching import GroupCommit
from bot.storage.db.engines import sqlite_engine
from bot.storage.db.errors import storage_errors
from bot.storage.db.work import Work

T = TypeVar("T")
AT_ONCE = 50
"""Most functions in one trip to a thread, which takes time from everything else."""
CHECKPOINT_EVERY = 200
"""Transactions."""


class SqliteThreads:
    """Whole transactions in threads of their own."""

    def __init__(self, url: URL, busy_seconds: float, advice: str) -> None:
        self._engine = sqlite_engine(url, busy_seconds)
        self._advice = advice
        self._writer = ThreadPoolExecutor(1, "sqlite-writer")
        self._reader = ThreadPoolExecutor(1, "sqlite-reader")
        self._checkpointer = ThreadPoolExecutor(1, "sqlite-checkpoint")
        self._since_checkpoint = 0
        self._queries: GroupCommit[Work[Any], Any] = GroupCommit(self._query_together, AT_ONCE)
        self._transactions: GroupCommit[Work[Any], Any] = GroupCommit(self._transact_together, AT_ONCE)

    async def query(self, work: Work[T]) -> T:
        found: T = await self._queries.add(work)
        return found

    async def transact(self, work: Work[T]) -> T:
        """Where one of a batch fails, each is done again by itself."""
        result: T = await self._transactions.add(work)
        return result

    async def close(self) -> None:
        await self._transactions.close()
        await self._queries.close()
        for executor in (self._writer, self._reader, self._checkpointer):
            await asyncio.to_thread(executor.shutdown)
        self._engine.dispose()

    async def _query_together(self, works: Sequence[Work[Any]]) -> list[Any]:
        with storage_errors(self._advice):
            return await asyncio.get_running_loop().run_in_executor(self._reader, self._read, works)

    async def _transact_together(self, works: Sequence[Work[Any]]) -> list[Any]:
        with storage_errors(self._advice):
            results = await asyncio.get_running_loop().run_in_executor(self._writer, self._write, works)
        self._since_checkpoint += 1
        if self._since_checkpoint >= CHECKPOINT_EVERY:
            self._since_checkpoint = 0
            self._checkpointer.submit(self._checkpoint)
        return results

    def _read(self, works: Sequence[Work[Any]]) -> list[Any]:
        with self._engine.connect() as connection:
            return [work(connection) for work in works]

    def _write(self, works: Sequence[Work[Any]]) -> list[Any]:
        with self._engine.begin() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            return [work(connection) for work in works]

    def _checkpoint(self) -> None:
        """In place of the writer; where it fails, the next one, or the writer at LOG_PAGES, makes up for it."""
        with suppress(OperationalError), self._engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")
