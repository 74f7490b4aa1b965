"""Conversations whose answers a test writes, behind the real dispatcher, inbox and files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from bot.clock import Clock
from bot.core import Core
from bot.dispatch import Dispatcher
from bot.documents.service import File
from handlers.domain.messages import Address, Attachment, Incoming, Reply
from tests.support.application import whole

CALENDAR = Attachment(name="日程.ics", token="file:1:ics")
CONTENT = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"


@dataclass
class Script:
    """What was said to the assistant; `reply` is what it says to all of it."""

    performed: list[Incoming] = field(default_factory=list)
    reply: Reply = field(default_factory=lambda: Reply(text="好"))

    async def respond(self, incoming: Incoming, _now: datetime) -> tuple[Reply, ...]:
        self.performed.append(incoming)
        return (self.reply,)


async def fetch(_address: Address, token: str) -> File | None:
    """The one file there is."""
    return File(CALENDAR.name, CONTENT) if token == CALENDAR.token else None


@asynccontextmanager
async def scripted(folder: Path, clock: Clock, script: Script) -> AsyncIterator[Core]:
    """The core, its conversations replaced by the script."""
    async with whole(folder, clock=clock) as core:
        dispatch = Dispatcher(core.inbox, clock, script.respond)
        services = replace(core.services, dispatch=dispatch, dispatch_or_raise=dispatch.dispatch_or_raise, fetch=fetch)
        yield replace(core, dispatch=dispatch, services=services)
