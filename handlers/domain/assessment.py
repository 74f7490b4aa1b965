"""A seminar held against its notice: check-up and checklist, as data and in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from handlers.domain.citations import citations_of
from handlers.domain.seminar import Answers
from handlers.texts import conversation as texts
from handlers.texts.dates import month_day
from knowledge.calendar import Holidays
from knowledge.model.snapshot import CitedFact, Knowledge
from knowledge.rules.applicable import Governing, governing
from knowledge.rules.checklists import ChecklistItem, checklist
from knowledge.rules.checkup import checkup
from knowledge.rules.plan import Plan
from knowledge.rules.results import Finding, Verdict, chinese_date

MARKS = {Verdict.PASS: "✓", Verdict.FAIL: "✗", Verdict.MISSING: "？", Verdict.NOT_STATED: "—"}


@dataclass(frozen=True)
class Assessment:
    plan: Plan
    ruling: Governing
    items: tuple[ChecklistItem, ...]
    holidays: Holidays
    today: date

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        return checkup(self.plan, self.ruling, self.holidays, self.today)

    @property
    def failed(self) -> bool:
        return any(finding.verdict is Verdict.FAIL for finding in self.findings)

    def item(self, key: str) -> ChecklistItem | None:
        return next((item for item in self.items if item.key == key), None)

    @property
    def label(self) -> str:
        """What every line begins with where the year has no notice of its own; else empty."""
        year = self.ruling.notice.plan_year
        return texts.REFERENCE_LABEL.format(year=year) if self.ruling.reference else ""


def assess(plan: Plan, year: int, knowledge: Knowledge, today: date) -> Assessment:
    ruling = governing(plan, year, knowledge)
    return Assessment(plan, ruling, checklist(plan, ruling, knowledge.holidays), knowledge.holidays, today)


def assessment_for(answers: Answers, knowledge: Knowledge, today: date) -> Assessment | None:
    plan = answers.plan()
    return assess(plan, answers.year(today), knowledge, today) if plan else None


def finding_line(assessment: Assessment, finding: Finding) -> str:
    return f"{MARKS[finding.verdict]} {assessment.label}{finding.text}"


def due_text(item: ChecklistItem) -> str:
    if not item.stated:
        return texts.NOT_STATED
    if item.due is None:
        return texts.NO_DEADLINE if item.cited.fact.deadline is None else texts.DEADLINE_UNKNOWN
    text = texts.DUE.format(day=chinese_date(item.due.literal))
    if item.due.prudent != item.due.literal:
        text += texts.DUE_PRUDENT.format(day=month_day(item.due.prudent))
    return text if item.due.sure else text + texts.DUE_UNSURE


def as_json(assessment: Assessment) -> dict[str, Any]:
    notice = assessment.ruling.notice
    return {
        "notice": notice.id,
        "plan_year": notice.plan_year,
        "reference": assessment.ruling.reference,
        "failed": assessment.failed,
        "checkup": [
            {"rule": f.rule, "verdict": str(f.verdict), "text": assessment.label + f.text, "citations": _cited(f.facts)}
            for f in assessment.findings
        ],
        "checklist": [_item(assessment, item) for item in assessment.items],
    }


def _item(assessment: Assessment, item: ChecklistItem) -> dict[str, Any]:
    return {
        "key": item.key,
        "stage": str(item.stage),
        "stage_label": item.stage.label,
        "title": item.title,
        "text": assessment.label + (item.title if item.stated else item.cited.fact.say),
        "receiver": item.receiver or None,
        "stated": item.stated,
        "due": item.due.literal.isoformat() if item.due else None,
        "prudent": item.due.prudent.isoformat() if item.due else None,
        "holidays_known": item.due.sure if item.due else None,
        "citations": _cited((item.cited,)),
    }


def _cited(facts: tuple[CitedFact, ...]) -> list[dict[str, str]]:
    return [
        {"notice": c.notice, "plan_year": c.plan_year, "clause": c.clause, "quote": c.quote}
        for c in citations_of(facts)
    ]
