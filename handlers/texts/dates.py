"""How days and moments are written."""

from __future__ import annotations

from datetime import date, datetime

_WEEKDAYS = "一二三四五六日"


def month_day(day: date) -> str:
    """6月10日."""
    return f"{day.month}月{day.day}日"


def long_date(day: date) -> str:
    """2025年6月10日（周二）."""
    return f"{day.year}年{month_day(day)}（周{_WEEKDAYS[day.weekday()]}）"


def shown_moment(at: datetime) -> str:
    """5月8日9:00."""
    return f"{month_day(at)}{at.hour}:{at.minute:02d}"
