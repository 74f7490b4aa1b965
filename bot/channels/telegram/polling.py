"""Long polling that confirms an update to Telegram only once it has been answered.

python-telegram-bot's own Updater confirms what it has merely received, so a killed process loses it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from telegram.ext import ExtBot

from bot.channels.telegram.timing import Timing
from bot.channels.telegram.updates import ALLOWED_UPDATES

BATCH = 100

Accept = Callable[[dict[str, Any]], bool]


class PollingBot(ExtBot[None]):
    """The library's bot, with updates as they arrive: one that cannot be read must not stop the rest."""

    __slots__ = ()

    async def raw_updates(self, offset: int | None, wait: int, read_timeout: float) -> list[dict[str, Any]]:
        """One getUpdates call; confirms every update below `offset`."""
        data = {"offset": offset, "limit": BATCH, "timeout": wait, "allowed_updates": ALLOWED_UPDATES}
        found: list[dict[str, Any]] = await self._post("getUpdates", data, read_timeout=read_timeout + wait)
        return found


class ReceivedUpdate:
    def __init__(self) -> None:
        self._finished: dict[int, bool] = {}
        self.confirmed_offset: int | None = None
        self._progress = asyncio.Event()

    @property
    def idle(self) -> bool:
        return all(self._finished.values())

    @property
    def offset(self) -> int | None:
        """The oldest unfinished id, or one past the newest; what getUpdates is asked with."""
        unfinished = [update_id for update_id, finished in self._finished.items() if not finished]
        if unfinished:
            return min(unfinished)
        return max(self._finished) + 1 if self._finished else self.confirmed_offset

    def confirmed(self, offset: int | None) -> None:
        self.confirmed_offset = offset
        if offset is not None:
            self._finished = {key: done for key, done in self._finished.items() if key >= offset}

    def take(self, update_id: int) -> bool:
        """Note an id; False when it was received before."""
        if update_id in self._finished:
            return False
        self._finished[update_id] = False
        return True

    def finish(self, update_id: int) -> None:
        if update_id in self._finished:
            self._finished[update_id] = True
            self._progress.set()

    def let_go(self) -> None:
        """Confirm all of them although some still wait, so that the updates behind them can come."""
        self._finished = dict.fromkeys(self._finished, True)

    async def settle(self, seconds: float) -> None:
        """Wait until everything is finished, at most so long."""
        try:
            async with asyncio.timeout(seconds):
                while not self.idle:
                    self._progress.clear()
                    await self._progress.wait()
        except TimeoutError:
            return


async def poll(bot: PollingBot, received: ReceivedUpdate, timing: Timing, accept: Accept) -> int:
    """One round: fetch, hand over what is new, wait a little for it; returns how many were new."""
    offset = received.offset
    wait = timing.long_poll if received.idle else 0
    batch = await bot.raw_updates(offset, wait, timing.request_timeout)
    received.confirmed(offset)
    fresh = [raw for raw in batch if received.take(raw["update_id"])]
    for raw in fresh:
        if not accept(raw):
            received.finish(raw["update_id"])
    if len(batch) >= BATCH and not fresh:
        received.let_go()
    return len(fresh)


async def poll_forever(
    bot: PollingBot, received: ReceivedUpdate, timing: Timing, accept: Accept, online: Callable[[], None]
) -> None:
    pause = timing.unfinished_poll_pause
    while True:
        fresh = await poll(bot, received, timing, accept)
        online()
        pause = timing.unfinished_poll_pause if fresh else min(pause * 2, timing.unfinished_poll_longest)
        await received.settle(pause)


async def confirm(bot: PollingBot, received: ReceivedUpdate, timing: Timing) -> None:
    if received.offset != received.confirmed_offset:
        await bot.raw_updates(received.offset, 0, timing.request_timeout)
