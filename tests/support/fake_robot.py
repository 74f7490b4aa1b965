"""WeCom's group robot on the loopback: strict about its key, its twenty messages a minute and their length."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from typing import Any, Self

from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.clock import Clock

KEY = "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"


class FakeRobot:
    """One group's robot; `got` is what the group reads."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.got: list[str] = []
        self.refusals: list[int] = []
        """Codes or HTTP statuses that the next messages are refused with."""
        self.removed = False
        self._sent: deque[datetime] = deque()
        app = web.Application()
        app.router.add_post("/cgi-bin/webhook/send", self._send)
        self._server = TestServer(app)

    async def __aenter__(self) -> Self:
        await self._server.start_server()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.close()

    @property
    def url(self) -> str:
        return f"{self._server.make_url('/cgi-bin/webhook/send')}?key={KEY}"

    async def _send(self, request: web.Request) -> web.Response:
        if self.refusals:
            code = self.refusals.pop(0)
            return web.Response(status=code) if code < 1000 else _answer(code)
        if request.query.get("key") != KEY or self.removed:
            return _answer(93000)
        payload: dict[str, Any] = await request.json()
        content = payload["text"]["content"]
        if payload["msgtype"] != "text" or not content or len(content.encode()) > 2048:
            return _answer(40058)
        now = self.clock()
        while self._sent and self._sent[0] <= now - timedelta(minutes=1):
            self._sent.popleft()
        if len(self._sent) >= 20:
            return _answer(45009)
        self._sent.append(now)
        self.got.append(content)
        return _answer(0)


def _answer(code: int) -> web.Response:
    return web.json_response({"errcode": code, "errmsg": "ok" if code == 0 else f"error {code}"})
