"""What reminders are planned, delivered and reported with."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from typing import Self

import structlog

from bot.clock import Clock
from bot.reminders import Push
from bot.storage.database import Database
from bot.storage.errors import StorageUnavailable
from bot.storage.inbox import Inbox
from bot.storage.paces import Paces
from bot.storage.reachability import Reachability
from bot.storage.reminder_plan import ReminderPlan
from bot.storage.reminder_reports import ReminderReports
from bot.storage.reminders import Reminders
from handlers.messages import Address, Incoming, Reply

WEB = "web"
PUSHED = "push:"
AGAIN_SECONDS = 5.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Remembering:
    """The stores of reminders, over one database."""

    queue: Reminders
    reach: Reachability
    plan: ReminderPlan
    reports: ReminderReports
    paces: Paces

    @classmethod
    def over(cls, database: Database, plan: ReminderPlan) -> Self:
        """All of them."""
        return cls(Reminders(database), Reachability(database), plan, ReminderReports(database), Paces(database))

    async def replan_once(self) -> None:
        """Replan every seminar at the start: the notices may have changed since the last run."""
        while True:
            try:
                await self.plan.replan_all()
            except StorageUnavailable as error:
                log.warning("提醒暂时读不到数据库，稍后再试", reason=str(error))
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                return


def kept_on_the_page(push: Push, inbox: Inbox, clock: Clock) -> Push:
    """The page's push, which the transcript keeps once a page has shown it."""

    async def push_and_keep(address_id: str, reply: Reply) -> None:
        await push(address_id, reply)
        spoken = Incoming(address=Address(channel=WEB, id=address_id), message_id=PUSHED + secrets.token_urlsafe(12))
        await inbox.claim(spoken, clock(), 0)
        await inbox.finish(spoken, (reply,), clock())

    return push_and_keep


def is_push(incoming: Incoming) -> bool:
    """Whether an entry of the transcript is something the assistant said unasked."""
    return incoming.message_id.startswith(PUSHED)
