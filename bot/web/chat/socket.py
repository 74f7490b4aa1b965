"""GET /ws: one page's conversation over its WebSocket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import structlog
from aiohttp import WSCloseCode, WSMsgType, web

from bot.channels.webchat import send_quietly
from bot.storage.db.errors import StorageUnavailable
from bot.web import texts
from bot.web.chat.answerer import Answerer
from bot.web.chat.frames import (
    CHANNEL,
    MAX_FRAME_BYTES,
    MAX_TEXT_CHARS,
    BadFrame,
    Hello,
    Ping,
    ReceivedFrame,
    parse_frame,
)
from bot.web.chat.history import history_frame
from bot.web.deps import DEPS, Deps
from bot.web.errors import error_response
from bot.web.security import origin_allowed
from handlers.domain.messages import Address

HEARTBEAT_SECONDS = 25.0
HELLO_TIMEOUT_SECONDS = 20.0
CLOSE_TIMEOUT_SECONDS = 3.0
NO_SESSION = ""

_log = structlog.get_logger(__name__)


async def chat_socket(request: web.Request) -> web.StreamResponse:
    deps = request.app[DEPS]
    if not origin_allowed(request, deps.public_url):
        return error_response(403, texts.FORBIDDEN_ORIGIN)
    socket = web.WebSocketResponse(
        timeout=CLOSE_TIMEOUT_SECONDS, heartbeat=HEARTBEAT_SECONDS, max_msg_size=MAX_FRAME_BYTES
    )
    await socket.prepare(request)
    try:
        await Page(deps, socket).serve()
    except Exception:  # an HTTP error cannot follow once the socket is open
        _log.exception("socket failed")
        await socket.close(code=WSCloseCode.INTERNAL_ERROR)
    return socket


class Page:
    def __init__(self, deps: Deps, socket: web.WebSocketResponse) -> None:
        self._deps = deps
        self._socket = socket
        self._session = NO_SESSION
        self._answerer: Answerer | None = None

    async def serve(self) -> None:
        self._deps.webchat.join(self._session, self._socket)
        try:
            async for raw in self._frames():
                await self._take(raw)
        finally:
            self._deps.webchat.leave(self._session, self._socket)
            if self._answerer is not None:
                await self._answerer.drain()

    async def _frames(self) -> AsyncIterator[str]:
        while not self._socket.closed:
            patience = None if self._session else HELLO_TIMEOUT_SECONDS
            try:
                message = await self._socket.receive(patience)
            except TimeoutError:
                await self._socket.close(code=WSCloseCode.POLICY_VIOLATION, message=b"no hello")
                return
            if message.type is WSMsgType.TEXT:
                yield message.data
            elif message.type is WSMsgType.BINARY:
                await self._error(texts.FRAME_NOT_JSON)
            else:
                return

    async def _take(self, raw: str) -> None:
        try:
            frame = parse_frame(raw)
            if isinstance(frame, Hello):
                await self._hello(frame)
            elif self._answerer is None:
                raise BadFrame(texts.HELLO_FIRST)
            elif isinstance(frame, Ping):
                await self._send({"type": "pong"})
            elif isinstance(frame, ReceivedFrame):
                self._deps.webchat.confirm(frame.push)
            else:
                await self._answerer.take(frame)
                await self._send({"type": "ack", "id": frame.id})
        except BadFrame as error:
            await self._error(error.sentence, error.frame_id)

    async def _hello(self, hello: Hello) -> None:
        if self._session not in (NO_SESSION, hello.session):
            raise BadFrame(texts.HELLO_TWICE)
        if self._answerer is None:
            self._deps.webchat.leave(self._session, self._socket)
            self._session = hello.session
            self._deps.webchat.join(self._session, self._socket)
            self._answerer = Answerer(self._deps, self._socket, self._session)
        try:
            frame = await history_frame(self._deps, hello.session, hello.after)
        except Exception:
            _log.exception("transcript unavailable")
            await self._error(texts.HISTORY_UNAVAILABLE)
            await self._socket.close(code=WSCloseCode.TRY_AGAIN_LATER)
            return
        await self._send(frame | {"limit": MAX_TEXT_CHARS})
        await self._wake_reminders()

    async def _wake_reminders(self) -> None:
        core = self._deps.core
        try:
            await core.reminders.queue.wake(Address(channel=CHANNEL, id=self._session), core.clock())
        except StorageUnavailable as error:
            _log.warning("提醒暂时读不到数据库，稍后再试", reason=str(error))

    async def _error(self, sentence: str, frame_id: str | None = None) -> None:
        """`again` False: sending the same frame again cannot help."""
        await self._send({"type": "error", "text": sentence, "id": frame_id, "again": False})

    async def _send(self, frame: dict[str, Any]) -> None:
        await send_quietly(self._socket, frame)
