"""Trying again: pauses that grow, and loops that live through outages of the database."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar

import structlog

from bot.storage.db.errors import StorageUnavailable

MOST_DOUBLINGS = 32

Pause = TypeVar("Pause", float, timedelta)

log = structlog.get_logger(__name__)


def backoff(failures: int, first: Pause, longest: Pause) -> Pause:
    """The pause after so many failures before this one: `first`, twice as long each time, at most `longest`."""
    return min(first * (1 << min(failures, MOST_DOUBLINGS)), longest)


@contextmanager
def outage_logged(work: str) -> Iterator[None]:
    try:
        yield
    except StorageUnavailable as error:
        log.warning("暂时用不了数据库，稍后再试", work=work, reason=str(error))


@contextmanager
def failures_logged(work: str) -> Iterator[None]:
    try:
        with outage_logged(work):
            yield
    except Exception:
        log.exception("后台工作出了差错，稍后再试", work=work)


async def repeat(work: str, step: Callable[[], Awaitable[object]], pause_seconds: float) -> None:
    while True:
        with failures_logged(work):
            await step()
        await asyncio.sleep(pause_seconds)


async def until_done(work: str, step: Callable[[], Awaitable[object]], pause_seconds: float) -> None:
    """An outage of the database is waited out; other errors are the caller's."""
    done = False
    while not done:
        with outage_logged(work):
            await step()
            done = True
        if not done:
            await asyncio.sleep(pause_seconds)
