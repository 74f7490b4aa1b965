"""Composes the aiohttp application."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from aiohttp import hdrs, web

from bot.web import probes
from bot.web.chat import api, files, private_links
from bot.web.chat import socket as chat
from bot.web.deps import DEPS, Deps
from bot.web.errors import readable_errors
from bot.web.security import add_security_headers

STATIC = Path(__file__).parent / "static"
MAX_UPLOAD_BYTES = 20 * 1024 * 1024
"""Largest body aiohttp reads for extra routes; /api/ask has its own, smaller limit."""


def build_app(deps: Deps, extra_routes: Sequence[web.AbstractRouteDef] = ()) -> web.Application:
    app = web.Application(middlewares=[readable_errors], client_max_size=MAX_UPLOAD_BYTES)
    deps.metrics.watch_sockets(deps.webchat.__len__)
    app[DEPS] = deps
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
        *private_links.ROUTES,
        web.get("/healthz", probes.healthz),
        web.get("/readyz", probes.readyz),
        web.get("/metrics", probes.metrics),
        web.static("/static", STATIC),
    ]


async def index(_request: web.Request) -> web.FileResponse:
    return web.FileResponse(STATIC / "index.html")


async def _revalidate(_request: web.Request, response: web.StreamResponse) -> None:
    """Browsers may keep a file but ask each time, so that an update shows at once."""
    response.headers.setdefault(hdrs.CACHE_CONTROL, "no-cache")


async def _close_sockets(app: web.Application) -> None:
    await app[DEPS].webchat.close()


async def _finish_background(app: web.Application) -> None:
    await asyncio.gather(*app[DEPS].background, return_exceptions=True)
