"""How days and moments are written."""

from __future__ import annotations

from datetime import date, datetime

_WEEKDAYS = "一二三四五六日"


def month_day(day: date) -> str:
    return f"{day.month}月{day.day}日"


def long_date(day: date) -> str:
    return f"{day.year}年{month_day(day)}（周{_WEEKDAYS[day.weekday()]}）"


def shown_moment(at: datetime) -> str:
    return f"{month_day(at)}{at.hour}:{at.minute:02d}"
