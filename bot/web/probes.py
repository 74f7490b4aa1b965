"""GET /healthz, /readyz and /metrics: what a supervisor and a monitor ask for."""

from __future__ import annotations

import asyncio

import structlog
from aiohttp import hdrs, web
from prometheus_client import CONTENT_TYPE_LATEST

from bot.web.deps import DEPS

READY_TIMEOUT_SECONDS = 3.0

_log = structlog.get_logger(__name__)


async def healthz(request: web.Request) -> web.Response:
    """The process is alive, and so are its loops; 503 where one has stalled."""
    if request.app[DEPS].alive():
        return web.json_response({"status": "ok"})
    return web.json_response({"status": "stalled"}, status=503)


async def readyz(request: web.Request) -> web.Response:
    try:
        async with asyncio.timeout(READY_TIMEOUT_SECONDS):
            await request.app[DEPS].core.database.ping()
    except Exception as error:
        _log.warning("not ready", error=type(error).__name__)
        return web.json_response({"status": "unavailable"}, status=503)
    return web.json_response({"status": "ok"})


async def metrics(request: web.Request) -> web.Response:
    body = request.app[DEPS].metrics.render()
    return web.Response(body=body, headers={hdrs.CONTENT_TYPE: CONTENT_TYPE_LATEST})
