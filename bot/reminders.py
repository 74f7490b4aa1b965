"""The reminder loop: whose turn it is, what is still owed to them, pushing it where it can be reached."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Protocol

import structlog

from bot.answering import Answering
from bot.channels.base import AddressMoved, PermanentSendError, TemporarySendError
from bot.clock import Clock
from bot.storage.errors import StorageUnavailable
from bot.storage.reminder_plan import ReminderPlan
from bot.storage.reminders import LEASE, Due, Outcome, Reminders, Turn
from bot.storage.seminars import Seminars
from handlers.messages import Address, Reply
from handlers.reminder_texts import Owed, Parcel, parcels
from handlers.seminar import state_of
from handlers.sheets import sheet_for

AT_ONCE = 20
PUSH_SECONDS = 15.0
OF_LEASE = 0.8
"""Part of the lease one person's turn may take, so that nobody else begins it meanwhile."""
IDLE_SECONDS = 5.0
DAYTIME = (time(8), time(21))
"""In Shanghai; what becomes due outside of it waits for the morning."""
STALLED = timedelta(minutes=5)
"""A loop that has not looked for work for so long is not well."""
FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=1)

log = structlog.get_logger(__name__)


class Push(Protocol):
    """`Channel.push`."""

    async def __call__(self, address_id: str, reply: Reply) -> None:
        """Raises TemporarySendError, PermanentSendError or AddressMoved."""
        ...


class ReminderLoop:
    """Delivers what is due; any number of processes may run one."""

    def __init__(
        self,
        reminders: Reminders,
        plan: ReminderPlan,
        seminars: Seminars,
        answering: Answering,
        channels: Mapping[str, Push],
        clock: Clock,
        *,
        lease: timedelta = LEASE,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        """`lease`: how long a person's turn is this process's own."""
        self._lease = lease
        self._idle_seconds = idle_seconds
        self._reminders = reminders
        self._plan = plan
        self._seminars = seminars
        self._answering = answering
        self._channels = channels
        self._clock = clock
        self._ticked = clock()

    def alive(self) -> bool:
        """Whether the loop has looked for work lately."""
        return self._clock() - self._ticked < STALLED

    async def run(self) -> None:
        """Until cancelled; an outage of the database is waited out.

        First every seminar is replanned: the notices may have changed since the last run.
        """
        planned = False
        while True:
            try:
                if not planned:
                    await self._plan.replan_all()
                    planned = True
                busy = await self.tick()
            except StorageUnavailable as error:
                log.warning("提醒暂时读不到数据库，稍后再试", reason=str(error))
                busy = 0
            if not busy:
                await asyncio.sleep(self._idle_seconds)

    async def tick(self) -> int:
        """Deliver to those whose turn it is, by day only; returns to how many."""
        self._ticked = self._clock()
        if not DAYTIME[0] <= self._clock().time() < DAYTIME[1]:
            return 0
        turns = await self._reminders.claim(self._clock(), AT_ONCE, self._lease)
        await asyncio.gather(*(self._guarded(turn) for turn in turns))
        return len(turns)

    async def _guarded(self, turn: Turn) -> None:
        """One person's trouble stays theirs: the lease runs out and they are tried again."""
        try:
            async with asyncio.timeout(self._lease.total_seconds() * OF_LEASE):
                await self._deliver(turn)
        except (StorageUnavailable, TimeoutError) as error:
            log.warning("提醒的结果没能记下，会再发一次并注明", person=turn.person_id, reason=str(error))
        except Exception:
            log.exception("提醒没能送出", person=turn.person_id)

    async def _deliver(self, turn: Turn) -> None:
        now = self._clock()
        owed = {due.id: one for due in turn.due if (one := await self._owed(turn.person_id, due, now))}
        await self._reminders.drop([due.id for due in turn.due if due.id not in owed])
        for parcel in parcels(owed, now.date(), turn.repeated):
            if not await self._reach(turn.person_id, parcel):
                await self._reminders.later(turn, self._clock() + _backoff(turn.failures))
                return
        await self._reminders.release(turn.person_id)

    async def _reach(self, person: int, parcel: Parcel) -> bool:
        """Whether any address of a person took it."""
        for address in await self._reminders.addresses(person):
            if await self._push(person, address, parcel):
                return True
        return False

    async def _owed(self, person: int, due: Due, now: datetime) -> Owed | None:
        """What the reminder is about as it stands now; None where it is done, gone, moved or not theirs."""
        seminar = await self._seminars.seminar(person, due.seminar_id)
        held = sheet_for(seminar.answers, self._answering.knowledge, now.date()) if seminar else None
        if seminar is None or held is None:
            return None
        item = next((item for item in held.items if item.key == due.key), None)
        state = state_of(await self._seminars.item_states(seminar.id), due.key)
        if item is None or item.due is None or item.due.prudent != due.prudent or state.state.done:
            return None
        return Owed(seminar, held, item, state)

    async def _push(self, person: int, address: Address, parcel: Parcel) -> bool:
        """Whether the address took it; each try is noted before and after."""
        push = self._channels.get(address.channel)
        if push is None:
            return False
        attempt = await self._reminders.begin(person, address, parcel.ids, self._clock())
        try:
            async with asyncio.timeout(PUSH_SECONDS):
                await push(address.id, parcel.reply)
        except AddressMoved as moved:
            await self._reminders.failed(attempt, Outcome.PERMANENT, str(moved))
            await self._reminders.move(address, moved.new_id)
            return await self._push(person, Address(channel=address.channel, id=moved.new_id), parcel)
        except PermanentSendError as error:
            await self._reminders.failed(attempt, Outcome.PERMANENT, str(error))
            await self._reminders.disable(address, self._clock())
            return False
        except (TemporarySendError, TimeoutError) as error:
            await self._reminders.failed(attempt, Outcome.TEMPORARY, str(error) or "timeout")
            return False
        await self._reminders.sent(parcel.ids, attempt, self._clock())
        return True


def _backoff(failures: int) -> timedelta:
    return min(FIRST_RETRY * (1 << min(failures, 10)), LONGEST_RETRY)
