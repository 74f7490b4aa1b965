"""POST /telegram/webhook: updates that Telegram delivers itself."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from bot.channels.request_body import limited_body

PATH = "/telegram/webhook"
MAX_BODY_BYTES = 1 << 20
Accept = Callable[[dict[str, Any]], bool]
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


class WebhookReceiver:
    def __init__(self, secret: str, accept: Accept, ready: Callable[[], bool]) -> None:
        self._secret = secret.encode()
        self._accept = accept
        self._ready = ready

    def routes(self) -> list[web.RouteDef]:
        return [web.post(PATH, self.handle)]

    async def handle(self, request: web.Request) -> web.Response:
        """200 once queued; 403 wrong secret, 413 too large, 400 not JSON, 503 come again later."""
        given = request.headers.get(SECRET_HEADER, "").encode(errors="surrogateescape")
        if not hmac.compare_digest(given, self._secret):
            return web.Response(status=403)
        body = await limited_body(request, MAX_BODY_BYTES)
        if body is None:
            return web.Response(status=413)
        try:
            raw = json.loads(body)
        except (ValueError, RecursionError):
            return web.Response(status=400)
        if not isinstance(raw, dict):
            return web.Response(status=400)
        if not self._ready():
            return web.Response(status=503)
        self._accept(raw)
        return web.Response()
