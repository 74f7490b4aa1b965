"""The collaborators of the web application, kept under one key of the aiohttp application."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web

from bot.channels.base import Dispatch
from bot.channels.webchat import WebChat
from bot.clock import Clock
from bot.documents.service import FetchFile
from bot.files.service import ReceiveFile
from bot.web.metrics import Metrics
from bot.web.ports import Arrived, AskPort, HealthPort, TranscriptPort
from handlers.domain.messages import Reply

UPLOADS_AT_ONCE = 4


@dataclass(frozen=True)
class Deps:
    """Everything a request handler may use.

    `background` is waited for at the end; `uploading` bounds how many uploads are held in memory.
    """

    dispatch: Dispatch
    fetch: FetchFile
    receive: ReceiveFile
    ask: AskPort
    transcript: TranscriptPort
    health: HealthPort
    webchat: WebChat
    metrics: Metrics
    welcome: Reply
    clock: Clock
    public_url: str = ""
    alive: Callable[[], bool] = lambda: True
    arrived: Arrived | None = None
    background: set[asyncio.Task[None]] = field(default_factory=set)
    uploading: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(UPLOADS_AT_ONCE))


DEPS: web.AppKey[Deps] = web.AppKey("deps", Deps)
