"""What request handlers work with, kept under one key of the aiohttp application."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web

from bot.channels.webchat import WebChat
from bot.core import Core
from bot.web.metrics import Metrics
from handlers.domain.messages import Reply
from handlers.questions.start import welcome

UPLOADS_AT_ONCE = 4


@dataclass(frozen=True, kw_only=True)
class Deps:
    core: Core
    webchat: WebChat
    metrics: Metrics
    welcome: Reply = field(default_factory=welcome)
    """The greeting; its choices are the starter questions."""
    public_url: str = ""
    alive: Callable[[], bool] = lambda: True
    background: set[asyncio.Task[None]] = field(default_factory=set)
    uploading: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(UPLOADS_AT_ONCE))
    """Bounds how many uploads are held in memory."""


DEPS: web.AppKey[Deps] = web.AppKey("deps", Deps)
