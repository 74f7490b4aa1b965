"""Once more where two transactions stood in each other's way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

T = TypeVar("T")
CROSSED = {"40P01", "40001"}
"""SQLSTATEs of a deadlock and of a serialisation failure: nothing was changed, and trying again helps."""
TRIES = 4


async def retried(work: Callable[[], Awaitable[T]]) -> T:
    """The result of a whole transaction, begun anew where it was chosen to give way."""
    for _ in range(TRIES - 1):
        try:
            return await work()
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", "") not in CROSSED:
                raise
    return await work()
