"""A clock that goes on from a chosen moment, and can be put forward."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from tests.support.application import SPRING_2025


class Ticking:
    """Real seconds from a moment on."""

    def __init__(self, start: datetime = SPRING_2025) -> None:
        self._start = start
        self._began = time.monotonic()

    def __call__(self) -> datetime:
        return self._start + timedelta(seconds=time.monotonic() - self._began)

    def forward(self, **by: float) -> None:
        self._start += timedelta(**by)

    def set(self, moment: datetime) -> None:
        self._start, self._began = moment, time.monotonic()
