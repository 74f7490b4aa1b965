"""The whole application with a clock that is set by hand and a channel that keeps what it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

import sqlalchemy as sa

from bot.channels.base import RateLimit
from bot.clock import SHANGHAI
from bot.core import Core
from bot.reminders.delivery import IDLE_SECONDS, ReminderLoop
from bot.reminders.metrics import ReminderMetrics
from bot.reminders.push import Push
from bot.reminders.rate_limit import RateLimiter
from bot.storage.db.work import fetch_all, fetch_values
from bot.storage.tables.reminder import attempts, reminders
from bot.storage.tables.seminar import addresses
from handlers.domain.messages import Notification, Reply
from tests.support.application import SPRING_2025


@dataclass
class Phone:
    """A channel that keeps what it was sent, or refuses it."""

    got: list[tuple[str, Reply]] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)

    async def push(self, address_id: str, notification: Notification) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.got.append((address_id, notification.reply))

    def texts(self, who: str = "amy") -> list[str]:
        return [reply.text for address, reply in self.got if address == who]


@dataclass
class Hand:
    """A clock that is set by hand."""

    now: datetime = SPRING_2025

    def __call__(self) -> datetime:
        return self.now

    def set(self, month: int, day: int, hour: int = 9) -> None:
        self.now = datetime(2025, month, day, hour, tzinfo=SHANGHAI)


@dataclass
class World:
    """The whole application with a hand on its clock and a phone in the other."""

    core: Core
    clock: Hand
    phone: Phone

    @property
    def loop(self) -> ReminderLoop:
        return self.loop_over({"test": self.phone.push})

    def loop_over(
        self,
        channels: Mapping[str, Push],
        rate_limits: Mapping[str, RateLimit] | None = None,
        metrics: ReminderMetrics | None = None,
        idle_seconds: float = IDLE_SECONDS,
    ) -> ReminderLoop:
        return ReminderLoop(
            self.core.reminders.queue,
            self.core.reminders.contact_addresses,
            self.core.answering,
            channels,
            RateLimiter(self.core.reminders.rate_limits, rate_limits or {}),
            self.clock,
            metrics,
            idle_seconds=idle_seconds,
        )

    async def planned(self, state: str = "planned") -> list[tuple[str, str, date]]:
        query = sa.select(reminders).where(reminders.c.state == state).order_by(reminders.c.due_at, reminders.c.id)
        return [(row.key, row.step, row.due_at.date()) for row in await self.core.database.query(fetch_all(query))]

    async def disabled(self) -> list[str]:
        query = sa.select(addresses.c.address_id).where(addresses.c.disabled_at.is_not(None))
        return list(await self.core.database.query(fetch_values(query)))

    async def outcomes(self) -> list[str]:
        query = sa.select(attempts.c.outcome).order_by(attempts.c.id)
        return list(await self.core.database.query(fetch_values(query)))
