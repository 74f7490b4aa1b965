"""Composes the aiohttp application; collaborators come in as arguments."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from aiohttp import hdrs, web

from bot.channels.base import Dispatch
from bot.channels.webchat import WebChat
from bot.clock import Clock, system_clock
from bot.documents.service import FetchFile
from bot.files.service import ReceiveFile
from bot.web import probes
from bot.web.chat import api, files
from bot.web.chat import socket as chat
from bot.web.deps import DEPS, Deps
from bot.web.errors import readable_errors
from bot.web.metrics import Metrics
from bot.web.ports import Arrived, AskPort, HealthPort, TranscriptPort
from bot.web.security import add_security_headers
from handlers.domain.messages import Reply

STATIC = Path(__file__).parent / "static"
MAX_UPLOAD_BYTES = 20 * 1024 * 1024
"""Largest body aiohttp reads for extra routes; /api/ask has its own, smaller limit."""


def build_app(
    *,
    dispatch: Dispatch,
    fetch: FetchFile,
    receive: ReceiveFile,
    ask: AskPort,
    transcript: TranscriptPort,
    health: HealthPort,
    webchat: WebChat,
    welcome: Reply,
    public_url: str = "",
    extra_routes: Sequence[web.AbstractRouteDef] = (),
    metrics: Metrics | None = None,
    clock: Clock = system_clock,
    alive: Callable[[], bool] = lambda: True,
    arrived: Arrived | None = None,
) -> web.Application:
    """The application; `welcome` is the greeting, its choices the starter questions."""
    app = web.Application(middlewares=[readable_errors], client_max_size=MAX_UPLOAD_BYTES)
    metrics = metrics or Metrics()
    metrics.watch_sockets(webchat.__len__)
    app[DEPS] = Deps(
        dispatch, fetch, receive, ask, transcript, health, webchat, metrics, welcome, clock, public_url, alive, arrived
    )
    app.on_response_prepare.append(add_security_headers)
    app.on_response_prepare.append(_revalidate)
    app.on_shutdown.append(_close_sockets)
    app.on_cleanup.append(_finish_background)
    app.add_routes(_routes())
    app.add_routes(extra_routes)
    return app


def _routes() -> list[web.AbstractRouteDef]:
    return [
        web.get("/", index),
        web.get("/ws", chat.chat_socket),
        web.post("/api/ask", api.ask),
        web.post("/files", files.download),
        web.post("/upload", files.upload),
        web.get("/healthz", probes.healthz),
        web.get("/readyz", probes.readyz),
        web.get("/metrics", probes.metrics),
        web.static("/static", STATIC),
    ]


async def index(_request: web.Request) -> web.FileResponse:
    """The chat page."""
    return web.FileResponse(STATIC / "index.html")


async def _revalidate(_request: web.Request, response: web.StreamResponse) -> None:
    """Browsers may keep a file but ask each time, so that an update shows at once."""
    response.headers.setdefault(hdrs.CACHE_CONTROL, "no-cache")


async def _close_sockets(app: web.Application) -> None:
    await app[DEPS].webchat.close()


async def _finish_background(app: web.Application) -> None:
    await asyncio.gather(*app[DEPS].background, return_exceptions=True)
