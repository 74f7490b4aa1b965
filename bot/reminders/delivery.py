"""The reminder loop: whose turn it is, what is still owed to them, pushing it where it can be reached."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Protocol

import structlog

from bot.channels.base import AddressMoved, AwaySendError, PermanentSendError, TemporarySendError, UncertainSendError
from bot.clock import Clock
from bot.engine.service import AnswerService
from bot.reminders.metrics import ReminderMetrics
from bot.reminders.rate_limit import CircuitOpen, RateLimited, RateLimiter
from bot.storage.db.errors import StorageUnavailable
from bot.storage.reminders.contact_addresses import ContactAddresses
from bot.storage.reminders.queue import (
    LEASE,
    AttemptResult,
    AttemptStart,
    ClaimedRecipient,
    DeliveryContext,
    Due,
    Outcome,
    Release,
    Reminders,
)
from handlers.domain.assessment import Assessment, assessment_for
from handlers.domain.messages import Address, Notification, Reply
from handlers.domain.reminder_schedule import is_owed
from handlers.domain.seminar import is_done
from handlers.reminders.messages import OpenObligation, OutgoingReminder, messages, outgoing_reminders
from handlers.texts import channels as channel_texts

AT_ONCE = 400
"""Most people whose turns are under way."""
PUSH_SECONDS = 15.0
OF_LEASE = 0.8
"""Part of the lease one person's turn may take, so that nobody else begins it meanwhile."""
IDLE_SECONDS = 5.0
LEAST_PAUSE_SECONDS = 0.05
GRACE_SECONDS = 5.0
"""How long turns under way may take when the loop is stopped."""
DAYTIME = (time(8), time(21))
"""In Shanghai; what becomes due outside of it waits for the morning."""
STALLED = timedelta(minutes=5)
"""A loop that has not looked for work for so long is not well."""
FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=1)

log = structlog.get_logger(__name__)


class Push(Protocol):
    """`Channel.push`."""

    async def __call__(self, address_id: str, notification: Notification) -> None:
        """Raises TemporarySendError, PermanentSendError or AddressMoved."""
        ...


@dataclass(frozen=True, slots=True)
class _Later:
    """Nobody took it: try again at a moment, after one failure more or none."""

    at: datetime
    failed: bool = True


@dataclass(frozen=True, slots=True)
class _Taken:
    """An address took it: how that is to be noted, and how long the chat rests now."""

    result: AttemptResult | None = None
    rest: timedelta = timedelta()


class ReminderLoop:
    """Delivers what is due; any number of processes may run one."""

    def __init__(
        self,
        queue: Reminders,
        contact_addresses: ContactAddresses,
        answering: AnswerService,
        channels: Mapping[str, Push],
        rate_limiter: RateLimiter,
        clock: Clock,
        metrics: ReminderMetrics | None = None,
        *,
        lease: timedelta = LEASE,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        """`lease`: how long a person's turn is this process's own; `idle_seconds`: longest pause between looks."""
        self._queue = queue
        self._contact_addresses = contact_addresses
        self._answering = answering
        self._channels = channels
        self._rate_limiter = rate_limiter
        self._clock = clock
        self._metrics = metrics or ReminderMetrics()
        self._lease = lease
        self._idle_seconds = idle_seconds
        self._ticked = clock()
        self._under_way: set[asyncio.Task[None]] = set()
        self._room = asyncio.Event()

    def alive(self) -> bool:
        """Whether the loop has looked for work lately."""
        return self._clock() - self._ticked < STALLED

    async def run(self) -> None:
        """Until cancelled; an outage of the database is waited out, turns under way are finished."""
        try:
            while True:
                try:
                    pause = 0.0 if await self._start_turns() else await self._until_next()
                except StorageUnavailable as error:
                    log.warning("提醒暂时读不到数据库，稍后再试", reason=str(error))
                    pause = self._idle_seconds
                except Exception:
                    log.exception("提醒出了差错，稍后再试")
                    pause = self._idle_seconds
                await (asyncio.sleep(pause) if pause else self._for_room())
        finally:
            await self._finish()

    async def tick(self) -> int:
        """Deliver to those whose turn it is, by day only; returns to how many."""
        started = await self._start_turns()
        await asyncio.gather(*self._under_way)
        return started

    async def _start_turns(self) -> int:
        self._ticked = self._clock()
        if not self._by_day():
            return 0
        turns = await self._queue.claim(self._clock(), AT_ONCE - len(self._under_way), self._lease)
        for turn in turns:
            task = asyncio.create_task(self._guarded(turn), name="reminder")
            self._under_way.add(task)
            task.add_done_callback(self._landed)
        return len(turns)

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if len(self._under_way) <= AT_ONCE // 2:
            self._room.set()

    def _by_day(self) -> bool:
        return DAYTIME[0] <= self._clock().time() < DAYTIME[1]

    async def _for_room(self) -> None:
        """Claim the next ones when half of the places are free: many at a time cost less."""
        self._room.clear()
        if len(self._under_way) > AT_ONCE // 2:
            await self._room.wait()

    async def _until_next(self) -> float:
        """Seconds to pause where there is nothing to do."""
        now = self._clock()
        self._metrics.waiting(await self._queue.waiting(now))
        next_at = await self._queue.next_turn(now) if self._by_day() else None
        if next_at is None:
            return self._idle_seconds
        return min(max((next_at - now).total_seconds(), LEAST_PAUSE_SECONDS), self._idle_seconds)

    async def _finish(self) -> None:
        if self._under_way:
            _, late = await asyncio.wait(self._under_way, timeout=GRACE_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _guarded(self, turn: ClaimedRecipient) -> None:
        """One person's trouble stays theirs: they are tried again, at the latest when the lease runs out."""
        try:
            async with asyncio.timeout(self._lease.total_seconds() * OF_LEASE):
                try:
                    await self._deliver(turn)
                except (StorageUnavailable, TimeoutError):
                    raise
                except Exception:
                    log.exception("提醒没能送出", person=turn.person_id)
                    await self._put_off(turn, _Later(self._clock() + _backoff(turn.failures)))
        except (StorageUnavailable, TimeoutError) as error:
            log.warning("提醒的结果没能记下，会再发一次并注明", person=turn.person_id, reason=str(error))

    async def _deliver(self, turn: ClaimedRecipient) -> None:
        context, today = await self._queue.look(turn), self._clock().date()
        assessments = {
            number: assessment
            for number, seminar in context.seminars.items()
            if (assessment := assessment_for(seminar.answers, self._answering.knowledge, today))
        }
        told = {due.id: Reply.model_validate(due.message) for due in turn.due if due.message}
        owed = {due.id: one for due in turn.due if due.id not in told and (one := _owed(due, context, assessments))}
        await self._queue.drop([due.id for due in turn.due if due.id not in owed and due.id not in told])
        taken, addresses = _Taken(), self._by_reach(context)
        for outgoing in (*messages(told, turn.repeated), *outgoing_reminders(owed, today, turn.repeated)):
            if taken.result:
                await self._queue.end(taken.result)
            if taken.rest:
                await asyncio.sleep(taken.rest.total_seconds())
            came_of_it = await self._reach_person(turn, addresses, outgoing)
            if isinstance(came_of_it, _Later):
                await self._put_off(turn, came_of_it)
                return
            taken = came_of_it
        rest_until = self._clock() + taken.rest if taken.rest else None
        await self._queue.leave(Release(turn.person_id, taken.result, rest_until))

    def _by_reach(self, context: DeliveryContext) -> list[Address]:
        """The person's addresses: the one they want first, then as the channels reach people best."""
        order = {name: place for place, name in enumerate(self._channels)}
        return sorted(
            context.addresses, key=lambda one: (one.channel != context.first, order.get(one.channel, len(order)))
        )

    async def _put_off(self, turn: ClaimedRecipient, later: _Later) -> None:
        failures = turn.failures + later.failed
        await self._queue.leave(Release(turn.person_id, retry_at=later.at, failures=failures))

    async def _reach_person(
        self, turn: ClaimedRecipient, addresses: list[Address], outgoing: OutgoingReminder
    ) -> _Taken | _Later:
        """Push to the first address that takes it; else say when to try again.

        `addresses` loses those that have died and follows those that have moved. Whoever has none left is
        stood in for by colleagues.
        """
        retry_after, missed = 0.0, ""
        for address in tuple(addresses):
            try:
                told = outgoing.saying(f"{outgoing.reply.text}\n{missed}") if missed else outgoing
                result = await self._push_following(turn.person_id, address, addresses, told)
                self._count_sent(turn, outgoing)
                return _Taken(result, self._rate_limiter.rest_of_chat(address.channel))
            except CircuitOpen as open_circuit:
                retry_after = max(retry_after, (open_circuit.until - self._clock()).total_seconds())
                missed = _missed(address, channel_texts.SEND_FAILED)
            except RateLimited as limited:
                return _Later(limited.until, failed=False)
            except UncertainSendError:  # it may have arrived: nobody else is told before it can say so
                return _Later(self._clock() + _backoff(turn.failures))
            except PermanentSendError as error:
                addresses[:] = [one for one in addresses if one != address]
                missed = _missed(address, error.why)
            except TemporarySendError as error:
                retry_after = max(retry_after, error.retry_after or 0)
                missed = _missed(address, error.why)
        if addresses:
            return _Later(self._clock() + max(_backoff(turn.failures), timedelta(seconds=retry_after)))
        await self._contact_addresses.reassign(turn.person_id, outgoing.ids, self._clock())
        return _Taken()

    async def _push_following(
        self, person: int, address: Address, addresses: list[Address], outgoing: OutgoingReminder
    ) -> AttemptResult:
        """Push, once more where the address turns out to have moved."""
        try:
            return await self._push(person, address, outgoing)
        except AddressMoved as moved:
            new = Address(channel=address.channel, id=moved.new_id)
            addresses[addresses.index(address)] = new
            return await self._push(person, new, outgoing)

    async def _push(self, person: int, address: Address, outgoing: OutgoingReminder) -> AttemptResult:
        """Note that it is tried, and push. Raises Busy, TemporarySendError, PermanentSendError and AddressMoved."""
        push = self._channels.get(address.channel)
        if push is None:
            raise AwaySendError("channel not configured", why=channel_texts.CHANNEL_OFF)
        await self._rate_limiter.enter(address.channel, self._clock())
        attempt = await self._queue.begin(AttemptStart(person, address, outgoing.ids, self._clock()))
        return await self._try(push, address, outgoing, attempt)

    async def _try(self, push: Push, address: Address, outgoing: OutgoingReminder, attempt: int) -> AttemptResult:
        """One call of the channel; a failure is noted here, success by the caller.

        What nobody knows stays without an outcome: the next turn finds it so, and its message says so.
        """
        try:
            with self._rate_limiter.under_way(address.channel):
                async with asyncio.timeout(PUSH_SECONDS):
                    await push(address.id, outgoing.notification)
        except AddressMoved as moved:
            await self._failed(attempt, Outcome.PERMANENT, moved)
            await self._contact_addresses.move(address, moved.new_id)
            raise
        except PermanentSendError as error:
            await self._failed(attempt, Outcome.PERMANENT, error)
            await self._contact_addresses.disable(address, self._clock())
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
                self._rate_limiter.failed(address.channel, self._clock(), error.retry_after)
            raise
        self._rate_limiter.went_well(address.channel)
        return AttemptResult(attempt, Outcome.SENT, self._clock(), ids=outgoing.ids)

    def _uncertain(self, address: Address, retry_after: float | None) -> None:
        self._metrics.failed(Outcome.UNKNOWN)
        self._rate_limiter.failed(address.channel, self._clock(), retry_after)

    async def _failed(self, attempt: int, outcome: Outcome, error: Exception) -> None:
        self._metrics.failed(outcome)
        await self._queue.end(AttemptResult(attempt, outcome, self._clock(), str(error)))

    def _count_sent(self, turn: ClaimedRecipient, outgoing: OutgoingReminder) -> None:
        lag = self._clock() - min(due.due_at for due in turn.due if due.id in outgoing.ids)
        self._metrics.sent(len(outgoing.ids), lag.total_seconds(), repeated=not turn.repeated.isdisjoint(outgoing.ids))


def _owed(due: Due, context: DeliveryContext, assessments: Mapping[int, Assessment]) -> OpenObligation | None:
    """What the reminder is about as it stands now; None where it is done, gone, moved or not theirs."""
    if due.seminar_id is None:
        return None
    assessment = assessments.get(due.seminar_id)
    item = assessment.item(due.key) if assessment else None
    if assessment is None or item is None or item.due is None or item.due.prudent != due.prudent:
        return None
    seminar, states = context.seminars[due.seminar_id], context.states[due.seminar_id]
    if is_done(states, due.key) or not is_owed(item, seminar.answers):
        return None
    return OpenObligation(seminar, assessment, item, states, context.teams[seminar.id], due.step)


def _missed(address: Address, why: str) -> str:
    """Why it comes this way and not on the channel that reaches them better."""
    channel = channel_texts.CHANNEL_NAMES.get(address.channel, address.channel)
    return channel_texts.CAME_THIS_WAY.format(channel=channel, why=why or channel_texts.SEND_FAILED)


def _backoff(failures: int) -> timedelta:
    return min(FIRST_RETRY * (1 << min(failures, 10)), LONGEST_RETRY)
