"""How fast and how much at a time each channel is written to, and which of them rests after failures."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta

from bot.background.retrying import backoff
from bot.channels.base import RateLimit
from bot.storage.reminders.rate_limits import RateLimits

AT_ONCE_PER_CHANNEL = 200
"""When so many are being pushed on one channel, others give their turn back, so that other channels have room."""
CROWDED = timedelta(seconds=1)
"""How long before they try again."""
WITHIN = timedelta(seconds=5)
"""How long a turn may wait for its moment; further away it is given back."""
IN_A_ROW = 3
"""So many temporary failures in a row, and the channel rests."""
FIRST_REST = timedelta(seconds=5)
LONGEST_REST = timedelta(minutes=5)
NO_LIMIT = RateLimit()


class RateLimited(Exception):
    """The channel takes nothing before `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"busy until {until}")
        self.until = until


class CircuitOpen(RateLimited):
    """It has failed several times in a row."""


class RateLimiter:
    def __init__(self, rate_limits: RateLimits, rate_limit_of: Mapping[str, RateLimit]) -> None:
        self._rate_limits = rate_limits
        self._rate_limit_of = rate_limit_of
        self._under_way: defaultdict[str, int] = defaultdict(int)
        self._failed: defaultdict[str, int] = defaultdict(int)
        self._rest_until: dict[str, datetime] = {}

    def rest_of_chat(self, channel: str) -> timedelta:
        return self._rate_limit_of.get(channel, NO_LIMIT).in_chat

    async def enter(self, channel: str, now: datetime) -> None:
        """Wait for this message's moment. Raises RateLimited where that is too far away."""
        rest = self._rest_until.get(channel)
        if rest and rest > now:
            raise CircuitOpen(rest)
        if self._under_way[channel] >= AT_ONCE_PER_CHANNEL:
            raise RateLimited(now + CROWDED)
        every = self._rate_limit_of.get(channel, NO_LIMIT).every
        if every:
            slot = await self._rate_limits.reserve(channel, every, now, WITHIN)
            if not slot.taken:
                raise RateLimited(slot.at)
            await asyncio.sleep((slot.at - now).total_seconds())

    @contextmanager
    def under_way(self, channel: str) -> Iterator[None]:
        self._under_way[channel] += 1
        try:
            yield
        finally:
            self._under_way[channel] -= 1

    def went_well(self, channel: str) -> None:
        self._failed[channel] = 0
        self._rest_until.pop(channel, None)

    def failed(self, channel: str, now: datetime, retry_after: float | None) -> None:
        """One more temporary failure; after several in a row the channel is left alone for a while."""
        self._failed[channel] += 1
        beyond = self._failed[channel] - IN_A_ROW
        if beyond >= 0:
            rest = backoff(beyond, FIRST_REST, LONGEST_REST)
            self._rest_until[channel] = now + max(rest, timedelta(seconds=retry_after or 0))
