"""Everything a notice has an organizer do, by stage, with due dates; and what it is silent on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from knowledge.calendar import DueDate, Holidays
from knowledge.loading import CitedFact
from knowledge.rules.deadlines import literal_due
from knowledge.rules.governing import Governing
from knowledge.rules.plan import Plan
from knowledge.schema import Stage, Stance, Task


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One line of a seminar's checklist.

    `key` stays the same when dates move: the fact's id, and the listed item where there is one.
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
    """The lines for a plan: by stage, within a stage by due date, then as the notice lists them."""
    items = [
        item
        for cited in ruling.facts
        if cited.fact.task and _concerns(cited.fact.task, plan)
        for item in _items(cited, cited.fact.task, plan, holidays)
    ]
    stages = list(Stage)
    return tuple(sorted(items, key=lambda item: stages.index(item.stage)))


def _concerns(task: Task, plan: Plan) -> bool:
    return not task.blended_only or bool(plan.online)


def _items(cited: CitedFact, task: Task, plan: Plan, holidays: Holidays) -> Iterator[ChecklistItem]:
    stated = cited.fact.stance is not Stance.SILENT
    due = _due(cited, plan, holidays) if stated else None
    if not task.each_item:
        yield ChecklistItem(cited.fact.id, task.stage, task.title, task.receiver, due, stated, cited)
        return
    for name in cited.fact.items:
        yield ChecklistItem(f"{cited.fact.id}/{name}", task.stage, name, task.receiver, due, stated, cited)


def _due(cited: CitedFact, plan: Plan, holidays: Holidays) -> DueDate | None:
    deadline = cited.fact.deadline
    literal = literal_due(deadline, plan.opening, plan.closing, holidays) if deadline else None
    return DueDate.of(literal, holidays) if literal else None
