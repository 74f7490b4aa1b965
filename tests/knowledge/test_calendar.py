"""Calendar arithmetic over every day of a leap and a common year, and its properties."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.calendar import DueDate, Holidays, add_months, inclusive_days, prudent


def days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range(366 if calendar.isleap(year) else 365)]


@pytest.mark.parametrize("year", [2024, 2025])
@pytest.mark.parametrize("months", range(-13, 14))
def test_a_month_away_is_the_same_day_or_the_month_s_last(year: int, months: int) -> None:
    for day in days_of(year):
        moved = add_months(day, months)
        assert (moved.year * 12 + moved.month) - (day.year * 12 + day.month) == months
        last = calendar.monthrange(moved.year, moved.month)[1]
        assert moved.day == min(day.day, last)


@pytest.mark.parametrize(
    ("day", "months", "moved"),
    [
        (date(2025, 1, 31), 1, date(2025, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2025, 3, 31), -1, date(2025, 2, 28)),
        (date(2025, 8, 31), -1, date(2025, 7, 31)),
        (date(2025, 12, 31), 1, date(2026, 1, 31)),
        (date(2025, 1, 15), -1, date(2024, 12, 15)),
    ],
)
def test_month_ends_are_clamped(day: date, months: int, moved: date) -> None:
    assert add_months(day, months) == moved


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(-24, 24), st.integers(-24, 24))
def test_later_days_never_fall_due_earlier(day: date, months: int, shift: int) -> None:
    other = day + timedelta(days=abs(shift))
    assert add_months(day, months) <= add_months(other, months)


@pytest.mark.parametrize("year", [2024, 2025])
def test_the_prudent_date_is_the_nearest_working_day_not_after(year: int) -> None:
    holidays = Holidays()
    for day in days_of(year):
        safe = prudent(day, holidays)
        assert safe <= day
        assert holidays.is_working_day(safe)
        between = (safe + timedelta(days=n) for n in range(1, (day - safe).days + 1))
        assert not any(holidays.is_working_day(d) for d in between)


def test_statutory_holidays_and_their_make_up_days_are_known() -> None:
    holidays = Holidays()
    assert not holidays.is_working_day(date(2025, 10, 1))
    assert holidays.is_working_day(date(2025, 10, 11))
    assert prudent(date(2025, 10, 5), holidays) == date(2025, 9, 30)


def test_staff_may_override_the_calendar() -> None:
    holidays = Holidays(off=frozenset({date(2025, 6, 10)}), working=frozenset({date(2025, 6, 14)}))
    assert not holidays.is_working_day(date(2025, 6, 10))
    assert holidays.is_working_day(date(2025, 6, 14))


def test_beyond_the_known_years_only_weekends_count_and_that_is_said() -> None:
    due = DueDate.of(date(2040, 1, 1), Holidays())
    assert due == DueDate(date(2040, 1, 1), date(2039, 12, 30), sure=False)
    assert DueDate.of(date(2025, 6, 10), Holidays()).sure


def test_arrival_and_departure_are_both_counted() -> None:
    assert inclusive_days(date(2025, 11, 27), date(2025, 11, 30)) == 4
