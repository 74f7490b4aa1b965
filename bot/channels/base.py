"""What every channel is, and how a send can fail."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, runtime_checkable

from aiohttp import web

from handlers.domain.messages import Incoming, Notification, Reply

Dispatch = Callable[[Incoming], Awaitable[tuple[Reply, ...]]]
"""The one way in: a channel hands over an `Incoming` and sends what comes back."""


class SendError(Exception):
    """A message could not be sent; `why` says so to the person it was for, where there is something to say."""

    def __init__(self, reason: str, *, why: str = "") -> None:
        super().__init__(reason)
        self.why = why


class TemporarySendError(SendError):
    def __init__(self, reason: str, retry_after: float | None = None, *, why: str = "") -> None:
        super().__init__(reason, why=why)
        self.retry_after = retry_after


class UncertainSendError(TemporarySendError):
    """Nobody knows whether the message arrived: it may be sent again, and then has to say so."""


class AwaySendError(TemporarySendError):
    """This person is not there at the moment; the channel itself is well."""


class PermanentSendError(SendError):
    """This address cannot be reached any more: blocked, deleted, kicked."""


class AddressMoved(SendError):
    """The address has a new identifier on its channel."""

    def __init__(self, new_id: str) -> None:
        super().__init__(f"moved to {new_id}")
        self.new_id = new_id


@dataclass(frozen=True, slots=True)
class RateLimit:
    """How fast a platform lets anybody write: the time between any two pushes, and between two to one chat."""

    every: timedelta = timedelta()
    in_chat: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing that was looked at; `problem` says what is wrong and what to click where, empty where it is well."""

    what: str
    problem: str = ""
    note: str = ""
    tried: bool = True


@runtime_checkable
class HasMenu(Protocol):
    name: str

    async def publish_menu(self) -> None:
        """Raises PlatformError and TemporarySendError."""

    async def close(self) -> None: ...


class Channel(Protocol):
    """A way people reach the assistant; a channel that says nothing else is one-way, always open, and has no routes."""

    name: str
    rate_limit: RateLimit = RateLimit()
    keeps_pushes: bool = False
    """What is pushed stays in the conversation: its choices are taken by what is written next, or it is shown again."""

    async def unavailable_reason(self, address_id: str) -> str:
        """Why nothing can be pushed to an address at the moment, in words for its person; empty where it can."""
        return ""

    def routes(self) -> list[web.RouteDef]:
        return []

    async def diagnose(self) -> tuple[Diagnosis, ...]:
        return ()

    async def close(self) -> None:
        """Let go of connections; for those who use a channel without running it."""
        return

    async def run(self) -> None:
        await asyncio.Event().wait()

    async def push(self, address_id: str, notification: Notification) -> None:
        """Raises TemporarySendError, PermanentSendError or AddressMoved."""
        ...
