"""Updates of one chat in order, of different chats side by side."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable
from dataclasses import dataclass, field

from telegram import Update
from telegram.ext import BaseUpdateProcessor

_MAX_WAITING = 10_000
"""Updates that may wait for their turn; what works at once is bounded where the work is done."""


@dataclass
class _Lane:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0


class PerChatProcessor(BaseUpdateProcessor):
    def __init__(self) -> None:
        super().__init__(_MAX_WAITING)
        self._lanes: dict[int, _Lane] = {}
        self._tasks: set[asyncio.Task[object]] = set()
        self._closed = False

    async def do_process_update(self, update: object, coroutine: Awaitable[object]) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            if not self._closed:
                await self._in_lane(_chat_id(update), coroutine)
        finally:
            self._tasks.discard(task)
            if asyncio.iscoroutine(coroutine):
                coroutine.close()

    async def _in_lane(self, chat_id: int | None, coroutine: Awaitable[object]) -> None:
        if chat_id is None:
            await coroutine
            return
        lane = self._lanes.setdefault(chat_id, _Lane())
        lane.waiting += 1
        try:
            async with lane.lock:
                await coroutine
        finally:
            lane.waiting -= 1
            if lane.waiting == 0:
                del self._lanes[chat_id]

    def cancel_all(self) -> None:
        self._closed = True
        for task in self._tasks:
            task.cancel()

    async def initialize(self) -> None:
        self._closed = False

    async def shutdown(self) -> None: ...


def _chat_id(update: object) -> int | None:
    chat = update.effective_chat if isinstance(update, Update) else None
    return chat.id if chat is not None else None


class Completed:
    def __init__(self, size: int) -> None:
        self._size = size
        self._keys: OrderedDict[tuple[str, str], None] = OrderedDict()

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def add(self, key: tuple[str, str]) -> None:
        self._keys[key] = None
        if len(self._keys) > self._size:
            self._keys.popitem(last=False)
