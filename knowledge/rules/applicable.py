"""Which notice governs a seminar, and its facts for that kind and funding."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

from knowledge.calendar import in_year
from knowledge.model.notice import Funding, Notice, SeminarKind, Stage, Task
from knowledge.model.snapshot import REMEMBERED, CitedFact, Knowledge
from knowledge.rules.plan import Plan


@dataclass(frozen=True, eq=False)
class Governing:
    """The notice a plan is checked against; `reference` where its year has none and the newest is used."""

    notice: Notice
    reference: bool
    facts: tuple[CitedFact, ...]

    @cached_property
    def tasks(self) -> tuple[tuple[CitedFact, Task], ...]:
        """By stage, then as the notice lists them."""
        stages = list(Stage)
        found = [(cited, cited.fact.task) for cited in self.facts if cited.fact.task]
        return tuple(sorted(found, key=lambda pair: stages.index(pair[1].stage)))

    def fact_on(self, topic: str) -> CitedFact | None:
        return next((cited for cited in self.facts if cited.fact.topic == topic), None)


def governing(plan: Plan, year: int, knowledge: Knowledge) -> Governing:
    """The notice of the year, else the newest one that knows the kind, else the newest, as reference."""
    return _governing(plan.kind, plan.funding, year, knowledge)


@lru_cache(maxsize=REMEMBERED)
def _governing(kind: SeminarKind, funding: Funding | None, year: int, knowledge: Knowledge) -> Governing:
    own = knowledge.notice_of_year(year)
    known = [n for n in knowledge.notices if kind in n.kinds] or list(knowledge.notices)
    notice = own or max(known, key=lambda n: n.plan_year)
    facts = tuple(
        cited if own else _in_year(cited, year)
        for cited in knowledge.governing.get((notice.plan_year, kind), ())
        if cited.fact.funding in {None, funding} or funding is None
    )
    return Governing(notice, own is None, facts)


def _in_year(cited: CitedFact, year: int) -> CitedFact:
    """For reference, a fixed date moves to the same day of the year in question."""
    deadline = cited.fact.deadline
    if deadline is None or deadline.day is None:
        return cited
    moved = deadline.model_copy(update={"day": in_year(deadline.day, year)})
    fact = cited.fact.model_copy(update={"deadline": moved})
    return CitedFact(cited.notice, fact)
