"""Answers the messages of one page, one after the other, and tells the session's other tabs."""

from __future__ import annotations

import asyncio
from time import perf_counter

import structlog

from bot.channels.webchat import Socket, send_quietly
from bot.web.chat.frames import CHANNEL, ChatMessage, FileSent, Pressed, turn_frame
from bot.web.deps import Deps
from handlers.domain.messages import Address, Incoming, Reply, SentFile
from handlers.texts import conversation as sentences

DRAIN_SECONDS = 10.0
MAX_WAITING = 32
"""Messages taken ahead of the answer being made; beyond it the socket is not read."""

_log = structlog.get_logger(__name__)


class Answerer:
    def __init__(self, deps: Deps, socket: Socket, session: str) -> None:
        self._deps = deps
        self._socket = socket
        self._address = Address(channel=CHANNEL, id=session)
        self._queue: asyncio.Queue[ChatMessage | Pressed | FileSent | None] = asyncio.Queue(MAX_WAITING)
        self._worker = asyncio.create_task(self._work())

    async def take(self, frame: ChatMessage | Pressed | FileSent) -> None:
        await self._queue.put(frame)

    async def drain(self) -> None:
        """It is answered and stored although the page has gone; goes on in the background where cancelled."""
        finishing = asyncio.create_task(self._finish())
        self._deps.background.add(finishing)
        finishing.add_done_callback(self._deps.background.discard)
        await asyncio.shield(finishing)

    async def _finish(self) -> None:
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                await self._queue.put(None)
                await self._worker
        except TimeoutError:
            _log.warning("gave up on unanswered messages", waiting=self._queue.qsize())

    async def _work(self) -> None:
        while (frame := await self._queue.get()) is not None:
            await self._answer(frame)

    async def _answer(self, frame: ChatMessage | Pressed | FileSent) -> None:
        incoming = self._incoming(frame)
        began = perf_counter()
        try:
            replies = await self._deps.core.dispatch(incoming)
        except Exception:
            _log.exception("message failed", message_id=frame.id)
            error = {"type": "error", "text": sentences.INTERNAL_ERROR, "id": frame.id, "again": True}
            await send_quietly(self._socket, error)
            return
        for reply in replies[:1]:
            self._deps.metrics.answered(CHANNEL, reply.status.value, perf_counter() - began)
        dumped = [reply.model_dump(mode="json") for reply in replies]
        await send_quietly(self._socket, {"type": "reply", "to": frame.id, "replies": dumped})
        await self._tell_other_tabs(incoming, replies)

    def _incoming(self, frame: ChatMessage | Pressed | FileSent) -> Incoming:
        if isinstance(frame, Pressed):
            return Incoming(address=self._address, message_id=frame.id, text=frame.label, choice=frame.token)
        if isinstance(frame, FileSent):
            sent = SentFile(name=frame.name, id=frame.file)
            return Incoming(address=self._address, message_id=frame.id, text=f"📎 {frame.name}", file=sent)
        return Incoming(address=self._address, message_id=frame.id, text=frame.text)

    async def _tell_other_tabs(self, incoming: Incoming, replies: tuple[Reply, ...]) -> None:
        frame = {"type": "turn", "turn": turn_frame(incoming, replies, self._deps.core.clock())}
        await self._deps.webchat.broadcast(self._address.id, frame, besides=self._socket)
