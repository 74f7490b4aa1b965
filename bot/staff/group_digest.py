"""Announcements to departments' chat groups: the board once a week, urgent items on other working days."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial

from bot.background.retrying import repeat
from bot.staff.seminar_board import BoardRow, Filter, Urgency
from bot.staff.services import StaffServices
from bot.storage.db.database import Connection
from bot.storage.reminders.announcements import Announcement, already_announced, enqueue
from bot.storage.seminars.seminars import Seminars
from bot.storage.staff.audit import lock
from handlers.domain.messages import Address, Reply
from handlers.texts import staff as staff_texts
from knowledge.calendar import Holidays

ALL_DEPARTMENTS = "*"
"""The department name of a group that gets every department's seminars."""
SEND_TIME = time(9)
POLL_SECONDS = 60.0
URGENT_DAYS = frozenset({3, 1, 0, -1, -7})
"""Days to the literal due date at which a seminar is listed; negative once it has passed."""
LIST_BYTES = 4500
"""Longest list: about three messages, which a group robot can send within one delivery."""
_PERSONAL = re.compile(r"\d[\d\s-]{6,}\d|[\w.+-]+@[\w-]+\.[\w.]+", re.ASCII)
"""Phone, identity card and account numbers and mail addresses that people typed into a name."""


@dataclass(frozen=True)
class GroupBoard:
    services: StaffServices
    seminars: Seminars
    channel: str
    groups: Sequence[str]

    async def run(self) -> None:
        await repeat("群看板", self.plan, POLL_SECONDS)

    async def plan(self) -> int:
        """Enqueues what is due today and not yet announced; returns the number of messages."""
        now = self.services.clock()
        holidays = self.services.knowledge.holidays
        if now.time() < SEND_TIME or not holidays.is_working_day(now.date()):
            return 0
        weekly = is_first_working_day(now.date(), holidays)
        return sum([await self._enqueue_for(group, now, weekly=weekly) for group in self.groups])

    async def _enqueue_for(self, group: str, now: datetime, *, weekly: bool) -> int:
        kind = "board" if weekly else "urgent"
        name = f"{kind}:{group}:{now.date()}"
        database = self.services.database
        if await database.query(partial(already_announced, name=name)):
            return 0
        shown = Filter(department="" if group == ALL_DEPARTMENTS else group)
        rows = await self.services.board.rows(self.services.knowledge, shown)
        text = board_text(rows, now.date()) if weekly else urgent_text(rows)
        if not text:
            return 0
        person = await self.seminars.person(Address(channel=self.channel, id=group), now)
        message = Announcement(person, None, name, Reply(text=text))

        def work(connection: Connection) -> int:
            lock(connection)
            if already_announced(connection, name):
                return 0
            enqueue(database, connection, [message], now)
            return 1

        return await database.transact(work)


def is_first_working_day(day: date, holidays: Holidays) -> bool:
    monday = day - timedelta(days=day.weekday())
    before = (monday + timedelta(days=n) for n in range(day.weekday()))
    return not any(holidays.is_working_day(one) for one in before)


def board_text(rows: Sequence[BoardRow], today: date) -> str:
    lines = [staff_texts.GROUP_BOARD.format(month=today.month, day=today.day, count=len(rows))]
    counts = {urgency: sum(row.urgency is urgency for row in rows) for urgency in Urgency}
    lines.append("　".join(f"{urgency.label}{count}" for urgency, count in counts.items() if count))
    pressing = [row for row in rows if row.urgency in {Urgency.OVERDUE, Urgency.SOON}]
    return "\n\n".join(filter(None, ["\n".join(filter(None, lines)), *_listed(pressing)]))


def urgent_text(rows: Sequence[BoardRow]) -> str:
    urgent = [row for row in rows if row.days in URGENT_DAYS]
    heading = staff_texts.GROUP_URGENT.format(count=len(urgent))
    return "\n\n".join([heading, *_listed(urgent)]) if urgent else ""


def _listed(rows: Sequence[BoardRow]) -> list[str]:
    lines: list[str] = []
    for row in rows:
        line = _line(row)
        if sum(len(one.encode()) for one in (*lines, line)) > LIST_BYTES:
            break
        lines.append(line)
    more = len(rows) - len(lines)
    return [*lines, *([staff_texts.GROUP_MORE.format(count=more)] if more else [])]


def _line(row: BoardRow) -> str:
    """Organizations, items and dates only: nothing personal goes into a group."""
    name, organizer = impersonal(row.seminar.name), impersonal(row.seminar.answers.organizer or "")
    whose = f"（{organizer}）" if organizer else ""
    title = row.item.title if row.item else ""
    return f"【{row.urgency.label}】{name}{whose}\n{row.stage}·{title}，{row.due}"


def impersonal(words: str) -> str:
    return _PERSONAL.sub("…", words)
