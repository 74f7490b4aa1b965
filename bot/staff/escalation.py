"""Overdue filings and settlements without action, for the supervising department and staff.

The notices' rule is 谁申报、谁监管: whoever applied for a seminar supervises it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from bot.storage.reminders.reports import Neglected
from handlers.domain.assessment import assessment_for, due_text
from handlers.domain.reminder_schedule import taken_up
from handlers.reminders.messages import ESCALATING
from handlers.texts import conversation as texts
from knowledge.model.snapshot import CitedFact, Knowledge


@dataclass(frozen=True, slots=True)
class Escalation:
    seminar_id: int
    seminar: str
    department: str
    text: str
    cited: CitedFact


def escalations(rows: Iterable[Neglected], knowledge: Knowledge, today: date) -> tuple[Escalation, ...]:
    return tuple(one for row in rows if (one := _escalation(row, knowledge, today)))


def grouped(found: Iterable[Escalation], department: str = "") -> dict[str, list[Escalation]]:
    groups: dict[str, list[Escalation]] = {}
    for one in found:
        if not department or one.department == department:
            groups.setdefault(one.department, []).append(one)
    return groups


def _escalation(row: Neglected, knowledge: Knowledge, today: date) -> Escalation | None:
    assessment = assessment_for(row.answers, knowledge, today)
    item = assessment.item(row.key) if assessment else None
    if (
        assessment is None
        or item is None
        or item.due is None
        or item.due.literal != row.literal
        or row.state.state.done
    ):
        return None
    overdue = today > row.literal and item.stage in ESCALATING and not taken_up(row.state, row.literal)
    if not (overdue or row.unreachable):
        return None
    reasons = [texts.DAYS_LATE.format(days=(today - row.literal).days)] if overdue else []
    reasons += [texts.NOBODY_REACHABLE] if row.unreachable else []
    text = f"{item.title}：{'，'.join(reasons)}（{assessment.label}{due_text(item)}）"
    name = row.answers.title or f"#{row.seminar_id}"
    return Escalation(row.seminar_id, name, row.answers.department or texts.NO_DEPARTMENT, text, item.cited)
