"""The chat page as a channel: the sockets that are open, and pushing to them."""

from __future__ import annotations

import asyncio
import secrets
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Protocol

from bot.channels.base import AwaySendError, Channel
from handlers.domain.messages import Notification
from handlers.texts import channels as channel_texts

SEND_TIMEOUT_SECONDS = 5.0
CONFIRM_TIMEOUT_SECONDS = 10.0


class Socket(Protocol):
    async def send_json(self, data: Any) -> None: ...

    async def close(self, *, code: int = 1000, message: bytes = b"") -> object: ...


class WebChat(Channel):
    name = "web"
    keeps_pushes = True

    def __init__(self, confirm_timeout: float = CONFIRM_TIMEOUT_SECONDS) -> None:
        self._sockets: defaultdict[str, set[Socket]] = defaultdict(set)
        self._waiting: dict[str, asyncio.Future[None]] = {}
        self._confirm_timeout = confirm_timeout

    async def unavailable_reason(self, address_id: str) -> str:
        return "" if self._sockets.get(address_id) else channel_texts.WEB_PAGE_CLOSED

    async def push(self, address_id: str, notification: Notification) -> None:
        """Done when a page confirms it. Raises AwaySendError where no page is open or none confirms in time."""
        push_id = secrets.token_urlsafe(12)
        confirmed = asyncio.get_running_loop().create_future()
        self._waiting[push_id] = confirmed
        frame = {"type": "push", "push": push_id, "replies": [notification.reply.model_dump(mode="json")]}
        try:
            if not await self.broadcast(address_id, frame):
                raise AwaySendError("no open page", why=channel_texts.WEB_PAGE_CLOSED)
            async with asyncio.timeout(self._confirm_timeout):
                await confirmed
        except TimeoutError:
            raise AwaySendError("no page confirmed", why=channel_texts.WEB_PAGE_CLOSED) from None
        finally:
            del self._waiting[push_id]

    def confirm(self, push_id: str) -> None:
        waiting = self._waiting.get(push_id)
        if waiting is not None and not waiting.done():
            waiting.set_result(None)

    async def broadcast(self, session: str, frame: dict[str, Any], besides: Socket | None = None) -> int:
        """Send a frame to every page of a session but one; returns how many took it."""
        targets = [s for s in self._sockets.get(session, ()) if s is not besides]
        return sum(await asyncio.gather(*(send_quietly(s, frame) for s in targets)))

    def join(self, session: str, socket: Socket) -> None:
        self._sockets[session].add(socket)

    def leave(self, session: str, socket: Socket) -> None:
        sockets = self._sockets.get(session)
        if sockets is None:
            return
        sockets.discard(socket)
        if not sockets:
            del self._sockets[session]

    def __len__(self) -> int:
        return sum(map(len, self._sockets.values()))

    async def close(self) -> None:
        """Close every page's socket as "going away", so that pages reconnect elsewhere."""
        await _close_all([s for sockets in self._sockets.values() for s in sockets])


async def send_quietly(socket: Socket, frame: dict[str, Any]) -> bool:
    try:
        async with asyncio.timeout(SEND_TIMEOUT_SECONDS):
            await socket.send_json(frame)
    except (ConnectionError, RuntimeError, TimeoutError):
        return False
    return True


async def _close_all(sockets: Iterable[Socket]) -> None:
    closing = (s.close(code=1001, message=b"server shutdown") for s in sockets)
    await asyncio.gather(*closing, return_exceptions=True)
