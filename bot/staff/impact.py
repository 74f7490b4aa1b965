"""What a publication would change: facts, answers to logged questions, regression cases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from bot.staff.publishing import Touched
from bot.storage.staff.revisions import RegressionCase
from knowledge.answering.engine import Engine
from knowledge.model.notice import Fact, Notice
from knowledge.model.snapshot import Knowledge

MOST_QUESTIONS = 200


@dataclass(frozen=True, slots=True)
class FactChange:
    """`before` is None for an added fact, `after` for a removed one."""

    before: Fact | None
    after: Fact | None

    @property
    def label(self) -> str:
        if self.before is None:
            return "新增"
        return "没有了" if self.after is None else "有变"


@dataclass(frozen=True, slots=True)
class AnswerChange:
    question: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RegressionResult:
    case: RegressionCase
    held_before: bool
    holds_after: bool


@dataclass(frozen=True, slots=True)
class Impact:
    facts: tuple[FactChange, ...]
    questions_asked: int
    answers: tuple[AnswerChange, ...]
    cases: tuple[RegressionResult, ...]
    touched: tuple[Touched, ...]

    @property
    def people(self) -> int:
        return len({person for one in self.touched for person in one.seminar.people})

    @property
    def broken(self) -> tuple[RegressionResult, ...]:
        return tuple(one for one in self.cases if one.held_before and not one.holds_after)


def fact_changes(before: Notice | None, after: Notice | None) -> tuple[FactChange, ...]:
    """Matched by fact id: changes in the new notice's order, then removed facts."""
    had = {fact.id: fact for fact in before.facts} if before else {}
    has = {fact.id: fact for fact in after.facts} if after else {}
    years = (before.plan_year if before else 0, after.plan_year if after else 0)
    changed = [FactChange(had.get(key), fact) for key, fact in has.items() if not _alike(had.get(key), fact, years)]
    return (*changed, *(FactChange(fact, None) for key, fact in had.items() if key not in has))


def _alike(before: Fact | None, after: Fact, years: tuple[int, int]) -> bool:
    if before is None:
        return False
    old, new = (f"{year}年" for year in years)
    moved = before.model_copy(update={"say": before.say.replace(old, new), "quote": before.quote.replace(old, new)})
    fields = {"say", "quote", "limits", "deadline", "items", "kinds", "stance"}
    return moved.model_dump(include=fields) == after.model_dump(include=fields)


def asked_again(
    engine: Engine, after: Knowledge, questions: Iterable[str], cases: Sequence[RegressionCase], today: date
) -> tuple[tuple[AnswerChange, ...], tuple[RegressionResult, ...]]:
    new = engine.renewed(after)
    changes = []
    for question in questions:
        was, now = engine.answer(question, today), new.answer(question, today)
        if was.text != now.text:
            changes.append(AnswerChange(question, was.text, now.text))
    results = tuple(
        RegressionResult(case, _holds(engine, case, case.as_of), _holds(new, case, case.as_of)) for case in cases
    )
    return tuple(changes), results


def _holds(engine: Engine, case: RegressionCase, day: date) -> bool:
    return case.expected in engine.answer(case.question, day).text
