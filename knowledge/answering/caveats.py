"""Remarks added to a topic's facts: kinds are treated alike, a figure or limit is another year's."""

from __future__ import annotations

import re

from knowledge.answering import wording
from knowledge.answering.answer import Line
from knowledge.answering.scope import Scope, label_of
from knowledge.language.reader import TEN_THOUSAND, Question
from knowledge.model.notice import Stance
from knowledge.model.numbers import figures_in
from knowledge.model.snapshot import CitedFact, Knowledge
from knowledge.rules.results import yuan

ALIKE = re.compile(r"一样|相同|一致|同样")


def same_for_all_kinds(question: Question, topic: str, scope: Scope, knowledge: Knowledge) -> list[Line]:
    if len(question.kinds) < 2 or not ALIKE.search(question.text):
        return []
    by_kind = [knowledge.facts(topic, scope.year, (kind,)) for kind in question.kinds]
    if not by_kind[0] or any(facts != by_kind[0] for facts in by_kind):
        return []
    return [Line(wording.KINDS_ALIKE.format(kinds=label_of(question.kinds)), by_kind[0])]


def of_another_year(question: Question, topic: str, scope: Scope, knowledge: Knowledge) -> list[Line]:
    money = question.quantities.money
    if money is None or money < TEN_THOUSAND:
        return []
    priced = [c for c in _current_facts(topic, knowledge) for limit in c.fact.limits if limit.value == money]
    if not priced or any(c.notice.plan_year == scope.year for c in priced):
        return []
    first = priced[0]
    text = wording.OF_ANOTHER_YEAR.format(amount=yuan(money), year=first.notice.plan_year, say=first.fact.say)
    return [Line(text, (first,), echoed=figures_in(text))]


def limit_in_other_year(
    question: Question, topic: str, facts: tuple[CitedFact, ...], knowledge: Knowledge
) -> list[Line]:
    if not question.years or not facts or any(c.fact.stance is not Stance.SILENT for c in facts):
        return []
    limited = (c for c in _current_facts(topic, knowledge) if c.fact.limits)
    other = next((c for c in limited if not question.kinds or any(map(c.fact.applies_to, question.kinds))), None)
    if other is None or other.notice.plan_year in question.years:
        return []
    return [Line(wording.LIMIT_OF_YEAR.format(year=other.notice.plan_year, say=other.fact.say), (other,))]


def stale_note(question: Question, scope: Scope, knowledge: Knowledge) -> list[Line]:
    this_year = question.as_of.year
    if question.years or this_year in knowledge.plan_years or this_year < min(n.plan_year for n in knowledge.current):
        return []
    text = wording.NEWEST_HELD.format(this_year=this_year, year=scope.year)
    return [Line(text, computed=figures_in(text))]


def _current_facts(topic: str, knowledge: Knowledge) -> tuple[CitedFact, ...]:
    return tuple(c for notice in reversed(knowledge.current) for c in knowledge.facts(topic, notice.plan_year))
