"""When people are reminded of an obligation: days before its prudent date, then after it has passed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from handlers.seminar import Answers, ItemState, state_of
from handlers.sheets import sheet_for
from knowledge.calendar import DueDate, Holidays, next_working_day, prudent
from knowledge.loading import Knowledge

BEFORE = (30, 14, 7, 3, 1, 0)
"""Days before the prudent date."""
OVERDUE = (1, 3, 7, 14, 21, 28, 35, 42, 49, 56)
"""Days after the literal date."""
HOUR = 9


@dataclass(frozen=True, slots=True)
class Preferences:
    """How one person wants to be reminded; `hour` of the day in Shanghai, nothing until `paused_until`."""

    hour: int = HOUR
    paused_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Obligation:
    """An open checklist item with its date."""

    key: str
    due: DueDate


@dataclass(frozen=True, slots=True)
class Planned:
    """One reminder: `step` says which of the series it is, e.g. -7 a week before, +3 three days late."""

    key: str
    step: str
    at: datetime
    due: DueDate


def obligations(
    answers: Answers, states: Mapping[str, ItemState], knowledge: Knowledge, today: date
) -> tuple[Obligation, ...]:
    """What is still to be done by a date."""
    held = sheet_for(answers, knowledge, today)
    return tuple(
        Obligation(item.key, item.due)
        for item in (held.items if held else ())
        if item.stated and item.due and not state_of(states, item.key).state.done
    )


def schedule(obligation: Obligation, preferences: Preferences, holidays: Holidays, zone: tzinfo) -> tuple[Planned, ...]:
    """The whole series, past ones included: on working days only, one a day, in the order of time.

    A day off moves a reminder before the date to the working day before, a later one to the next.
    Of two on one day the one nearer to the date stays.
    """
    due = obligation.due
    days: dict[date, str] = {}
    for ahead in sorted(BEFORE, reverse=True):
        days[prudent(due.prudent - timedelta(days=ahead), holidays)] = f"-{ahead}"
    for late in sorted(OVERDUE, reverse=True):
        days[next_working_day(due.literal + timedelta(days=late), holidays)] = f"+{late}"
    moments = ((day, datetime.combine(day, time(preferences.hour), zone)) for day in sorted(days))
    wanted = ((day, at) for day, at in moments if not preferences.paused_until or at >= preferences.paused_until)
    return tuple(Planned(obligation.key, days[day], at, due) for day, at in wanted)


def all_reminders(
    knowledge: Callable[[], Knowledge],
    zone: tzinfo,
    answers: Answers,
    states: Mapping[str, ItemState],
    preferences: Preferences,
    today: date,
) -> tuple[Planned, ...]:
    """The series of every open obligation of a seminar for one person."""
    current = knowledge()
    return tuple(
        planned
        for obligation in obligations(answers, states, current, today)
        for planned in schedule(obligation, preferences, current.holidays, zone)
    )
