"""All seminars for staff: by stage and nearness, accepting and returning materials, telling many at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import partial
from io import BytesIO
from secrets import token_hex

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from bot.clock import Clock
from bot.storage.db.database import Connection, Database
from bot.storage.reminders.announcements import Announcement, already_announced, enqueue
from bot.storage.seminars.active_seminars import ActiveSeminar, active_seminars
from bot.storage.seminars.checklist_state import write_state
from bot.storage.seminars.reminder_planning import ReminderPlan
from bot.storage.staff.accounts import Account
from bot.storage.staff.audit import lock, record
from handlers.domain.assessment import Assessment, assessment_for, due_text, finding_line
from handlers.domain.messages import Choice, Reply, Status
from handlers.domain.seminar import ItemState, State, state_of
from handlers.seminars.overview import next_item, progress, short
from handlers.texts import conversation as texts
from handlers.texts import staff as staff_texts
from knowledge.model.notice import SeminarKind
from knowledge.model.snapshot import Knowledge
from knowledge.rules.checklists import ChecklistItem

SOON_DAYS = 14
FORMULA = ("=", "+", "-", "@")
"""A cell that begins so would be calculated."""


class Urgency(StrEnum):
    """How near the next date is."""

    OVERDUE = "overdue"
    SOON = "soon"
    LATER = "later"
    UNDATED = "undated"
    DONE = "done"

    @property
    def label(self) -> str:
        """Its name in Chinese."""
        return {
            "overdue": "已过期",
            "soon": f"{SOON_DAYS}天内到期",
            "later": "未到期",
            "undated": "无期限",
            "done": "全部办完",
        }[self.value]


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One seminar at a glance; `days` to the literal date, negative when it has passed."""

    seminar: ActiveSeminar
    assessment: Assessment
    item: ChecklistItem | None
    done: int
    every: int
    urgency: Urgency
    days: int | None

    @property
    def stage(self) -> str:
        """The stage of the next thing to do, in Chinese."""
        return self.item.stage.label if self.item else "已办结"

    @property
    def due(self) -> str:
        """When the next thing is due."""
        return due_text(self.item) if self.item else ""


@dataclass(frozen=True, slots=True)
class Filter:
    """What the board shows; empty is everything. `place` and `department` are parts of what is written there."""

    kind: SeminarKind | None = None
    place: str = ""
    department: str = ""
    urgency: Urgency | None = None

    def shows(self, row: BoardRow) -> bool:
        """Whether a seminar is among them."""
        answers = row.seminar.answers
        return (
            (self.kind is None or answers.kind is self.kind)
            and self.place in (answers.place or "")
            and self.department in (answers.department or "")
            and (self.urgency is None or row.urgency is self.urgency)
        )


class NotThere(Exception):
    """The seminar or its item does not exist any more."""


class Board:
    """Reading and writing across all seminars; every write is in the audit log."""

    def __init__(self, database: Database, plan: ReminderPlan, clock: Clock) -> None:
        self._database = database
        self._plan = plan
        self._clock = clock

    async def rows(self, knowledge: Knowledge, chosen: Filter) -> tuple[BoardRow, ...]:
        """Overdue first, then by the next date; finished ones last."""
        live = await self._database.query(active_seminars)
        found = await asyncio.to_thread(_rows, live, knowledge, self._clock().date())
        return tuple(row for row in found if chosen.shows(row))

    async def one(self, seminar_id: int, knowledge: Knowledge) -> BoardRow:
        """One seminar. Raises NotThere."""
        live = await self._database.query(partial(active_seminars, only=seminar_id))
        found = _rows(live, knowledge, self._clock().date())
        if not found:
            raise NotThere
        return found[0]

    async def decide(
        self, seminar_id: int, key: str, state: State, reason: str, account: Account, knowledge: Knowledge
    ) -> None:
        """Accept or return a material; the team is told, once however often it is pressed. Raises NotThere."""
        row, now = await self.one(seminar_id, knowledge), self._clock()
        item = row.assessment.item(key)
        if item is None:
            raise NotThere
        form = staff_texts.ITEM_ACCEPTED if state is State.ACCEPTED else staff_texts.ITEM_RETURNED
        text = form.format(name=row.seminar.name, title=item.title, reason=reason)
        choice = Choice(label=texts.CHECKLIST_LABEL, token=f"item:{seminar_id}:{short(key)}")
        reply = Reply(text=text, status=Status.ANSWERED, choices=(choice,))
        name = f"decided:{key}:{token_hex(4)}"
        messages = [Announcement(person, seminar_id, name, reply) for person in row.seminar.people]
        before = state_of(row.seminar.states, key)
        if (before.state, before.note) == (state, reason):
            return
        after = ItemState(key=key, state=state, on_day=now.date(), note=reason)

        def work(connection: Connection) -> None:
            write_state(connection, None, seminar_id, after, now)
            self._plan.replan(connection, seminar_id)
            enqueue(self._database, connection, messages, now)
            record(
                connection,
                account.actor,
                state.label,
                f"研修班 {seminar_id} {item.title}",
                now,
                before={"state": str(before.state), "note": before.note},
                after={"state": str(state), "note": reason},
            )

        await self._database.transact(work)

    async def broadcast(self, rows: Sequence[BoardRow], text: str, nonce: str, account: Account) -> int:
        """Tell every team of these seminars, each person once; how many people. One `nonce` is sent once."""
        now, name = self._clock(), f"broadcast:{nonce}"
        reply = Reply(text=staff_texts.BROADCAST.format(text=text), status=Status.ANSWERED)
        of_person = {person: row.seminar.id for row in rows for person in row.seminar.people}
        messages = [Announcement(person, seminar, name, reply) for person, seminar in sorted(of_person.items())]
        after = {"text": text, "people": len(messages), "seminars": [row.seminar.id for row in rows]}

        def work(connection: Connection) -> None:
            lock(connection)
            if not already_announced(connection, name):
                enqueue(self._database, connection, messages, now)
                record(connection, account.actor, "群发通知", name, now, after=after)

        await self._database.transact(work)
        return len(messages)


def _rows(live: Iterable[ActiveSeminar], knowledge: Knowledge, today: date) -> tuple[BoardRow, ...]:
    found = [row for one in live if (row := _row(one, knowledge, today))]
    order = list(Urgency)
    return tuple(sorted(found, key=lambda row: (order.index(row.urgency), row.days is None, row.days or 0)))


def _row(one: ActiveSeminar, knowledge: Knowledge, today: date) -> BoardRow | None:
    assessment = assessment_for(one.answers, knowledge, today)
    if assessment is None:
        return None
    item = next_item(assessment, one.states)
    done, every = progress(assessment.items, one.states)
    days = (item.due.literal - today).days if item and item.due else None
    return BoardRow(one, assessment, item, done, every, _urgency(item, days), days)


def _urgency(item: ChecklistItem | None, days: int | None) -> Urgency:
    if item is None:
        return Urgency.DONE
    if days is None:
        return Urgency.UNDATED
    if days < 0:
        return Urgency.OVERDUE
    return Urgency.SOON if days <= SOON_DAYS else Urgency.LATER


COLUMNS = (
    ("名称", 34),
    ("类型", 12),
    ("承办单位", 24),
    ("主管部门", 20),
    ("地点", 10),
    ("开班", 12),
    ("结束", 12),
    ("学员", 8),
    ("阶段", 12),
    ("下一步", 26),
    ("期限", 30),
    ("紧急程度", 12),
    ("进度", 10),
    ("体检不符合", 40),
)


def as_xlsx(rows: Sequence[BoardRow], made_at: datetime) -> bytes:
    """The board as a workbook; words that look like formulas stay words."""
    book = Workbook()
    sheet = book.active
    if sheet is None:
        raise RuntimeError("a new workbook has a sheet")
    sheet.title = "研修班"
    sheet.append([name for name, _ in COLUMNS])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for row in rows:
        sheet.append([_cell(value) for value in _values(row)])
    for number, (_, width) in enumerate(COLUMNS, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = sheet.dimensions
    book.properties.title = f"研修班一览 {made_at:%Y-%m-%d %H:%M}"
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _values(row: BoardRow) -> list[object]:
    answers = row.seminar.answers
    failed = [finding_line(row.assessment, f) for f in row.assessment.findings if f.verdict.value == "fail"]
    return [
        row.seminar.name,
        answers.kind.label if answers.kind else "",
        answers.organizer or "",
        answers.department or "",
        answers.place or "",
        answers.opening,
        answers.closing,
        answers.trainees,
        row.stage,
        row.item.title if row.item else "",
        row.due,
        row.urgency.label,
        f"{row.done}/{row.every}",
        "；".join(failed),
    ]


def _cell(value: object) -> object:
    if not isinstance(value, str):
        return value
    shown = ILLEGAL_CHARACTERS_RE.sub("", value)
    return f"'{shown}" if shown.startswith(FORMULA) else shown
