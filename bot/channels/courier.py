"""Answers that no response can carry: late ones, long ones, those a crash has interrupted. None is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Literal

import structlog

from bot.channels.base import AwaySendError, PermanentSendError, TemporarySendError, UncertainSendError
from bot.clock import Clock
from bot.storage.errors import StorageUnavailable
from bot.storage.outbox import Claimed, Outbox
from handlers import texts
from handlers.messages import Attachment, Choice, Frozen, Incoming

LEASE = timedelta(seconds=90)
AT_ONCE = 50
IDLE_SECONDS = 2.0
PURGE_EVERY = timedelta(hours=1)
FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(minutes=30)
TRIED_FOR = timedelta(hours=47)
"""After that nobody can be written to any more who has not written again."""
GRACE_SECONDS = 5.0

log = structlog.get_logger(__name__)


class Part(Frozen):
    """One message of an answer as a channel sends it."""

    kind: Literal["text", "buttons", "file"] = "text"
    text: str = ""
    choices: tuple[Choice, ...] = ()
    file: Attachment | None = None
    more: bool = False
    """Another one follows."""


Respond = Callable[[Incoming], Awaitable[Sequence[Part]]]
"""What is answered to a message; the same again when asked again."""
Send = Callable[[str, Part], Awaitable[None]]
"""Sends one part to an address. Raises SendError."""


class Courier:
    """Sends what is due from the outbox of one channel; any number of processes may run one."""

    def __init__(self, channel: str, outbox: Outbox, respond: Respond, send: Send, clock: Clock) -> None:
        self._channel = channel
        self._outbox = outbox
        self._respond = respond
        self._send = send
        self._clock = clock
        self._woken = asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()
        self._purge_at: datetime | None = None

    def wake(self) -> None:
        """Something has become due."""
        self._woken.set()

    async def run(self) -> None:
        """Until cancelled; an outage of the database is waited out, what is under way is finished."""
        try:
            while True:
                try:
                    busy = await self._start()
                    await self._purge()
                except StorageUnavailable as error:
                    log.warning("待发的回答暂时读不到数据库，稍后再试", channel=self._channel, reason=str(error))
                    busy = False
                if not busy:
                    await self._pause()
        finally:
            if self._under_way:
                _, late = await asyncio.wait(self._under_way, timeout=GRACE_SECONDS)
                for task in late:
                    task.cancel()
                await asyncio.gather(*late, return_exceptions=True)

    async def _pause(self) -> None:
        self._woken.clear()
        try:
            async with asyncio.timeout(IDLE_SECONDS):
                await self._woken.wait()
        except TimeoutError:
            pass

    async def _start(self) -> bool:
        room = AT_ONCE - len(self._under_way)
        if room <= 0:
            return False
        claimed = await self._outbox.claim(self._channel, self._clock(), room, LEASE)
        for one in claimed:
            task = asyncio.create_task(self._guarded(one), name=f"{self._channel} answer")
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        return bool(claimed)

    async def _purge(self) -> None:
        now = self._clock()
        if self._purge_at is None or now >= self._purge_at:
            self._purge_at = now + PURGE_EVERY
            await self._outbox.purge(now)

    async def _guarded(self, claimed: Claimed) -> None:
        """What goes wrong with one answer stays with it; at the latest it is tried again when the lease ends."""
        try:
            async with asyncio.timeout(LEASE.total_seconds() * 0.8):
                await self._deliver(claimed)
        except (StorageUnavailable, TimeoutError) as error:
            log.warning("回答没有发完，稍后再试", channel=self._channel, reason=type(error).__name__)
        except Exception:
            log.exception("回答没能发出，稍后再试", channel=self._channel)
            await self._later(claimed)

    async def _deliver(self, claimed: Claimed) -> None:
        incoming = claimed.incoming
        parts = await self._parts(claimed)
        for number, part in enumerate(parts[claimed.given :], start=claimed.given):
            try:
                await self._send(incoming.address.id, part)
            except UncertainSendError:
                await self._outbox.rendered(incoming, _labelled(parts, number))
                await self._later(claimed)
                return
            except (AwaySendError, PermanentSendError) as error:
                log.info("回答要等对方再来时才能给", channel=self._channel, reason=str(error))
                await self._outbox.defer(incoming, self._clock(), None, claimed.failures)
                return
            except TemporarySendError as error:
                log.info("回答暂时发不出去", channel=self._channel, reason=str(error))
                await self._later(claimed, error.retry_after)
                return
            await self._outbox.given(incoming, number + 1)
        await self._outbox.close(incoming, self._clock())

    async def _parts(self, claimed: Claimed) -> list[Part]:
        if claimed.parts is not None:
            return [Part.model_validate(part) for part in claimed.parts]
        parts = list(await self._respond(claimed.incoming))
        await self._outbox.rendered(claimed.incoming, dumped(parts))
        return parts

    async def _later(self, claimed: Claimed, retry_after: float | None = None) -> None:
        now, failures = self._clock(), claimed.failures + 1
        pause = min(FIRST_RETRY * (1 << min(claimed.failures, 12)), LONGEST_RETRY)
        pause = max(pause, timedelta(seconds=retry_after or 0))
        next_at = now + pause if now - claimed.at < TRIED_FOR else None
        await self._outbox.defer(claimed.incoming, now, next_at, failures)


def dumped(parts: Sequence[Part]) -> list[dict[str, object]]:
    """Parts as the outbox keeps them."""
    return [part.model_dump(mode="json") for part in parts]


def _labelled(parts: Sequence[Part], number: int) -> list[dict[str, object]]:
    """One of them may have arrived: where it comes again it says so."""
    labelled = [
        part.model_copy(update={"text": texts.MAYBE_REPEATED + part.text})
        if at == number and part.text and not part.text.startswith(texts.MAYBE_REPEATED)
        else part
        for at, part in enumerate(parts)
    ]
    return dumped(labelled)
