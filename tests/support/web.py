"""The web application over collaborators of a test's own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from types import SimpleNamespace
from typing import Any, cast

from bot.channels.base import Dispatch
from bot.clock import Clock, system_clock
from bot.core import Core
from bot.storage.conversations.inbox import Exchange
from handlers.domain.messages import Address
from knowledge.answering.answer import Answer
from tests.support.files import no_files, take_nothing

Transcript = Callable[[Address, int, int], Awaitable[Sequence[Exchange]]]


async def _nothing(*_args: object) -> None:
    """Neither a reminder waits nor is a question logged."""


async def _no_answer(*_args: object, **_more: object) -> Answer:
    raise NotImplementedError


def core_of(
    *,
    dispatch: Dispatch,
    transcript: Transcript,
    answering: Callable[..., Awaitable[Answer]] = _no_answer,
    ping: Callable[[], Awaitable[None]] = _nothing,
    clock: Clock = system_clock,
) -> Core:
    """A core that holds what the web application asks for, and nothing else."""
    parts: dict[str, Any] = {
        "dispatch": dispatch,
        "answering": answering,
        "clock": clock,
        "database": SimpleNamespace(ping=ping),
        "documents": SimpleNamespace(fetch=no_files),
        "files": SimpleNamespace(receive=take_nothing),
        "inbox": SimpleNamespace(transcript=transcript),
        "questions": SimpleNamespace(note_question=_nothing),
        "reminders": SimpleNamespace(queue=SimpleNamespace(wake=_nothing)),
    }
    return cast(Core, SimpleNamespace(**parts))
