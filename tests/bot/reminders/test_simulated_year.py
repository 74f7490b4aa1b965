"""A year of reminders worked out in advance, against a count of the same year by other means."""

from __future__ import annotations

import calendar
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli.main import app
from bot.reminders.simulation import as_page, simulate_year
from handlers.domain.reminder_schedule import is_owed
from handlers.domain.seminar import Answers
from knowledge.model.notice import SeminarKind
from tests.support.knowledge import shipped

KNOWLEDGE = shipped()
YEARS = (2023, 2024, 2025, 2026)
NEWEST = replace(KNOWLEDGE, notices=tuple(notice for notice in KNOWLEDGE.notices if notice.plan_year == 2025))
"""The notice of 2023 sets no dates that are counted from a seminar; by this one every year has some."""
OFF_2025 = {
    *((1, d) for d in (1, *range(28, 32))),
    *((2, d) for d in range(1, 5)),
    *((4, d) for d in (4, 5, 6)),
    *((5, d) for d in range(1, 6)),
    (5, 31),
    *((6, d) for d in (1, 2)),
    *((10, d) for d in range(1, 9)),
}
WORKED_2025 = {(1, 26), (2, 8), (4, 27), (9, 28), (10, 11)}
"""The State Council's announcement for 2025, typed from its text."""


def is_open_2025(day: date) -> bool:
    if (day.month, day.day) in WORKED_2025:
        return True
    return day.weekday() < 5 and (day.month, day.day) not in OFF_2025


def months_earlier(day: date) -> date:
    year, month = (day.year, day.month - 1) if day.month > 1 else (day.year - 1, 12)
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def months_later(day: date) -> date:
    year, month = (day.year, day.month + 1) if day.month < 12 else (day.year + 1, 1)
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def back_to_open(day: date) -> date:
    while not is_open_2025(day):
        day -= timedelta(days=1)
    return day


def on_to_open(day: date) -> date:
    while not is_open_2025(day):
        day += timedelta(days=1)
    return day


@pytest.mark.parametrize("year", YEARS)
def test_nothing_is_sent_at_night_or_on_a_day_off_and_the_last_one_before_it_is_too_late(year: int) -> None:
    last: dict[tuple[int, str], date] = {}
    for message in simulate_year(year, 83, NEWEST).messages():
        assert message.at.hour == 9
        assert str(message.at.tzinfo) == "Asia/Shanghai"
        if KNOWLEDGE.holidays.knows(message.at.year):
            assert KNOWLEDGE.holidays.is_working_day(message.at.date())
        for planned in message.reminders:
            if planned.step.startswith("-"):
                last[message.seminar.id, planned.key] = max(
                    message.at.date(), last.get((message.seminar.id, planned.key), date.min)
                )
                assert message.at.date() <= planned.due.prudent
        assert {one.due.prudent for one in message.reminders if one.step == "-0"} <= {message.at.date()}
    assert last


@pytest.mark.parametrize("year", [2024, 2025])
def test_every_obligation_of_a_leap_and_a_common_year_is_reminded_of_on_its_prudent_day(year: int) -> None:
    made = simulate_year(year, 83, KNOWLEDGE)
    wanted = {
        (seminar.id, item.key): item.due.prudent
        for seminar in made.seminars
        for item in made.assessment_of(seminar).items
        if is_owed(item, seminar.answers) and item.due
    }
    reminded = {
        (message.seminar.id, one.key): message.at.date()
        for message in made.messages()
        for one in message.reminders
        if one.step == "-0"
    }
    assert reminded == wanted


def test_the_table_of_2025_equals_one_counted_by_hand() -> None:
    """Filing a month before the opening, materials a month after the closing: see notice 2025 一, 三."""
    made = simulate_year(2025, 83, KNOWLEDGE)
    counted: Counter[tuple[int, date, str]] = Counter()
    for seminar in made.seminars:
        answers: Answers = seminar.answers
        assert answers.opening
        assert answers.closing
        literals = {}
        if answers.kind in {SeminarKind.PROVINCIAL_DEMO, SeminarKind.ENGINEERING}:
            literals["materials/总结报告"] = months_later(answers.closing)
        if answers.kind is SeminarKind.PROVINCIAL_DEMO:
            literals["filing-demo/实施方案"] = months_earlier(answers.opening)
        for key, literal in literals.items():
            prudent = back_to_open(literal)
            days = {back_to_open(prudent - timedelta(days=n)) for n in (30, 14, 7, 3, 1, 0)}
            if seminar.id % 10 == 0:
                days |= {on_to_open(literal + timedelta(days=n)) for n in (1, 3, 7, *range(14, 57, 7))}
            counted.update((seminar.id, day, key) for day in days if day.year == 2025)
    simulated = Counter(
        (message.seminar.id, message.at.date(), one.key)
        for message in made.messages()
        for one in message.reminders
        if one.key in {"materials/总结报告", "filing-demo/实施方案"} and message.at.year == 2025
    )
    assert simulated == counted


def test_a_hundred_thousand_seminars_are_counted_as_one_by_one_would_be() -> None:
    made = simulate_year(2025, 500, KNOWLEDGE)
    one_by_one: Counter[date] = Counter()
    for message in made.messages():
        items = len({one.key for one in message.reminders})
        one_by_one[message.at.date()] += 1 if items > 3 else items
    assert made.by_day == one_by_one


def test_the_year_is_shown_as_text_and_as_a_calendar(tmp_path: Path) -> None:
    page = tmp_path / "year.html"
    result = CliRunner().invoke(
        app, ["remind", "simulate", "--year", "2025", "--seminars", "20", "--show", "3", "--calendar", str(page)]
    )
    assert result.exit_code == 0
    assert "期承办单位｜⏰ 还有30天：" in result.output
    assert "20 期研修班" in result.output
    html = page.read_text(encoding="utf-8")
    assert html.count("<section>") == 12
    assert as_page(simulate_year(2025, 20, KNOWLEDGE)) == html


def test_a_calendar_that_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    nowhere = str(tmp_path / "no" / "year.html")
    result = CliRunner().invoke(app, ["remind", "simulate", "--seminars", "2", "--show", "0", "--calendar", nowhere])
    assert result.exit_code == 1
    assert "写不了" in result.output
