"""Work that several processes share: each item is claimed for a time, handled once, and never lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar

import structlog

from bot.background.retrying import failures_logged
from bot.clock import Clock
from bot.storage.db.errors import StorageUnavailable

GRACE_SECONDS = 5.0
"""How long what is under way may take at shutdown."""
OF_LEASE = 0.8
"""Part of the lease that one item may take, so that nobody else begins it meanwhile."""
STALLED = timedelta(minutes=5)
"""A worker that has not looked for work for so long is not well."""
NOT_NOTED = (StorageUnavailable, TimeoutError)
"""What became of the item cannot be noted now: the end of its lease brings it back."""

T = TypeVar("T")

log = structlog.get_logger(__name__)


@dataclass(kw_only=True, eq=False)
class LeasedWorker(Generic[T]):
    """An item that fails is put off; one whose failure cannot be noted comes again when its lease ends."""

    name: str
    claim: Callable[[int], Awaitable[Sequence[T]]]
    """Gives at most so many items, leased for `lease`."""
    handle: Callable[[T], Awaitable[None]]
    put_off: Callable[[T], Awaitable[None]]
    lease: timedelta
    limit: int
    """Most items under way; more are claimed once at most `refill_at` of them are."""
    clock: Clock
    idle_seconds: float
    idle: Callable[[], Awaitable[float]] | None = None
    """Called where there was nothing to claim; gives the seconds to pause (else `idle_seconds`)."""
    refill_at: int | None = None
    describe: Callable[[T], object] = lambda _: None

    def __post_init__(self) -> None:
        self._seconds = self.lease.total_seconds() * OF_LEASE
        self._refill_at = self.limit - 1 if self.refill_at is None else self.refill_at
        self._looked_at = self.clock()
        self._under_way: set[asyncio.Task[None]] = set()
        self._room, self._woken = asyncio.Event(), asyncio.Event()

    def alive(self) -> bool:
        return self.clock() - self._looked_at < STALLED

    def wake(self, after: timedelta = timedelta()) -> None:
        asyncio.get_running_loop().call_later(after.total_seconds(), self._woken.set)

    async def run(self) -> None:
        """Until cancelled; what has been claimed by then is finished, within the grace."""
        looking: asyncio.Future[int] | None = None
        try:
            while True:
                pause = self.idle_seconds
                self._woken.clear()
                with failures_logged(self.name):
                    looking = asyncio.ensure_future(self._start())
                    if await asyncio.shield(looking):
                        await self._for_room()
                        continue
                    pause = await self.idle() if self.idle else pause
                await self._pause(pause)
        finally:
            if looking:
                await asyncio.gather(looking, return_exceptions=True)
            await finish(self._under_way)

    async def tick(self) -> int:
        """Handle what can be claimed now; returns how many items."""
        started = await self._start()
        await asyncio.gather(*self._under_way)
        return started

    async def _start(self) -> int:
        self._looked_at = self.clock()
        until = asyncio.get_running_loop().time() + self._seconds  # leases begin when the claim does
        items = await self.claim(self.limit - len(self._under_way))
        for item in items:
            task = asyncio.create_task(self._guarded(item, until), name=self.name)
            self._under_way.add(task)
            task.add_done_callback(self._landed)
        return len(items)

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if len(self._under_way) <= self._refill_at:
            self._room.set()

    async def _for_room(self) -> None:
        self._room.clear()
        if len(self._under_way) > self._refill_at:
            await self._room.wait()

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            pass

    async def _guarded(self, item: T, until: float) -> None:
        try:
            async with asyncio.timeout_at(until):
                try:
                    await self.handle(item)
                except NOT_NOTED:
                    raise
                except Exception:
                    log.exception("后台工作有一项没能完成，稍后再试", work=self.name, item=self.describe(item))
                    await self.put_off(item)
        except NOT_NOTED as error:
            reason = str(error) or type(error).__name__
            log.warning("结果没能记下，稍后再来一次", work=self.name, item=self.describe(item), reason=reason)
        except Exception:
            log.exception("没能推后一项工作，稍后再来一次", work=self.name, item=self.describe(item))


async def finish(tasks: Collection[asyncio.Task[Any]]) -> None:
    if tasks:
        _, late = await asyncio.wait(tasks, timeout=GRACE_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
