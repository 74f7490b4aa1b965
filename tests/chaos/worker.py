"""One process of the reminder loop; what it pushes is a line of a file."""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from datetime import datetime, timedelta
from types import SimpleNamespace

from bot.clock import SHANGHAI
from bot.reminders import delivery as reminders
from bot.reminders.delivery import ReminderLoop
from bot.reminders.rate_limit import RateLimiter
from bot.storage.db.database import Database
from bot.storage.reminders.contact_addresses import ContactAddresses
from bot.storage.reminders.queue import Reminders
from bot.storage.reminders.rate_limits import RateLimits
from handlers.domain.messages import Notification
from handlers.texts import conversation as texts
from knowledge.loading import load_knowledge

NINE = datetime(2025, 5, 8, 9, tzinfo=SHANGHAI)
LEASE = timedelta(seconds=2)
SLOWEST_SECONDS = 0.25
"""So long a platform may take to take a message, and again to answer: killed in between, nobody knows."""


def main(url: str, path: str, began: float, at_once: int) -> None:
    """Deliver until killed; what it says of outages is not heard."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    asyncio.run(deliver(url, path, began, at_once))


async def deliver(url: str, path: str, began: float, at_once: int) -> None:
    """To so many people at once. It was nine o'clock on 8 May 2025 when this machine's monotonic clock said `began`."""
    reminders.AT_ONCE = at_once
    log = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    async def push(address_id: str, notification: Notification) -> None:
        labelled = notification.reply.text.startswith(texts.MAYBE_REPEATED)
        title = notification.reply.text.removeprefix(texts.MAYBE_REPEATED).splitlines()[0]
        await asyncio.sleep(random.uniform(0, SLOWEST_SECONDS))
        os.write(log, f"{address_id}\t{title}\t{int(labelled)}\n".encode())
        await asyncio.sleep(random.uniform(0, SLOWEST_SECONDS))

    async with Database(url) as database:
        answering = SimpleNamespace(knowledge=load_knowledge())
        loop = ReminderLoop(
            Reminders(database),
            ContactAddresses(database),
            answering,  # type: ignore[arg-type]
            {"test": push},
            RateLimiter(RateLimits(database), {}),
            lambda: NINE + timedelta(seconds=time.monotonic() - began),
            lease=LEASE,
            idle_seconds=0.1,
        )
        while True:
            try:
                if not await loop.tick():
                    await asyncio.sleep(0.05)
            except Exception:  # the database is away
                await asyncio.sleep(0.2)
