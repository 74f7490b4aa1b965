"""The clock of the product: Asia/Shanghai, passed in, never read inside a rule."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

Clock = Callable[[], datetime]
"""Returns the current moment, aware, in Asia/Shanghai."""


def system_clock() -> datetime:
    return datetime.now(SHANGHAI)
