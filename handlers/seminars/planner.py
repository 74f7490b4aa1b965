"""When a seminar can be held: the earliest and latest opening, days off among its days, and one's seminars together."""

from __future__ import annotations

from datetime import date, timedelta

from handlers.domain.assessment import Assessment, due_text
from handlers.domain.seminar import Answers, ItemState, Seminar
from handlers.seminars.overview import next_item
from handlers.seminars.registration_steps import usual_days
from handlers.texts import conversation as texts
from handlers.texts.dates import month_day
from knowledge.calendar import Holidays
from knowledge.model.notice import Duty, Stance
from knowledge.model.snapshot import Knowledge
from knowledge.rules.applicable import governing
from knowledge.rules.deadlines import earliest_opening, latest_opening


def window(answers: Answers, knowledge: Knowledge, today: date) -> list[str]:
    plan = answers.plan()
    if plan is None:
        return []
    ruling = governing(plan, answers.year(today), knowledge)
    stated = [c for c in ruling.facts if c.fact.deadline and c.fact.stance is not Stance.SILENT]
    label = texts.REFERENCE_LABEL.format(year=ruling.notice.plan_year) if ruling.reference else ""
    found = [earliest_opening(c, today, knowledge.holidays) for c in stated if c.fact.duty is Duty.FILING]
    days = usual_days(answers, knowledge, today)
    if days:
        found += [latest_opening(c, days) for c in stated if c.fact.duty is Duty.COMPLETION]
    return [f"{label}{finding.text}" for finding in found if finding]


def days_off(answers: Answers, holidays: Holidays) -> str:
    if not answers.opening or not answers.closing:
        return ""
    length = (answers.closing - answers.opening).days + 1
    every = [answers.opening + timedelta(days=n) for n in range(length)]
    off = [day for day in every if not holidays.is_working_day(day)]
    if not off:
        return ""
    return texts.DAYS_OFF.format(days="、".join(month_day(day) for day in off))


def row(seminar: Seminar, assessment: Assessment, states: dict[str, ItemState]) -> str:
    opening = seminar.answers.opening
    when = f"{month_day(opening)} " if opening else ""
    item = next_item(assessment, states)
    following = f"{item.title}，{due_text(item)}" if item else texts.ALL_DONE
    return texts.LISTED_SEMINAR.format(when=when, name=seminar.name, following=following)
