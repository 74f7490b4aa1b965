"""When people are reminded of an obligation: days before its prudent date, then after it has passed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from handlers.domain.assessment import assessment_for
from handlers.domain.seminar import Answers, ItemState, is_done
from knowledge.calendar import DueDate, Holidays, next_working_day, prudent
from knowledge.model.notice import Duty
from knowledge.model.snapshot import Knowledge
from knowledge.rules.checklists import ChecklistItem

BEFORE = (30, 14, 7, 3, 1, 0)
"""Days before the prudent date."""
FEW_BEFORE = (7, 1, 0)
OVERDUE = (1, 3, 7, 14, 21, 28, 35, 42, 49, 56)
"""Days after the literal date."""
HOUR = 9
TEAM_AFTER = 3
"""Days late from which a reminder says that the whole team has been told."""
ESCALATED_AFTER = 7
"""Days late from which what nobody has taken up is shown to the department in charge and to staff."""

SNOOZED = "snoozed"
"""The step of a reminder its recipient asked for."""
HANDED_ON = "for:"
"""The step of a reminder of a colleague who cannot be reached, followed by the colleague's number."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """`hour` of the day in Shanghai; nothing until `paused_until`; `few` leaves out most of those before the date;
    `first` is the channel to try before any other, empty for the usual order.
    """

    hour: int = HOUR
    paused_until: datetime | None = None
    few: bool = False
    first: str = ""

    def quiet_until(self, moment: datetime | None) -> Preferences:
        later = max(filter(None, (self.paused_until, moment)), default=None)
        return replace(self, paused_until=later)


@dataclass(frozen=True, slots=True)
class Obligation:
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
    assessment = assessment_for(answers, knowledge, today)
    return tuple(
        Obligation(item.key, item.due)
        for item in (assessment.items if assessment else ())
        if item.due and is_owed(item, answers) and not is_done(states, item.key)
    )


def is_owed(item: ChecklistItem, answers: Answers) -> bool:
    """Holding the seminar is not, once its closing day is set and in time: it comes about by itself."""
    held_on = answers.closing or answers.opening
    comes_about = item.cited.fact.duty is Duty.COMPLETION and item.due and held_on and held_on <= item.due.literal
    return item.stated and item.due is not None and not comes_about


def taken_up(state: ItemState, literal: date) -> bool:
    return state.at is not None and state.at.date() > literal


def schedule(obligation: Obligation, preferences: Preferences, holidays: Holidays, zone: tzinfo) -> tuple[Planned, ...]:
    """The whole series, past ones included: on working days only, one a day, in the order of time.

    A day off moves a reminder before the date to the working day before, a later one to the next.
    Of two on one day the one nearer to the date stays.
    """
    hour, quiet = time(preferences.hour), preferences.paused_until
    moments = (
        (step, datetime.combine(day, hour, zone)) for day, step in _days(obligation.due, holidays, preferences.few)
    )
    return tuple(
        Planned(obligation.key, step, at, obligation.due) for step, at in moments if quiet is None or at >= quiet
    )


@lru_cache(maxsize=4096)
def _days(due: DueDate, holidays: Holidays, few: bool) -> tuple[tuple[date, str], ...]:
    days: dict[date, str] = {}
    for ahead in FEW_BEFORE if few else BEFORE:
        days[prudent(due.prudent - timedelta(days=ahead), holidays)] = f"-{ahead}"
    for late in reversed(OVERDUE):
        days[next_working_day(due.literal + timedelta(days=late), holidays)] = f"+{late}"
    return tuple(sorted(days.items()))


def all_reminders(
    knowledge: Callable[[], Knowledge],
    zone: tzinfo,
    answers: Answers,
    states: Mapping[str, ItemState],
    preferences: Preferences,
    today: date,
) -> tuple[Planned, ...]:
    current = knowledge()
    return tuple(
        planned
        for obligation in obligations(answers, states, current, today)
        for planned in schedule(obligation, preferences, current.holidays, zone)
    )
