"""Group commit: what arrives while a commit is running goes into the next one together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from bot.storage.db import texts
from bot.storage.db.errors import StorageUnavailable

Item = TypeVar("Item")
Result = TypeVar("Result")

BATCH = 200
"""Most items in one transaction, if nothing else is said: keeps each caller's wait short."""


class GroupCommit(Generic[Item, Result]):
    """What goes wrong is raised in the callers concerned; an item that cannot be written takes no others with it."""

    def __init__(self, write: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]], most: int = BATCH) -> None:
        self._write = write
        self._most = most
        self._pending: list[tuple[Item, asyncio.Future[Result]]] = []
        self._writer: asyncio.Task[None] | None = None
        self._closed = False

    async def add(self, item: Item) -> Result:
        if self._closed:
            raise StorageUnavailable(texts.NOT_KEPT)
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._pending.append((item, future))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._drain(), name="group-commit")
        return await future

    async def close(self) -> None:
        """Refuse new items and return when all those accepted are written."""
        self._closed = True
        if self._writer is not None:
            await self._writer

    async def _drain(self) -> None:
        batch: list[tuple[Item, asyncio.Future[Result]]] = []
        try:
            while self._pending:
                batch, self._pending = self._pending[: self._most], self._pending[self._most :]
                await self._commit(batch)
        finally:  # cancelled: nobody may wait for ever
            abandoned, self._pending = [*batch, *self._pending], []
            for _, future in abandoned:
                future.cancel()

    async def _commit(self, batch: list[tuple[Item, asyncio.Future[Result]]]) -> None:
        try:
            results = await self._write([item for item, _ in batch])
        except Exception as error:
            if len(batch) > 1 and not isinstance(error, StorageUnavailable):
                for one in batch:
                    await self._commit([one])
                return
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
        else:
            for (_, future), result in zip(batch, results, strict=True):
                if not future.done():
                    future.set_result(result)
