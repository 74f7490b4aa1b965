"""Items are claimed, handled once, put off when they fail, and finished at shutdown."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from bot.background import leased_worker
from bot.background.leased_worker import LeasedWorker
from bot.storage.db.errors import StorageUnavailable
from tests.support.reminder_world import Hand


@dataclass
class Queue:
    """Numbers to handle, and what became of them."""

    waiting: list[int] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)
    handled: list[int] = field(default_factory=list)
    put_off: list[int] = field(default_factory=list)
    troubles: dict[int, Exception] = field(default_factory=dict)
    claim_troubles: list[Exception] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    clock: Hand = field(default_factory=Hand)

    async def claim(self, most: int) -> Sequence[int]:
        await asyncio.sleep(0)
        if self.claim_troubles:
            raise self.claim_troubles.pop()
        self.asked.append(most)
        taken, self.waiting = self.waiting[:most], self.waiting[most:]
        return taken

    async def handle(self, item: int) -> None:
        await self.gate.wait()
        if item in self.troubles:
            raise self.troubles[item]
        self.handled.append(item)

    async def later(self, item: int) -> None:
        self.put_off.append(item)

    def worker(
        self,
        lease: float = 10,
        limit: int = 4,
        idle: Callable[[], Awaitable[float]] | None = None,
        refill_at: int | None = None,
        put_off: Callable[[int], Awaitable[None]] | None = None,
    ) -> LeasedWorker[int]:
        return LeasedWorker(
            name="test",
            claim=self.claim,
            handle=self.handle,
            put_off=put_off or self.later,
            lease=timedelta(seconds=lease),
            limit=limit,
            clock=self.clock,
            idle_seconds=0.01,
            idle=idle,
            refill_at=refill_at,
        )


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(2):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def stopped(running: asyncio.Task[None]) -> None:
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_a_failure_stays_with_its_item_and_puts_it_off() -> None:
    queue = Queue(waiting=[1, 2, 3], troubles={2: RuntimeError("unforeseen")})
    queue.gate.set()
    assert await queue.worker().tick() == 3
    assert (queue.handled, queue.put_off) == ([1, 3], [2])


@pytest.mark.parametrize("trouble", [StorageUnavailable("away"), TimeoutError()])
async def test_what_cannot_be_noted_is_left_to_the_lease(trouble: Exception) -> None:
    queue = Queue(waiting=[1, 2], troubles={1: trouble})
    queue.gate.set()
    await queue.worker().tick()
    assert (queue.handled, queue.put_off) == ([2], [])


async def test_an_item_is_given_up_before_its_lease_ends() -> None:
    queue = Queue(waiting=[1])
    async with asyncio.timeout(2):
        await queue.worker(lease=0.05).tick()
    assert (queue.handled, queue.put_off) == ([], [])


async def test_an_item_that_cannot_even_be_put_off_disturbs_no_other() -> None:
    async def fails(item: int) -> None:
        raise RuntimeError("no way")

    queue = Queue(waiting=[1, 2], troubles={1: RuntimeError("unforeseen")})
    queue.gate.set()
    assert await queue.worker(put_off=fails).tick() == 2
    assert queue.handled == [2]


async def test_more_is_claimed_only_when_there_is_enough_room() -> None:
    queue = Queue(waiting=list(range(6)))
    running = asyncio.create_task(queue.worker(refill_at=2).run())
    await until(lambda: queue.asked == [4])
    await asyncio.sleep(0.03)
    assert queue.asked == [4]
    queue.gate.set()
    await until(lambda: len(queue.handled) == 6)
    assert queue.asked[1] >= 2
    await stopped(running)


async def test_an_outage_and_the_unforeseen_are_waited_out() -> None:
    queue = Queue(waiting=[1], claim_troubles=[StorageUnavailable("away"), RuntimeError("unforeseen")])
    queue.gate.set()
    running = asyncio.create_task(queue.worker().run())
    await until(lambda: queue.handled == [1])
    await stopped(running)


async def test_it_can_be_woken_from_a_long_pause() -> None:
    paused = asyncio.Event()

    async def long() -> float:
        paused.set()
        return 3600

    queue = Queue()
    queue.gate.set()
    worker = queue.worker(idle=long)
    running = asyncio.create_task(worker.run())
    await paused.wait()
    queue.waiting.append(1)
    worker.wake(timedelta(seconds=0.01))
    await until(lambda: queue.handled == [1])
    await stopped(running)


async def test_what_was_being_claimed_when_it_is_stopped_is_finished() -> None:
    queue = Queue(waiting=[1])
    queue.gate.set()
    running = asyncio.create_task(queue.worker().run())
    await asyncio.sleep(0)  # it has begun to claim
    await stopped(running)
    assert queue.handled == [1]


async def test_what_takes_longer_than_the_grace_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leased_worker, "GRACE_SECONDS", 0.02)
    queue = Queue(waiting=[1])
    running = asyncio.create_task(queue.worker().run())
    await until(lambda: bool(queue.asked))
    async with asyncio.timeout(2):
        await stopped(running)
    assert queue.handled == []


async def test_one_that_has_not_looked_for_long_is_not_well() -> None:
    queue = Queue()
    worker = queue.worker()
    assert worker.alive()
    queue.clock.now += timedelta(minutes=6)
    assert not worker.alive()
    await worker.tick()
    assert worker.alive()


async def test_a_claim_that_takes_the_whole_lease_leaves_no_time_to_handle() -> None:
    queue = Queue(waiting=[1])
    worker = queue.worker(lease=0.05)
    claim = worker.claim

    async def slow(most: int) -> Sequence[int]:
        taken = await claim(most)
        await asyncio.sleep(0.1)
        asyncio.get_running_loop().call_later(0.01, queue.gate.set)
        return taken

    worker.claim = slow
    await worker.tick()
    assert (queue.handled, queue.put_off) == ([], [])
