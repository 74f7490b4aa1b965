"""One message in, its replies out: once each, in order, and never an exception."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from weakref import WeakValueDictionary

import structlog

from bot.clock import Clock
from bot.storage.conversations.inbox import Claim, ClaimState, Inbox
from bot.storage.db.errors import StorageUnavailable
from handlers.domain.messages import Address, Incoming, Reply, Status
from handlers.texts import conversation as texts

Respond = Callable[[Incoming, datetime], Awaitable[tuple[Reply, ...]]]

LEASE_SECONDS = 60.0
"""How long a process that has claimed a message may take before another one takes it over."""
POLL_SECONDS = 0.1

log = structlog.get_logger(__name__)


@dataclass(frozen=True, eq=False)
class Dispatcher:
    """The one error boundary: what the router raises is answered with a fixed sentence and not stored."""

    inbox: Inbox
    clock: Clock
    respond: Respond
    lease_seconds: float = LEASE_SECONDS
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _locks: WeakValueDictionary[Address, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    async def __call__(self, incoming: Incoming) -> tuple[Reply, ...]:
        try:
            return await self.dispatch_or_raise(incoming)
        except StorageUnavailable as error:
            log.error("storage_unavailable", reason=str(error), **_names(incoming))
            return (_canned(texts.STORAGE_UNAVAILABLE),)

    async def dispatch_or_raise(self, incoming: Incoming) -> tuple[Reply, ...]:
        """The replies, for channels that have noted the message and will ask again. Raises StorageUnavailable."""
        lock = self._lock(incoming.address)
        try:
            async with lock:
                return await self._once(incoming)
        except StorageUnavailable:
            raise
        except Exception:
            log.exception("message_failed", **_names(incoming))
            return (_canned(texts.INTERNAL_ERROR),)

    def _lock(self, address: Address) -> asyncio.Lock:
        """The lock of a conversation; it is forgotten when nobody holds or awaits it."""
        lock = self._locks.get(address)
        if lock is None:
            lock = self._locks[address] = asyncio.Lock()
        return lock

    async def _once(self, incoming: Incoming) -> tuple[Reply, ...]:
        while True:
            now = self.clock()
            claim = await self._claim(incoming, now)
            if claim.state is ClaimState.ANSWERED:
                return claim.replies
            if claim.state is ClaimState.NEW:
                return await self._answer(incoming, now)
            await self.sleep(POLL_SECONDS)

    async def _claim(self, incoming: Incoming, now: datetime) -> Claim:
        """Where this is cancelled, whatever was claimed is given up again."""
        claiming = asyncio.ensure_future(self.inbox.claim(incoming, now, self.lease_seconds))
        try:
            return await asyncio.shield(claiming)
        except asyncio.CancelledError:
            with suppress(StorageUnavailable):
                if (await claiming).state is ClaimState.NEW:
                    await self._release(incoming)
            raise

    async def _answer(self, incoming: Incoming, now: datetime) -> tuple[Reply, ...]:
        try:
            replies = await self.respond(incoming, now)
        except BaseException:
            await self._release(incoming)
            raise
        try:
            return await self.inbox.finish(incoming, replies, self.clock())
        except StorageUnavailable as error:  # the answer is good; only its record is missing
            log.error("answer_not_stored", reason=str(error), **_names(incoming))
            return replies

    async def _release(self, incoming: Incoming) -> None:
        """Let the next delivery try at once; where that fails, the lease runs out by itself."""
        try:
            await self.inbox.release(incoming, self.clock())
        except StorageUnavailable as error:
            log.warning("claim_not_released", reason=str(error), **_names(incoming))


def _canned(text: str) -> Reply:
    return Reply(text=text, status=Status.DECLINED)


def _names(incoming: Incoming) -> dict[str, str]:
    return {"channel": incoming.address.channel, "message_id": incoming.message_id}
