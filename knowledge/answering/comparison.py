"""One topic in two years, side by side, naming what stands in one only."""

from __future__ import annotations

import re

from knowledge.answering import wording
from knowledge.answering.answer import AnswerDraft, Line
from knowledge.answering.scope import grouped_by_kind, label_of
from knowledge.language.reader import Question
from knowledge.model.notice import SeminarKind
from knowledge.model.numbers import figures_in
from knowledge.model.snapshot import CitedFact, Knowledge
from knowledge.rules.bounds import limit_change

RELATIVE = re.compile(r"百分之|%|比例|幅度|几成|翻")


def compare_years(question: Question, topics: tuple[str, ...], knowledge: Knowledge) -> AnswerDraft:
    named = [year for year in question.years if year in knowledge.plan_years]
    years = sorted(named if len(named) > 1 else [*named, *(y for y in knowledge.plan_years if y not in named)][:2])
    lines: list[Line] = []
    for topic in topics:
        for year in years:
            lines += _year_lines(question, topic, year, knowledge)
        lines += _list_difference(topic, years, knowledge)
        lines += _unchanged(question, topic, years, knowledge)
        lines += _differences(question, topic, years, knowledge)
    lines.append(_genres(years, knowledge))
    return AnswerDraft("answered", tuple(lines), topics=topics)


def _year_lines(question: Question, topic: str, year: int, knowledge: Knowledge) -> list[Line]:
    facts = knowledge.facts(topic, year, question.kinds) or knowledge.facts(topic, year)
    if not facts:
        text = wording.NOT_IN_YEAR.format(year=year, topic=knowledge.topic_by_id[topic].label)
        return [Line(text, computed=figures_in(text))]
    lines = []
    for kinds, cited in grouped_by_kind(facts, question.kinds):
        label = f"（{label_of(kinds)}）" if kinds else ""
        lines.append(Line(wording.IN_YEAR.format(year=year, kinds=label, say=cited.fact.say), (cited,)))
    return lines


def _list_difference(topic: str, years: list[int], knowledge: Knowledge) -> list[Line]:
    lists = {year: _listing(topic, year, knowledge) for year in years}
    if len(years) != 2 or not all(lists.values()):
        return []
    lines = []
    for year, other in ((years[0], years[1]), (years[1], years[0])):
        mine, theirs = lists[year], lists[other]
        only = [item for c in mine for item in c.fact.items if not _named(item, theirs)]
        if only:
            lines.append(Line(wording.ONLY_IN.format(year=year, items="、".join(only)), mine))
    return lines


def _unchanged(question: Question, topic: str, years: list[int], knowledge: Knowledge) -> list[Line]:
    limits = [
        {
            (kind, limit)
            for c in knowledge.facts(topic, year, question.kinds)
            for limit in c.fact.limits
            for kind in question.kinds
            if c.fact.applies_to(kind)
        }
        for year in years
    ]
    shared_kinds = set.intersection(*({kind for kind, _ in held} for held in limits))
    same = [{pair for pair in held if pair[0] in shared_kinds} for held in limits]
    if not shared_kinds or any(held != same[0] for held in same):
        return []
    unchanged = label_of(tuple(k for k in question.kinds if k in shared_kinds))
    return [Line(wording.LIMITS_UNCHANGED.format(topic=knowledge.topic_by_id[topic].label, kinds=unchanged))]


def _differences(question: Question, topic: str, years: list[int], knowledge: Knowledge) -> list[Line]:
    if len(years) != 2:
        return []
    before, after = (knowledge.facts(topic, year, question.kinds) for year in years)
    lines = []
    for kind in question.kinds or tuple(SeminarKind):
        finding = limit_change(kind, before, after, relative=bool(RELATIVE.search(question.text)))
        if finding:
            lines.append(Line(f"{kind.label}：{finding.text}。", finding.facts, finding.figures))
    return lines


def _listing(topic: str, year: int, knowledge: Knowledge) -> tuple[CitedFact, ...]:
    return tuple(c for c in knowledge.facts(topic, year) if c.fact.items)


def _named(item: str, facts: tuple[CitedFact, ...]) -> bool:
    return any(item in other or other in item for c in facts for other in c.fact.items)


def _genres(years: list[int], knowledge: Knowledge) -> Line:
    notices = [n for year in years if (n := knowledge.notice_of_year(year))]
    if len({n.genre for n in notices}) < 2:
        return Line("")
    text = wording.GENRES_DIFFER.format(notes="，".join(f"{n.plan_year}年为{n.genre}" for n in notices))
    return Line(text, computed=figures_in(text))
