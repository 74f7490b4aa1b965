"""The collaborators of the web application, kept under one key of the aiohttp application."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from aiohttp import web

from bot.channels.base import Dispatch
from bot.channels.webchat import WebChat
from bot.clock import Clock
from bot.documents.service import FetchFile
from bot.web.metrics import Metrics
from bot.web.ports import AskPort, HealthPort, TranscriptPort
from handlers.messages import Reply


@dataclass(frozen=True)
class Deps:
    """Everything a request handler may use; `background` is waited for at the end."""

    dispatch: Dispatch
    fetch: FetchFile
    ask: AskPort
    transcript: TranscriptPort
    health: HealthPort
    webchat: WebChat
    metrics: Metrics
    welcome: Reply
    clock: Clock
    public_url: str = ""
    background: set[asyncio.Task[None]] = field(default_factory=set)


DEPS: web.AppKey[Deps] = web.AppKey("deps", Deps)
