"""The reminder loop: whose turn it is, and what is still owed to them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import time, timedelta

from bot.background.leased_worker import LeasedWorker
from bot.clock import Clock
from bot.engine.service import AnswerService
from bot.reminders.metrics import ReminderMetrics
from bot.reminders.push import Later, Push, ReminderPusher, Taken
from bot.reminders.rate_limit import RateLimiter
from bot.storage.reminders.contact_addresses import ContactAddresses
from bot.storage.reminders.queue import LEASE, ClaimedRecipient, DeliveryContext, Due, Release, Reminders
from handlers.domain.assessment import Assessment, assessment_for
from handlers.domain.messages import Reply
from handlers.domain.reminder_schedule import is_owed
from handlers.domain.seminar import is_done
from handlers.reminders.messages import OpenObligation, messages, outgoing_reminders

AT_ONCE = 400
"""Most people whose turns are under way; the next are claimed when half are done: many at a time cost less."""
IDLE_SECONDS = 5.0
LEAST_PAUSE_SECONDS = 0.05
DAYTIME = (time(8), time(21))
"""In Shanghai; what becomes due outside of it waits for the morning."""


class ReminderLoop:
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
        self._answering = answering
        self._clock = clock
        self._metrics = metrics or ReminderMetrics()
        self._lease = lease
        self._idle_seconds = idle_seconds
        self._pusher = ReminderPusher(queue, contact_addresses, channels, rate_limiter, clock, self._metrics)
        worker = LeasedWorker(
            name="提醒",
            claim=self._claim,
            handle=self._deliver,
            put_off=lambda turn: self._put_off(turn, self._pusher.retry(turn)),
            lease=lease,
            limit=AT_ONCE,
            refill_at=AT_ONCE // 2,
            clock=clock,
            idle_seconds=idle_seconds,
            idle=self._until_next,
            describe=lambda turn: turn.person_id,
        )
        self.run, self.tick, self.alive = worker.run, worker.tick, worker.alive

    async def _claim(self, most: int) -> Sequence[ClaimedRecipient]:
        return await self._queue.claim(self._clock(), most, self._lease) if self._by_day() else ()

    def _by_day(self) -> bool:
        return DAYTIME[0] <= self._clock().time() < DAYTIME[1]

    async def _until_next(self) -> float:
        """Seconds to pause where there is nothing to do."""
        now = self._clock()
        self._metrics.waiting(await self._queue.waiting(now))
        next_at = await self._queue.next_turn(now) if self._by_day() else None
        if next_at is None:
            return self._idle_seconds
        return min(max((next_at - now).total_seconds(), LEAST_PAUSE_SECONDS), self._idle_seconds)

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
        taken, addresses = Taken(), self._pusher.by_reach(context.addresses, context.first)
        for outgoing in (*messages(told, turn.repeated), *outgoing_reminders(owed, today, turn.repeated)):
            if taken.result:
                await self._queue.end(taken.result)
            if taken.rest:
                await asyncio.sleep(taken.rest.total_seconds())
            came_of_it = await self._pusher.reach(turn, addresses, outgoing)
            if isinstance(came_of_it, Later):
                await self._put_off(turn, came_of_it)
                return
            taken = came_of_it
        rest_until = self._clock() + taken.rest if taken.rest else None
        await self._queue.leave(Release(turn.person_id, taken.result, rest_until))

    async def _put_off(self, turn: ClaimedRecipient, later: Later) -> None:
        failures = turn.failures + later.failed
        await self._queue.leave(Release(turn.person_id, retry_at=later.at, failures=failures))


def _owed(due: Due, context: DeliveryContext, assessments: Mapping[int, Assessment]) -> OpenObligation | None:
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
