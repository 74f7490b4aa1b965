"""Answers that no response can carry: late ones, long ones, those a crash has interrupted. None is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Literal

import structlog

from bot.channels.base import AwaySendError, PermanentSendError, TemporarySendError, UncertainSendError
from bot.clock import Clock
from bot.storage.channels.outbox import Claimed, Outbox
from bot.storage.db.errors import StorageUnavailable
from handlers.domain.messages import Attachment, Choice, Frozen, Incoming
from handlers.texts import conversation as texts

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


class AnswerPart(Frozen):
    """One message of an answer as a channel sends it."""

    kind: Literal["text", "buttons", "file"] = "text"
    text: str = ""
    choices: tuple[Choice, ...] = ()
    file: Attachment | None = None
    more: bool = False
    """Another one follows."""


Respond = Callable[[Incoming], Awaitable[Sequence[AnswerPart]]]
"""What is answered to a message; the same again when asked again."""
Send = Callable[[str, AnswerPart], Awaitable[None]]
"""Sends one part to an address. Raises SendError."""


class OutboxSender:
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

    def wake(self, after: timedelta = timedelta()) -> None:
        """Something has become due, or will be."""
        asyncio.get_running_loop().call_later(after.total_seconds(), self._woken.set)

    async def run(self) -> None:
        """Until cancelled; an outage of the database is waited out, what is under way is finished."""
        looking: asyncio.Future[bool] | None = None
        try:
            while True:
                self._woken.clear()
                looking = asyncio.ensure_future(self._busy())
                if not await asyncio.shield(looking):
                    await self._pause()
        finally:
            if looking:
                await asyncio.gather(looking, return_exceptions=True)
            if self._under_way:
                _, late = await asyncio.wait(self._under_way, timeout=GRACE_SECONDS)
                for task in late:
                    task.cancel()
                await asyncio.gather(*late, return_exceptions=True)

    async def _busy(self) -> bool:
        """Begin what is due; whether there was anything."""
        try:
            started = await self._start()
            await self._purge()
        except StorageUnavailable as error:
            log.warning("待发的回答暂时读不到数据库，稍后再试", channel=self._channel, reason=str(error))
            return False
        except Exception:
            log.exception("待发的回答出了差错，稍后再试", channel=self._channel)
            return False
        return started

    async def _pause(self) -> None:
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
            task.add_done_callback(self._landed)
        return bool(claimed)

    def _landed(self, task: asyncio.Task[None]) -> None:
        """The next message of the same person may go now."""
        self._under_way.discard(task)
        self.wake()

    async def _purge(self) -> None:
        now = self._clock()
        if self._purge_at is None or now >= self._purge_at:
            self._purge_at = now + PURGE_EVERY
            await self._outbox.purge(now)

    async def _guarded(self, claimed: Claimed) -> None:
        """What goes wrong with one answer stays with it; at the latest it is tried again when the lease ends."""
        try:
            async with asyncio.timeout(LEASE.total_seconds() * 0.8):
                try:
                    await self._deliver(claimed)
                except (StorageUnavailable, TimeoutError):
                    raise
                except Exception:
                    log.exception("回答没能发出，稍后再试", channel=self._channel)
                    await self._later(claimed, surely_not_sent=False)
        except (StorageUnavailable, TimeoutError) as error:
            log.warning("回答没有发完，稍后再试", channel=self._channel, reason=type(error).__name__)

    async def _deliver(self, claimed: Claimed) -> None:
        incoming, outbox = claimed.incoming, self._outbox
        parts = await self._parts(claimed)
        for number, part in enumerate(parts[claimed.parts_sent :], start=claimed.parts_sent):
            repeats = claimed.repeats and number == claimed.parts_sent
            try:
                await self._send(incoming.address.id, labelled(part) if repeats else part)
            except UncertainSendError as error:
                log.info("不知道回答到没到，稍后再发并注明", channel=self._channel, reason=str(error))
                await self._later(claimed, surely_not_sent=False)
                return
            except (AwaySendError, PermanentSendError) as error:
                log.info("回答要等对方再来时才能给", channel=self._channel, reason=str(error))
                await outbox.defer(incoming, None, claimed.failures, surely_not_sent=not repeats)
                return
            except TemporarySendError as error:
                log.info("回答暂时发不出去", channel=self._channel, reason=str(error))
                await self._later(claimed, error.retry_after, surely_not_sent=not repeats)
                return
            if number + 1 < len(parts):
                await outbox.part_sent(incoming, number + 1)
        await outbox.finish(incoming, len(parts), self._clock())

    async def _parts(self, claimed: Claimed) -> list[AnswerPart]:
        """The parts; the first that is still to be sent counts as begun."""
        if claimed.parts is not None:
            return [AnswerPart.model_validate(part) for part in claimed.parts]
        parts = list(await self._respond(claimed.incoming))
        await self._outbox.start_sending(claimed.incoming, dumped(parts))
        return parts

    async def _later(self, claimed: Claimed, retry_after: float | None = None, *, surely_not_sent: bool) -> None:
        now = self._clock()
        pause = min(FIRST_RETRY * (1 << min(claimed.failures, 12)), LONGEST_RETRY)
        pause = max(pause, timedelta(seconds=retry_after or 0))
        next_at = now + pause if now - claimed.at < TRIED_FOR else None
        await self._outbox.defer(claimed.incoming, next_at, claimed.failures + 1, surely_not_sent=surely_not_sent)


def dumped(parts: Sequence[AnswerPart]) -> list[dict[str, object]]:
    """Parts as the outbox keeps them."""
    return [part.model_dump(mode="json") for part in parts]


def labelled(part: AnswerPart) -> AnswerPart:
    """It may have arrived before, and says so; a file says it with its name alone."""
    return part if part.kind == "file" else part.model_copy(update={"text": texts.MAYBE_REPEATED + part.text})
