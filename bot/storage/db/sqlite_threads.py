"""Whole SQLite transactions in threads of their own: one trip there for all of a transaction's statements."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

T = TypeVar("T")
Work = Callable[[Connection], T]

CHECKPOINT_EVERY = 200
"""Transactions."""


class SqliteThreads:
    """One thread writes, another reads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writer = ThreadPoolExecutor(1, "sqlite-writer")
        self._reader = ThreadPoolExecutor(1, "sqlite-reader")
        self._checkpointer = ThreadPoolExecutor(1, "sqlite-checkpoint")
        self._since_checkpoint, self._closed = 0, False

    async def read(self, work: Work[T]) -> T:
        """What `work` finds. Raises what it raises."""
        return await asyncio.get_running_loop().run_in_executor(self._reader, self._read, work)

    async def write(self, work: Work[T]) -> T:
        """What `work` returns, committed. Raises what it raises, rolled back."""
        result = await asyncio.get_running_loop().run_in_executor(self._writer, self._write, work)
        self.wrote()
        return result

    def wrote(self) -> None:
        """A transaction has been committed: from time to time the log is copied into the file."""
        self._since_checkpoint += 1
        if self._since_checkpoint >= CHECKPOINT_EVERY and not self._closed:
            self._since_checkpoint = 0
            self._checkpointer.submit(self._checkpoint)

    async def close(self) -> None:
        """What has begun is finished."""
        self._closed = True
        for executor in (self._writer, self._reader, self._checkpointer):
            await asyncio.to_thread(executor.shutdown)
        self._engine.dispose()

    def _checkpoint(self) -> None:
        """Waits for the disk in place of the writer; where it fails, the next one makes up for it.

        What is written meanwhile is left to the writer, who copies it when the log has grown to LOG_PAGES.
        """
        with suppress(OperationalError), self._engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")

    def _read(self, work: Work[T]) -> T:
        with self._engine.connect() as connection:
            return work(connection)

    def _write(self, work: Work[T]) -> T:
        with self._engine.begin() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            return work(connection)
