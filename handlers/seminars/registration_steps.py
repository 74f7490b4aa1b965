"""What is asked when a seminar is registered, and how a message answers it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from handlers.domain.seminar import MAX_PEOPLE, Answers
from handlers.texts import conversation as texts
from handlers.texts import registration as registration_texts
from handlers.texts.dates import long_date, month_day
from knowledge.language.dates import DateRole
from knowledge.model.labelled import Labelled
from knowledge.model.notice import Comparison, Funding, Metric, SeminarKind
from knowledge.model.snapshot import Knowledge
from knowledge.rules.applicable import governing

if TYPE_CHECKING:  # what opens a file sent in gets here too, and reads no sentences
    from knowledge.language.reader import Question

MAX_TEXT = 100
"""Longest title, place or name, in characters."""
LONG_AGO = timedelta(days=180)
"""A date without a year further back than this means next year's."""
BARE_NUMBER = re.compile(r"\s*(\d{1,9})\s*(?:人|名|个|位)?[。.]?\s*")
MONEY_IN_TEN_THOUSANDS = re.compile(r"\s*(\d+(?:\.\d+)?)\s*万(?:元|块)?[。.]?\s*")


class Unreadable(Exception):
    pass


@dataclass(frozen=True, slots=True)
class Step:
    field: str
    name: str
    ask: str
    read: Callable[[str, Question, Answers], Any]
    required: bool = False
    free_text: bool = False
    closed: bool = False
    """The buttons are all the answers there are."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    label: str
    value: str


def next_step(answers: Answers, skipped: frozenset[str], knowledge: Knowledge, today: date) -> Step | None:
    """The first question that is neither answered nor skipped nor beside the point."""
    for step in STEPS:
        open_yet = getattr(answers, step.field) is None and step.field not in skipped
        if open_yet and _matters(step.field, answers, knowledge, today):
            return step
    return None


def step_of(field: str) -> Step | None:
    return next((step for step in STEPS if step.field == field), None)


def suggestions(step: Step, answers: Answers, knowledge: Knowledge, today: date) -> tuple[Suggestion, ...]:
    if step.field == "kind":
        return tuple(Suggestion(kind.label, kind.label) for kind in SeminarKind)
    if step.field == "funding":
        return tuple(Suggestion(funding.label, funding.label) for funding in Funding)
    if step.field == "online":
        return (Suggestion(registration_texts.ALL_OFFLINE_LABEL, "0人"),)
    if step.field == "closing" and answers.opening and (days := usual_days(answers, knowledge, today)):
        closing = answers.opening + timedelta(days=days - 1)
        label = registration_texts.CLOSING_LABEL.format(day=month_day(closing), days=days)
        return (Suggestion(label, closing.isoformat()),)
    return ()


def harvest(text: str, question: Question, answers: Answers, places: tuple[str, ...], today: date) -> dict[str, Any]:
    """Everything a message states by the way: "示范班 6月10到13日 福州 60人 线上20"."""
    found: dict[str, Any] = {}
    q = question.quantities
    if len(question.kinds) == 1:
        found["kind"] = question.kinds[0]
    opening, closing = q.day_of(DateRole.OPENING), q.day_of(DateRole.CLOSING)
    if opening:
        found["opening"] = _upcoming(opening, question, today)
    if closing:
        found["closing"] = _upcoming(closing, question, today)
    elif opening and q.days:
        found["closing"] = found["opening"] + timedelta(days=q.days - 1)
    found |= {
        name: value
        for name, value in (("trainees", q.headcount), ("online", q.online), ("staff", q.staff))
        if value is not None
    }
    if question.funding:
        found["funding"] = question.funding
    if place := next((place for place in places if place in text), ""):
        found["place"] = place
    return {name: value for name, value in found.items() if getattr(answers, name) is None}


def shown(field: str, answers: Answers) -> str:
    value = getattr(answers, field)
    if value is None:
        return ""
    if isinstance(value, date):
        return long_date(value)
    if isinstance(value, Labelled):
        return value.label
    if field == "subsidy":
        return registration_texts.SUBSIDY.format(amount=value / 10000)
    return registration_texts.PEOPLE.format(count=value) if isinstance(value, int) else str(value)


def _kind(text: str, question: Question, answers: Answers) -> SeminarKind:
    if len(question.kinds) != 1:
        raise Unreadable(registration_texts.ASK_KIND_AGAIN)
    return question.kinds[0]


def _date(text: str, question: Question, today: date) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        pass
    if not question.quantities.dates:
        raise Unreadable(texts.NO_DATE)
    return _upcoming(question.quantities.dates[0].day, question, today)


def _opening(text: str, question: Question, answers: Answers) -> date:
    opening = _date(text, question, question.as_of)
    if answers.closing and opening > answers.closing:
        raise _out_of_order(opening, answers.closing)
    return opening


def _closing(text: str, question: Question, answers: Answers) -> date:
    if answers.opening and question.quantities.days and not question.quantities.dates:
        return answers.opening + timedelta(days=max(1, min(question.quantities.days, 366)) - 1)
    closing = _date(text, question, answers.opening or question.as_of)
    if answers.opening and closing < answers.opening:
        raise _out_of_order(answers.opening, closing)
    return closing


def _out_of_order(opening: date, closing: date) -> Unreadable:
    said = registration_texts.CLOSES_BEFORE_OPENING.format(opening=long_date(opening), closing=long_date(closing))
    return Unreadable(said)


def is_bare_number(text: str) -> bool:
    return bool(BARE_NUMBER.fullmatch(text))


def _people(text: str, question: Question, least: int, own: int | None) -> int:
    """A bare number, else the one stated for this role, else the only one stated."""
    match = BARE_NUMBER.fullmatch(text)
    q = question.quantities
    stated = [value for value in (q.headcount, q.online, q.staff) if value is not None]
    value = int(match[1]) if match else own if own is not None else stated[0] if len(stated) == 1 else None
    if value is None:
        raise Unreadable(registration_texts.NO_NUMBER)
    if not least <= value <= MAX_PEOPLE:
        raise Unreadable(registration_texts.NUMBER_OUT_OF_RANGE.format(value=value, least=least, most=MAX_PEOPLE))
    return value


def _trainees(text: str, question: Question, answers: Answers) -> int:
    value = _people(text, question, 1, question.quantities.headcount)
    if answers.online is not None and answers.online > value:
        raise Unreadable(registration_texts.MORE_ONLINE.format(online=answers.online, trainees=value))
    return value


def _online(text: str, question: Question, answers: Answers) -> int:
    value = _people(text, question, 0, question.quantities.online)
    if answers.trainees is not None and value > answers.trainees:
        raise Unreadable(registration_texts.MORE_ONLINE.format(online=value, trainees=answers.trainees))
    return value


def _staff(text: str, question: Question, answers: Answers) -> int:
    return _people(text, question, 0, question.quantities.staff)


def _subsidy(text: str, question: Question, answers: Answers) -> int:
    match = MONEY_IN_TEN_THOUSANDS.fullmatch(text)
    amount = float(match[1]) * 10000 if match else question.quantities.money
    if amount is None or amount <= 0:
        raise Unreadable(registration_texts.NO_MONEY)
    return round(amount)


def _funding(text: str, question: Question, answers: Answers) -> Funding:
    if question.funding is None:
        raise Unreadable(registration_texts.ASK_FUNDING_AGAIN)
    return question.funding


def _words(text: str, question: Question, answers: Answers) -> str:
    words = " ".join(text.split())
    if len(words) > MAX_TEXT:
        raise Unreadable(texts.TOO_LONG.format(length=len(words), limit=MAX_TEXT))
    if not re.search(r"\w", words):
        raise Unreadable(texts.NO_WORDS)
    return words


def _upcoming(day: date, question: Question, today: date) -> date:
    """A date whose year was not said and that is long past means next year's."""
    if question.years or str(day.year) in question.text or day >= today - LONG_AGO:
        return day
    return day.replace(year=day.year + 1) if (day.month, day.day) != (2, 29) else day


def usual_days(answers: Answers, knowledge: Knowledge, today: date) -> int | None:
    plan = answers.plan()
    facts = governing(plan, answers.year(today), knowledge).facts if plan else ()
    limits = [limit for cited in facts for limit in cited.fact.limits if limit.metric is Metric.DAYS]
    return next((int(limit.value) for limit in limits if limit.comparison is not Comparison.AT_MOST), None)


def _matters(field: str, answers: Answers, knowledge: Knowledge, today: date) -> bool:
    """Whether the notice makes anything depend on the funding, or bounds a subsidy."""
    plan = answers.plan()
    if plan is None or field not in {"funding", "subsidy"}:
        return True
    facts = [cited.fact for cited in governing(plan, answers.year(today), knowledge).facts]
    if field == "funding":
        return any(fact.funding for fact in facts)
    return any(limit.metric is Metric.SUBSIDY for fact in facts for limit in fact.limits)


STEPS = (
    Step("kind", "项目类型", registration_texts.ASK_KIND, _kind, required=True, closed=True),
    Step("title", "研修班名称", registration_texts.ASK_TITLE, _words, free_text=True),
    Step("opening", "报到（开班）", registration_texts.ASK_OPENING, _opening),
    Step("closing", "离开（结束）", registration_texts.ASK_CLOSING, _closing),
    Step("trainees", "学员总数", registration_texts.ASK_TRAINEES, _trainees),
    Step("online", "其中线上学员", registration_texts.ASK_ONLINE, _online),
    Step("staff", "工作人员", registration_texts.ASK_STAFF, _staff),
    Step("funding", "经费来源", registration_texts.ASK_FUNDING, _funding, closed=True),
    Step("subsidy", "申请补助", registration_texts.ASK_SUBSIDY, _subsidy),
    Step("place", "地点", registration_texts.ASK_PLACE, _words, free_text=True),
    Step("organizer", "承办单位", registration_texts.ASK_ORGANIZER, _words, free_text=True),
    Step("department", "主管部门", registration_texts.ASK_DEPARTMENT, _words, free_text=True),
)
"""The questions in order; a seminar can be registered as soon as the required ones are answered."""
