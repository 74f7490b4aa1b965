"""Pauses that grow, and loops that live through outages."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.background.retrying import backoff, repeat, until_done
from bot.storage.db.errors import StorageUnavailable


@pytest.mark.parametrize(("failures", "seconds"), [(0, 5), (1, 10), (3, 40), (4, 60), (10**6, 60)])
def test_a_pause_doubles_up_to_the_longest(failures: int, seconds: int) -> None:
    assert backoff(failures, timedelta(seconds=5), timedelta(minutes=1)) == timedelta(seconds=seconds)
    assert backoff(failures, 5.0, 60.0) == seconds


async def test_what_is_repeated_goes_on_after_any_failure() -> None:
    troubles: list[Exception] = [StorageUnavailable("away"), RuntimeError("unforeseen")]
    done = asyncio.Event()

    async def step() -> None:
        if troubles:
            raise troubles.pop()
        done.set()

    running = asyncio.create_task(repeat("test", step, 0))
    async with asyncio.timeout(2):
        await done.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_what_is_done_once_waits_for_the_database_and_for_nothing_else() -> None:
    troubles: list[Exception] = [StorageUnavailable("away"), StorageUnavailable("away")]
    calls = []

    async def step() -> None:
        calls.append(len(troubles))
        if troubles:
            raise troubles.pop()

    await until_done("test", step, 0)
    assert calls == [2, 1, 0]
    troubles.append(ValueError("of its own"))
    with pytest.raises(ValueError, match="of its own"):
        await until_done("test", step, 0)
