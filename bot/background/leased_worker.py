"""Work that several processes share: each item is claimed for a time, handled once, and never lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
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


class LeasedWorker(Generic[T]):
    """Claims items and handles them side by side.

    An item that fails is put off; one whose failure cannot be noted comes again when its lease ends.
    """

    def __init__(
        self,
        *,
        name: str,
        claim: Callable[[int], Awaitable[Sequence[T]]],
        handle: Callable[[T], Awaitable[None]],
        put_off: Callable[[T], Awaitable[None]],
        lease: timedelta,
        limit: int,
        clock: Clock,
        idle_seconds: float,
        idle: Callable[[], Awaitable[float]] | None = None,
        refill_at: int | None = None,
        describe: Callable[[T], object] = lambda _: None,
    ) -> None:
        """`name` and `describe` are for the log. `claim` gives at most so many items, leased for `lease`.

        `limit`: most items under way; more are claimed once at most `refill_at` of them are.
        `idle` is called where there was nothing to claim, and gives the seconds to pause (else `idle_seconds`).
        """
        self._name = name
        self._claim = claim
        self._handle = handle
        self._put_off = put_off
        self._seconds = lease.total_seconds() * OF_LEASE
        self._limit = limit
        self._clock = clock
        self._idle_seconds = idle_seconds
        self._idle = idle
        self._refill_at = limit - 1 if refill_at is None else refill_at
        self._describe = describe
        self._looked_at = clock()
        self._under_way: set[asyncio.Task[None]] = set()
        self._room, self._woken = asyncio.Event(), asyncio.Event()

    def alive(self) -> bool:
        return self._clock() - self._looked_at < STALLED

    def wake(self, after: timedelta = timedelta()) -> None:
        """Something has become due, or will be."""
        asyncio.get_running_loop().call_later(after.total_seconds(), self._woken.set)

    async def run(self) -> None:
        """Until cancelled; what has been claimed by then is finished, within the grace."""
        looking: asyncio.Future[int] | None = None
        try:
            while True:
                pause = self._idle_seconds
                self._woken.clear()
                with failures_logged(self._name):
                    looking = asyncio.ensure_future(self._start())
                    if await asyncio.shield(looking):
                        await self._for_room()
                        continue
                    pause = await self._idle() if self._idle else pause
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
        self._looked_at = self._clock()
        until = asyncio.get_running_loop().time() + self._seconds  # leases begin when the claim does
        items = await self._claim(self._limit - len(self._under_way))
        for item in items:
            task = asyncio.create_task(self._guarded(item, until), name=self._name)
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
                    await self._handle(item)
                except NOT_NOTED:
                    raise
                except Exception:
                    log.exception("后台工作有一项没能完成，稍后再试", work=self._name, item=self._describe(item))
                    await self._put_off(item)
        except NOT_NOTED as error:
            reason = str(error) or type(error).__name__
            log.warning("结果没能记下，稍后再来一次", work=self._name, item=self._describe(item), reason=reason)
        except Exception:
            log.exception("没能推后一项工作，稍后再来一次", work=self._name, item=self._describe(item))


async def finish(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Let tasks end by themselves, within the grace; cancel the others."""
    if tasks:
        _, late = await asyncio.wait(tasks, timeout=GRACE_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
