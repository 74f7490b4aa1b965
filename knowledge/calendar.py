"""Calendar arithmetic in whole days, Asia/Shanghai: months, periods, working days.

The counting rule: "1个月前/内" means calendar months, the first day is not counted, and a day the
month does not have becomes that month's last day. The literal date is what the words say; the
prudent date (稳妥) is the working day before it where it falls on a day off.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

import chinese_calendar

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Holidays:
    """Staff's overrides first, then the statutory calendar, beyond its years weekends only."""

    off: frozenset[date] = field(default_factory=frozenset)
    working: frozenset[date] = field(default_factory=frozenset)

    def is_working_day(self, day: date) -> bool:
        if day in self.off or day in self.working:
            return day in self.working
        statutory = _statutory_workday(day) if self.knows(day.year) else None
        return day.weekday() < 5 if statutory is None else statutory

    @staticmethod
    def knows(year: int) -> bool:
        return _statutory_workday(date(year, 12, 31)) is not None


@cache
def _statutory_workday(day: date) -> bool | None:
    """None where the State Council's calendar of that year is not out yet."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return None


def add_months(day: date, months: int) -> date:
    """Clamped to the month's end; negative is earlier. Raises ValueError outside the years 1–9999."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def in_year(day: date, year: int) -> date:
    """The same day of another year; 29 February becomes the 28th where there is none."""
    return add_months(day, 12 * (year - day.year))


def add_working_days(day: date, count: int, holidays: Holidays) -> date:
    """The `count`-th working day after a day (before it if negative); the day itself is not counted."""
    step = ONE_DAY if count > 0 else -ONE_DAY
    for _ in range(abs(count)):
        day = _working_day(day + step, holidays, step)
    return day


def prudent(day: date, holidays: Holidays) -> date:
    return _working_day(day, holidays, -ONE_DAY)


def next_working_day(day: date, holidays: Holidays) -> date:
    return _working_day(day, holidays, ONE_DAY)


def _working_day(day: date, holidays: Holidays, step: timedelta) -> date:
    while not holidays.is_working_day(day):
        day += step
    return day


@dataclass(frozen=True)
class DueDate:
    """`literal` as the words say, `prudent` the working day; `sure` is False where that year's holidays are unknown."""

    literal: date
    prudent: date
    sure: bool

    @classmethod
    def of(cls, literal: date, holidays: Holidays) -> DueDate:
        return cls(literal, prudent(literal, holidays), holidays.knows(literal.year))


def inclusive_days(first: date, last: date) -> int:
    """Both days counted: arrival and departure are part of a seminar."""
    return (last - first).days + 1
