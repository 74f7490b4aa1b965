"""A seminar as far as it is known, input of the rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from knowledge.model.notice import Funding, SeminarKind


@dataclass(frozen=True, slots=True)
class Plan:
    """None means not said. Headcount counts trainees, online ones included.

    `kept` and `broken` are ids of the facts whose pledge the organizer confirms or denies.
    """

    kind: SeminarKind
    funding: Funding | None = None
    headcount: int | None = None
    online: int | None = None
    offline: int | None = None
    staff: int | None = None
    days: int | None = None
    opening: date | None = None
    closing: date | None = None
    filed_on: date | None = None
    settled_on: date | None = None
    budget: float | None = None
    kept: frozenset[str] = frozenset()
    broken: frozenset[str] = frozenset()
