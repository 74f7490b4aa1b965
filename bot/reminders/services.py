"""What reminders are planned, delivered and reported with."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Self

from bot.background.retrying import until_done
from bot.channels.base import Channel
from bot.clock import Clock
from bot.reminders.push import Push
from bot.storage.conversations.inbox import PUSHED, Inbox
from bot.storage.db.database import Database
from bot.storage.reminders.contact_addresses import ContactAddresses
from bot.storage.reminders.queue import Reminders
from bot.storage.reminders.rate_limits import RateLimits
from bot.storage.reminders.reports import ReminderReports
from bot.storage.seminars.reminder_planning import ReminderPlan
from handlers.domain.messages import Address, Incoming, Notification

AGAIN_SECONDS = 5.0


@dataclass(frozen=True)
class ReminderServices:
    queue: Reminders
    contact_addresses: ContactAddresses
    plan: ReminderPlan
    reports: ReminderReports
    rate_limits: RateLimits

    @classmethod
    def over(cls, database: Database, plan: ReminderPlan) -> Self:
        return cls(
            Reminders(database), ContactAddresses(database), plan, ReminderReports(database), RateLimits(database)
        )

    async def replan_once(self) -> None:
        """Replan every seminar at the start: the notices may have changed since the last run."""
        await until_done("提醒", self.plan.replan_all, AGAIN_SECONDS)


def kept_in_the_conversation(channel: Channel, inbox: Inbox, clock: Clock) -> Push:
    """The channel's push; what has gone out stands in the transcript, as if the assistant had been spoken to."""

    async def push_and_keep(address_id: str, notification: Notification) -> None:
        await channel.push(address_id, notification)
        spoken = Incoming(
            address=Address(channel=channel.name, id=address_id), message_id=PUSHED + secrets.token_urlsafe(12)
        )
        await inbox.claim(spoken, clock(), 0)
        await inbox.finish(spoken, (notification.reply,), clock())

    return push_and_keep
