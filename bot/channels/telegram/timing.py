"""Every waiting time and bound of the Telegram channel; tests shrink them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.background.retrying import backoff


@dataclass(frozen=True)
class Patience:
    attempts: int = 10
    first_wait: float = 1.0
    longest_wait: float = 120.0
    """A longer `retry_after` than this is reported, not waited for."""
    repeats: bool = True
    """Whether a message that may have arrived is sent once more all the same."""

    def pause(self, attempt: int) -> float:
        """Seconds before the next try where the platform names none; doubles each time."""
        return backoff(attempt, self.first_wait, self.longest_wait)


@dataclass(frozen=True)
class Timing:
    """Seconds, unless named otherwise."""

    unreachable_log_every: float = 60.0
    reconnect_first: float = 1.0
    reconnect_longest: float = 30.0
    long_poll: int = 25
    unfinished_poll_pause: float = 0.25
    unfinished_poll_longest: float = 2.0
    typing_after: float = 0.3
    typing_every: float = 4.0
    request_timeout: float = 20.0
    connect_timeout: float = 10.0
    shutdown_grace: float = 10.0
    concurrent_dispatches: int = 64
    remembered_updates: int = 10_000
    answer: Patience = field(default_factory=Patience)
    push: Patience = field(default_factory=lambda: Patience(attempts=3, longest_wait=10.0, repeats=False))


class Throttle:
    def __init__(self, interval: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._interval = interval
        self._clock = clock
        self._last: float | None = None

    def allows(self) -> bool:
        now = self._clock()
        if self._last is not None and now - self._last < self._interval:
            return False
        self._last = now
        return True
