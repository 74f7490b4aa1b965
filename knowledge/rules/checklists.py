"""The checklist of a seminar: tasks by stage with due dates, and silences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from knowledge.calendar import DueDate, Holidays
from knowledge.model.notice import Stage, Stance, Task
from knowledge.model.snapshot import REMEMBERED, CitedFact
from knowledge.rules.applicable import Governing
from knowledge.rules.deadlines import literal_due
from knowledge.rules.plan import Plan


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """`key` stays the same when dates move: the fact's id, and the listed item where there is one.

    `due` is None where the notice sets no date or the seminar's dates are not known; `stated` is
    False where the notice is silent: then `cited.fact.say` says so and nothing is demanded.
    """

    key: str
    stage: Stage
    title: str
    receiver: str
    due: DueDate | None
    stated: bool
    cited: CitedFact


def checklist(plan: Plan, ruling: Governing, holidays: Holidays) -> tuple[ChecklistItem, ...]:
    return _checklist(ruling, plan.opening, plan.closing, bool(plan.online), holidays)


@lru_cache(maxsize=REMEMBERED)
def _checklist(
    ruling: Governing, opening: date | None, closing: date | None, blended: bool, holidays: Holidays
) -> tuple[ChecklistItem, ...]:
    return tuple(
        item
        for cited, task in ruling.tasks
        if blended or not task.blended_only
        for item in _items(cited, task, _due(cited, opening, closing, holidays))
    )


def _items(cited: CitedFact, task: Task, due: DueDate | None) -> Iterator[ChecklistItem]:
    stated = cited.fact.stance is not Stance.SILENT
    if not task.each_item:
        yield ChecklistItem(cited.fact.id, task.stage, task.title, task.receiver, due, stated, cited)
        return
    for name in cited.fact.items:
        yield ChecklistItem(f"{cited.fact.id}/{name}", task.stage, name, task.receiver, due, stated, cited)


def _due(cited: CitedFact, opening: date | None, closing: date | None, holidays: Holidays) -> DueDate | None:
    deadline = cited.fact.deadline
    if deadline is None or cited.fact.stance is Stance.SILENT:
        return None
    literal = literal_due(deadline, opening, closing, holidays)
    return DueDate.of(literal, holidays) if literal else None
