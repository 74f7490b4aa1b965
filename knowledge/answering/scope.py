"""Which year and which kinds an answer is about, and what must be said about that choice."""

from __future__ import annotations

from dataclasses import dataclass

from knowledge.answering import wording
from knowledge.language.reader import Question
from knowledge.model.notice import SeminarKind
from knowledge.model.snapshot import CitedFact, Knowledge

REACH = 5
"""A notice more years older than the year asked about is no reference for it; the newest one is."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The plan year answered for; `note` precedes the answer; `uncovered` lists asked-for years without a notice."""

    year: int
    note: str = ""
    uncovered: tuple[int, ...] = ()


def choose_scope(question: Question, topic: str, knowledge: Knowledge) -> Scope:
    about_next = knowledge.topic_by_id[topic].about_next_year
    named = list(question.years)
    if question.next_year and not about_next and not named:
        named = [question.next_year]
    held = [year for year in named if year in knowledge.plan_years]
    speaking = _years_speaking(topic, knowledge)
    if named and not held:
        return Scope(_newest(speaking, max(named)), uncovered=tuple(named))
    if held:
        return _named_year(held[0], speaking, topic, knowledge)
    return Scope(_newest(speaking, question.as_of.year))


def _years_speaking(topic: str, knowledge: Knowledge) -> tuple[int, ...]:
    return knowledge.years_by_topic.get(topic) or knowledge.plan_years


def _newest(years: tuple[int, ...], at: int) -> int:
    return next((year for year in years if at - REACH <= year <= at), years[0])


def _named_year(year: int, speaking: tuple[int, ...], topic: str, knowledge: Knowledge) -> Scope:
    if year in speaking:
        return Scope(year)
    other = speaking[0]
    notice = knowledge.notice_of_year(other)
    note = wording.OTHER_YEAR.format(
        named=year, topic=knowledge.topic_by_id[topic].label, year=other, genre=notice.genre if notice else "通知"
    )
    return Scope(other, note)


def label_of(kinds: tuple[SeminarKind, ...]) -> str:
    provincial = [k for k in SeminarKind if k is not SeminarKind.NATIONAL]
    if len(kinds) == len(provincial) and set(kinds) == set(provincial):
        return wording.ALL_PROVINCIAL
    return "、".join(kind.label for kind in kinds)


def grouped_by_kind(
    facts: tuple[CitedFact, ...], kinds: tuple[SeminarKind, ...]
) -> list[tuple[tuple[SeminarKind, ...], CitedFact]]:
    return [(tuple(k for k in cited.fact.kinds if not kinds or k in kinds), cited) for cited in facts]
