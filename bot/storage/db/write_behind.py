"""Write-behind: items accepted at once and written together shortly after, none lost on a clean stop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import structlog

from bot.storage.db import texts
from bot.storage.db.errors import StorageUnavailable

Item = TypeVar("Item")

BATCH = 500
PAUSE_SECONDS = 0.05
"""Wait for company before writing."""
RETRY_SECONDS = 1.0
LIMIT = 20_000
"""Most items waiting; whoever adds another one waits until there is room."""

_log = structlog.get_logger(__name__)


class WriteBehind(Generic[Item]):
    """Outages are waited out; what cannot be written for another reason is logged and given up by itself."""

    def __init__(self, write: Callable[[Sequence[Item]], Awaitable[None]]) -> None:
        self._write = write
        self._pending: list[Item] = []
        self._writer: asyncio.Task[None] | None = None
        self._room = asyncio.Event()
        self._closing = asyncio.Event()

    async def add(self, item: Item) -> None:
        """Accept an item; waits only where LIMIT items are waiting already. Raises StorageUnavailable."""
        while len(self._pending) >= LIMIT and not self._closing.is_set():
            self._room.clear()
            await self._room.wait()
        if self._closing.is_set():
            raise StorageUnavailable(texts.NOT_KEPT)
        self._pending.append(item)
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._drain(), name="write-behind")

    async def close(self) -> None:
        """Refuse new items and return when those accepted are written (or cannot be: logged)."""
        self._closing.set()
        self._room.set()
        if self._writer is not None:
            await self._writer

    async def _drain(self) -> None:
        while self._pending:
            await self._pause(PAUSE_SECONDS)
            batch = self._pending[:BATCH]
            try:
                await self._commit(batch)
            except StorageUnavailable as error:
                if self._closing.is_set():
                    _log.error("记录没有保存", items=len(self._pending), reason=str(error))
                    return
                await self._pause(RETRY_SECONDS)
                continue
            del self._pending[: len(batch)]
            self._room.set()

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._closing.wait(), seconds)
        except TimeoutError:
            return

    async def _commit(self, batch: Sequence[Item]) -> None:
        try:
            await self._write(batch)
        except StorageUnavailable:
            raise
        except Exception:
            if len(batch) == 1:
                _log.exception("这条记录无法保存")
                return
            for item in batch:
                await self._commit([item])
