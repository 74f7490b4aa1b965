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
    """The database answers; 503 otherwise."""
    if await _ready(request):
        return web.json_response({"status": "ok"})
    return web.json_response({"status": "unavailable"}, status=503)


async def _ready(request: web.Request) -> bool:
    try:
        async with asyncio.timeout(READY_TIMEOUT_SECONDS):
            return await request.app[DEPS].health()
    except Exception as error:
        _log.warning("not ready", error=type(error).__name__)
        return False


async def metrics(request: web.Request) -> web.Response:
    """Counters for Prometheus."""
    body = request.app[DEPS].metrics.render()
    return web.Response(body=body, headers={hdrs.CONTENT_TYPE: CONTENT_TYPE_LATEST})
