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
    """Days off: the statutory calendar where it is known, staff's overrides first, else weekends."""

    off: frozenset[date] = field(default_factory=frozenset)
    working: frozenset[date] = field(default_factory=frozenset)

    def is_working_day(self, day: date) -> bool:
        """Whether offices are open on this day, as far as is known (see `knows`)."""
        if day in self.off or day in self.working:
            return day in self.working
        statutory = _statutory_workday(day) if self.knows(day.year) else None
        return day.weekday() < 5 if statutory is None else statutory

    @staticmethod
    def knows(year: int) -> bool:
        """Whether the statutory holidays of a year are known; otherwise only weekends are."""
        return _statutory_workday(date(year, 12, 31)) is not None


@cache
def _statutory_workday(day: date) -> bool | None:
    """What the State Council's calendar says of a day; None where it is not out yet."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return None


def add_months(day: date, months: int) -> date:
    """The same day `months` calendar months later (earlier if negative), clamped to the month's end.

    Raises ValueError outside the years 1–9999.
    """
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
    """The day itself if it is a working day, else the working day before it."""
    return _working_day(day, holidays, -ONE_DAY)


def next_working_day(day: date, holidays: Holidays) -> date:
    """The day itself if it is a working day, else the working day after it."""
    return _working_day(day, holidays, ONE_DAY)


def _working_day(day: date, holidays: Holidays, step: timedelta) -> date:
    while not holidays.is_working_day(day):
        day += step
    return day


@dataclass(frozen=True)
class DueDate:
    """A deadline twice: as the words say, and the prudent working day; `sure` is False where
    statutory holidays of that year are not known."""

    literal: date
    prudent: date
    sure: bool

    @classmethod
    def of(cls, literal: date, holidays: Holidays) -> DueDate:
        """The due date for a literal date."""
        return cls(literal, prudent(literal, holidays), holidays.knows(literal.year))


def inclusive_days(first: date, last: date) -> int:
    """Days from first to last, both counted: arrival and departure are part of a seminar."""
    return (last - first).days + 1
