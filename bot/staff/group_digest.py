"""What departments' groups are told: the whole board once a week, what is urgent on the other working days."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import partial

from bot.background.retrying import repeat
from bot.staff.seminar_board import BoardRow, Filter, Urgency
from bot.staff.services import StaffServices
from bot.storage.db.database import Connection
from bot.storage.reminders.announcements import Announcement, already_announced, enqueue
from bot.storage.seminars.seminars import Seminars
from bot.storage.staff.audit import lock
from handlers.domain.messages import Address, Reply, Status
from handlers.texts import staff as staff_texts
from knowledge.calendar import Holidays

EVERYBODY = "*"
"""The group that is told of every department's seminars."""
AT = time(9)
LOOK_SECONDS = 60.0
URGENT_DAYS = frozenset({3, 1, 0, -1, -7})
"""Days to the literal date on which a seminar is urgent: negative once it has passed."""
MOST_BYTES = 4500
"""Of the list: about three messages, which a robot writes within the time of one push."""
_PERSONAL = re.compile(r"\d[\d\s-]{6,}\d|[\w.+-]+@[\w-]+\.[\w.]+", re.ASCII)
"""Telephone, identity card and account numbers, mail addresses: whatever people have written into a name."""


class GroupBoard:
    """Plans what groups are told, each thing once however many processes run; the reminder loop delivers it."""

    def __init__(self, desk: StaffServices, seminars: Seminars, channel: str, groups: Sequence[str]) -> None:
        self._desk = desk
        self._seminars = seminars
        self._channel = channel
        self._groups = groups

    async def run(self) -> None:
        await repeat("群看板", self.plan, LOOK_SECONDS)

    async def plan(self) -> int:
        """Queue what is to be said today and has not been; returns how many messages."""
        now = self._desk.clock()
        holidays = self._desk.knowledge.holidays
        if now.time() < AT or not holidays.is_working_day(now.date()):
            return 0
        weekly = is_first_working_day(now.date(), holidays)
        return sum([await self._tell(group, now, weekly=weekly) for group in self._groups])

    async def _tell(self, group: str, now: datetime, *, weekly: bool) -> int:
        kind = "board" if weekly else "urgent"
        name = f"{kind}:{group}:{now.date()}"
        database = self._desk.database
        if await database.query(partial(already_announced, name=name)):
            return 0
        shown = Filter(department="" if group == EVERYBODY else group)
        rows = await self._desk.board.rows(self._desk.knowledge, shown)
        text = board_text(rows, now.date()) if weekly else urgent_text(rows)
        if not text:
            return 0
        person = await self._seminars.person(Address(channel=self._channel, id=group), now)
        message = Announcement(person, None, name, Reply(text=text, status=Status.ANSWERED))

        def work(connection: Connection) -> int:
            lock(connection)
            if already_announced(connection, name):
                return 0
            enqueue(database, connection, [message], now)
            return 1

        return await database.transact(work)


def is_first_working_day(day: date, holidays: Holidays) -> bool:
    """Whether no working day of the same week lies before it."""
    monday = day - timedelta(days=day.weekday())
    before = (monday + timedelta(days=n) for n in range(day.weekday()))
    return not any(holidays.is_working_day(one) for one in before)


def board_text(rows: Sequence[BoardRow], today: date) -> str:
    """How many seminars stand where, then those that are overdue or nearly due."""
    lines = [staff_texts.GROUP_BOARD.format(month=today.month, day=today.day, count=len(rows))]
    counts = {urgency: sum(row.urgency is urgency for row in rows) for urgency in Urgency}
    lines.append("　".join(f"{urgency.label}{count}" for urgency, count in counts.items() if count))
    pressing = [row for row in rows if row.urgency in {Urgency.OVERDUE, Urgency.SOON}]
    return "\n\n".join(filter(None, ["\n".join(filter(None, lines)), *_listed(pressing)]))


def urgent_text(rows: Sequence[BoardRow]) -> str:
    """What is due in three days or one, today, or has just passed; empty where nothing is."""
    urgent = [row for row in rows if row.days in URGENT_DAYS]
    heading = staff_texts.GROUP_URGENT.format(count=len(urgent))
    return "\n\n".join([heading, *_listed(urgent)]) if urgent else ""


def _listed(rows: Sequence[BoardRow]) -> list[str]:
    """As many as a few messages hold, and how many more there are."""
    lines: list[str] = []
    for row in rows:
        line = _line(row)
        if sum(len(one.encode()) for one in (*lines, line)) > MOST_BYTES:
            break
        lines.append(line)
    more = len(rows) - len(lines)
    return [*lines, *([staff_texts.GROUP_MORE.format(count=more)] if more else [])]


def _line(row: BoardRow) -> str:
    """Units, items and dates: nothing of any person."""
    name, organizer = impersonal(row.seminar.name), impersonal(row.seminar.answers.organizer or "")
    whose = f"（{organizer}）" if organizer else ""
    title = row.item.title if row.item else ""
    return f"【{row.urgency.label}】{name}{whose}\n{row.stage}·{title}，{row.due}"


def impersonal(words: str) -> str:
    """Without numbers and addresses that lead to a person."""
    return _PERSONAL.sub("…", words)
