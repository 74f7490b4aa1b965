"""Answers that no response can carry: late ones, long ones, those a crash has interrupted. None is lost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Literal

import structlog

from bot.background.leased_worker import LeasedWorker
from bot.background.retrying import backoff
from bot.channels.base import AwaySendError, PermanentSendError, TemporarySendError, UncertainSendError
from bot.clock import Clock
from bot.storage.channels.outbox import Claimed, Outbox
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

log = structlog.get_logger(__name__)


class AnswerPart(Frozen):
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
    def __init__(self, channel: str, outbox: Outbox, respond: Respond, send: Send, clock: Clock) -> None:
        self._channel = channel
        self._outbox = outbox
        self._respond = respond
        self._send = send
        self._clock = clock
        self._purge_at = clock()
        self._worker = LeasedWorker(
            name=f"{channel} 待发的回答",
            claim=lambda most: outbox.claim(channel, clock(), most, LEASE),
            handle=self._deliver,
            put_off=lambda claimed: self._later(claimed, surely_not_sent=False),
            lease=LEASE,
            limit=AT_ONCE,
            clock=clock,
            idle_seconds=IDLE_SECONDS,
            idle=self._purge,
        )
        self.wake = self._worker.wake
        self.run = self._worker.run

    async def _purge(self) -> float:
        now = self._clock()
        if now >= self._purge_at:
            self._purge_at = now + PURGE_EVERY
            await self._outbox.purge(now)
        return IDLE_SECONDS

    async def _deliver(self, claimed: Claimed) -> None:
        try:
            await self._send_parts(claimed)
        finally:  # the next message of the same person may go now
            self._worker.wake()

    async def _send_parts(self, claimed: Claimed) -> None:
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
        if claimed.parts is not None:
            return [AnswerPart.model_validate(part) for part in claimed.parts]
        parts = list(await self._respond(claimed.incoming))
        await self._outbox.start_sending(claimed.incoming, dumped(parts))
        return parts

    async def _later(self, claimed: Claimed, retry_after: float | None = None, *, surely_not_sent: bool) -> None:
        now = self._clock()
        pause = max(backoff(claimed.failures, FIRST_RETRY, LONGEST_RETRY), timedelta(seconds=retry_after or 0))
        next_at = now + pause if now - claimed.at < TRIED_FOR else None
        await self._outbox.defer(claimed.incoming, next_at, claimed.failures + 1, surely_not_sent=surely_not_sent)


def dumped(parts: Sequence[AnswerPart]) -> list[dict[str, object]]:
    return [part.model_dump(mode="json") for part in parts]


def labelled(part: AnswerPart) -> AnswerPart:
    """It may have arrived before, and says so; a file says it with its name alone."""
    return part if part.kind == "file" else part.model_copy(update={"text": texts.MAYBE_REPEATED + part.text})
