"""What the web application needs from the outside; the composition root supplies it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Protocol

from handlers.domain.messages import Address, Frozen, Reply

CHANNEL = "web"
"""Name of the channel; an address id on it is the session the browser made up."""

RESET_TEXT = "/reset"
"""What the page sends to begin a new conversation."""


class TranscriptTurn(Frozen):
    """One message of a conversation with its replies, as the page shows it.

    `seq` grows within an address; None where it is not known (a turn passed on live).
    `message_id` is None where the assistant spoke first, as a reminder does. For a pressed
    button `choice` is its token and `text` its label.
    """

    seq: int | None
    at: datetime
    message_id: str | None = None
    text: str = ""
    choice: str | None = None
    replies: tuple[Reply, ...] = ()


class AskPort(Protocol):
    """Answers one question without a conversation of its own."""

    async def __call__(self, q: str, history: tuple[str, ...], as_of: date | None) -> Reply:
        """Answer `q`, after the earlier questions `history`, as of a day (None: today)."""
        ...


class TranscriptPort(Protocol):
    """Reads back a conversation."""

    async def __call__(self, address: Address, after: int | None) -> tuple[TranscriptTurn, ...]:
        """The turns with `seq` greater than `after` (None: the latest ones), oldest first."""
        ...


Arrived = Callable[[Address], Awaitable[None]]
"""Told when somebody opens the page."""

HealthPort = Callable[[], Awaitable[bool]]
"""True where the database answers; False or an exception means not ready."""
