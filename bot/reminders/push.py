"""Pushing one message to a person: address by address, each attempt noted before and after."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.background.retrying import backoff
from bot.channels.base import AddressMoved, AwaySendError, PermanentSendError, TemporarySendError, UncertainSendError
from bot.clock import Clock
from bot.reminders.metrics import ReminderMetrics
from bot.reminders.rate_limit import CircuitOpen, RateLimited, RateLimiter
from bot.storage.reminders.contact_addresses import ContactAddresses
from bot.storage.reminders.queue import AttemptResult, AttemptStart, ClaimedRecipient, Outcome, Reminders
from handlers.domain.messages import Address, Notification
from handlers.reminders.messages import OutgoingReminder
from handlers.texts import channels as channel_texts

PUSH_SECONDS = 15.0
FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=1)


Push = Callable[[str, Notification], Awaitable[None]]
"""`Channel.push`. Raises TemporarySendError, PermanentSendError or AddressMoved."""


@dataclass(frozen=True, slots=True)
class Later:
    """Nobody took it: try again at a moment, after one failure more or none."""

    at: datetime
    failed: bool = True


@dataclass(frozen=True, slots=True)
class Taken:
    """An address took it: how that is to be noted, and how long the chat rests now."""

    result: AttemptResult | None = None
    rest: timedelta = timedelta()


@dataclass(frozen=True, eq=False)
class ReminderPusher:
    queue: Reminders
    contact_addresses: ContactAddresses
    channels: Mapping[str, Push]
    """In the order in which they reach people best."""
    rate_limiter: RateLimiter
    clock: Clock
    metrics: ReminderMetrics

    def by_reach(self, addresses: tuple[Address, ...], first: str) -> list[Address]:
        """Those on the channel `first` before the others, then as the channels reach people best."""
        order = {name: place for place, name in enumerate(self.channels)}
        return sorted(addresses, key=lambda one: (one.channel != first, order.get(one.channel, len(order))))

    def retry(self, turn: ClaimedRecipient, retry_after: float = 0) -> Later:
        """After one failure more, in so many seconds at the earliest."""
        pause = max(backoff(turn.failures, FIRST_RETRY, LONGEST_RETRY), timedelta(seconds=retry_after))
        return Later(self.clock() + pause)

    async def reach(
        self, turn: ClaimedRecipient, addresses: list[Address], outgoing: OutgoingReminder
    ) -> Taken | Later:
        """`addresses` loses those that died and follows those that moved; where none is left, colleagues are told."""
        retry_after, missed = 0.0, ""
        for address in tuple(addresses):
            try:
                told = outgoing.saying(f"{outgoing.reply.text}\n{missed}") if missed else outgoing
                result = await self._push_following(turn.person_id, address, addresses, told)
                self._count_sent(turn, outgoing)
                return Taken(result, self.rate_limiter.rest_of_chat(address.channel))
            except CircuitOpen as open_circuit:
                retry_after = max(retry_after, (open_circuit.until - self.clock()).total_seconds())
                missed = _missed(address, channel_texts.SEND_FAILED)
            except RateLimited as limited:
                return Later(limited.until, failed=False)
            except UncertainSendError:  # it may have arrived: nobody else is told before it can say so
                return self.retry(turn)
            except PermanentSendError as error:
                addresses[:] = [one for one in addresses if one != address]
                missed = _missed(address, error.why)
            except TemporarySendError as error:
                retry_after = max(retry_after, error.retry_after or 0)
                missed = _missed(address, error.why)
        if addresses:
            return self.retry(turn, retry_after)
        await self.contact_addresses.reassign(turn.person_id, outgoing.ids, self.clock())
        return Taken()

    async def _push_following(
        self, person: int, address: Address, addresses: list[Address], outgoing: OutgoingReminder
    ) -> AttemptResult:
        try:
            return await self._push(person, address, outgoing)
        except AddressMoved as moved:
            new = Address(channel=address.channel, id=moved.new_id)
            addresses[addresses.index(address)] = new
            return await self._push(person, new, outgoing)

    async def _push(self, person: int, address: Address, outgoing: OutgoingReminder) -> AttemptResult:
        """Note that it is tried, and push. Raises RateLimited and SendError."""
        push = self.channels.get(address.channel)
        if push is None:
            raise AwaySendError("channel not configured", why=channel_texts.CHANNEL_OFF)
        await self.rate_limiter.enter(address.channel, self.clock())
        attempt = await self.queue.begin(AttemptStart(person, address, outgoing.ids, self.clock()))
        return await self._try(push, address, outgoing, attempt)

    async def _try(self, push: Push, address: Address, outgoing: OutgoingReminder, attempt: int) -> AttemptResult:
        """What nobody knows stays without an outcome: the next turn finds it so, and its message says so."""
        try:
            with self.rate_limiter.under_way(address.channel):
                async with asyncio.timeout(PUSH_SECONDS):
                    await push(address.id, outgoing.notification)
        except AddressMoved as moved:
            await self._failed(attempt, Outcome.PERMANENT, moved)
            await self.contact_addresses.move(address, moved.new_id)
            raise
        except PermanentSendError as error:
            await self._failed(attempt, Outcome.PERMANENT, error)
            await self.contact_addresses.disable(address, self.clock())
            raise
        except UncertainSendError as error:
            self._uncertain(address, error.retry_after)
            raise
        except TimeoutError as error:
            self._uncertain(address, None)
            raise UncertainSendError("timeout") from error
        except TemporarySendError as error:
            await self._failed(attempt, Outcome.TEMPORARY, error)
            if not isinstance(error, AwaySendError):
                self.rate_limiter.failed(address.channel, self.clock(), error.retry_after)
            raise
        self.rate_limiter.went_well(address.channel)
        return AttemptResult(attempt, Outcome.SENT, self.clock(), ids=outgoing.ids)

    def _uncertain(self, address: Address, retry_after: float | None) -> None:
        self.metrics.failed(Outcome.UNKNOWN)
        self.rate_limiter.failed(address.channel, self.clock(), retry_after)

    async def _failed(self, attempt: int, outcome: Outcome, error: Exception) -> None:
        self.metrics.failed(outcome)
        await self.queue.end(AttemptResult(attempt, outcome, self.clock(), str(error)))

    def _count_sent(self, turn: ClaimedRecipient, outgoing: OutgoingReminder) -> None:
        lag = self.clock() - min(due.due_at for due in turn.due if due.id in outgoing.ids)
        self.metrics.sent(len(outgoing.ids), lag.total_seconds(), repeated=not turn.repeated.isdisjoint(outgoing.ids))


def _missed(address: Address, why: str) -> str:
    channel = channel_texts.CHANNEL_NAMES.get(address.channel, address.channel)
    return channel_texts.CAME_THIS_WAY.format(channel=channel, why=why or channel_texts.SEND_FAILED)
