"""Geometry of a seminar's timeline: positions of due dates, seminar days and today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from bot.documents.dossier import Dossier
from handlers.domain.seminar import is_done
from knowledge.rules.checklists import ChecklistItem

WIDTH, EDGE = 360, 16
PADDING = timedelta(days=5)


@dataclass(frozen=True, slots=True)
class Mark:
    x: float
    day: date
    state: str
    titles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """Positions are in units of WIDTH, from the left; `span` is the seminar itself."""

    marks: tuple[Mark, ...]
    span: tuple[float, float] | None
    today: float
    months: tuple[tuple[float, str], ...]


def timeline(dossier: Dossier) -> Timeline | None:
    dated = sorted((item for item in dossier.assessment.items if item.due), key=_prudent)
    days = [*map(_prudent, dated), *dossier.days]
    if not days:
        return None
    first, last = min([*days, dossier.today]) - PADDING, max([*days, dossier.today]) + PADDING

    def x(day: date) -> float:
        return round(EDGE + (WIDTH - 2 * EDGE) * (day - first) / (last - first), 1)

    marks = tuple(_mark(dossier, day, x(day), tuple(items)) for day, items in groupby(dated, key=_prudent))
    span = (x(dossier.days[0]), x(dossier.days[-1])) if dossier.days else None
    return Timeline(marks, span, x(dossier.today), tuple((x(day), f"{day.month}月") for day in _months(first, last)))


def _prudent(item: ChecklistItem) -> date:
    if item.due is None:
        raise ValueError(f"{item.key} has no date")
    return item.due.prudent


def _mark(dossier: Dossier, day: date, x: float, items: tuple[ChecklistItem, ...]) -> Mark:
    done = all(is_done(dossier.states, item.key) for item in items)
    state = "done" if done else "late" if day < dossier.today else "open"
    return Mark(x, day, state, tuple(item.title for item in items))


def _months(first: date, last: date) -> list[date]:
    """First days of the months between; every second or third where they would crowd."""
    found, day = [], (first.replace(day=1) + timedelta(days=32)).replace(day=1)
    while day <= last:
        found.append(day)
        day = (day + timedelta(days=32)).replace(day=1)
    return found[:: max(1, -(-len(found) // 8))]
