"""Figures from the log: what is asked, how it is answered, how long it takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.storage.db.database import Database
from bot.storage.db.work import fetch_all, fetch_values
from bot.storage.reminders.reports import quantile
from bot.storage.tables.conversation import feedback, questions

MOST_READ = 200_000
TOP = 15


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    asked: int
    answered: int
    declined: int
    voted_down: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """A period. Times are milliseconds from question to answer; facts are those answers rested on, with how often."""

    days: tuple[Day, ...]
    asked: int
    answered: int
    clarified: int
    declined: int
    voted_up: int
    voted_down: int
    people: int
    median_ms: float | None
    p99_ms: float | None
    facts: tuple[tuple[str, int], ...]

    def share(self, count: int) -> float:
        return count / self.asked if self.asked else 0.0


async def insight(database: Database, now: datetime, days: int) -> Statistics:
    first = now.date() - timedelta(days=days - 1)
    since = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days - 1)
    columns = [questions.c[name] for name in ("asked_at", "status", "facts", "timings", "channel", "address_id")]
    query = (
        sa.select(*columns, feedback.c.helpful)
        .outerjoin(feedback, feedback.c.question_id == questions.c.id)
        .where(questions.c.asked_at >= since, questions.c.status != "smalltalk")
        .order_by(questions.c.id.desc())
        .limit(MOST_READ)
    )
    rows = await database.query(fetch_all(query))
    by_day: dict[date, list[Any]] = {}
    for row in rows:
        by_day.setdefault(row.asked_at.date(), []).append(row)
    statuses = Counter(row.status for row in rows)
    votes = Counter(row.helpful for row in rows)
    times = sorted(sum(row.timings.values()) for row in rows if row.timings)
    facts = Counter(key for row in rows for key in row.facts)
    return Statistics(
        days=tuple(_day(first + timedelta(days=n), by_day.get(first + timedelta(days=n), [])) for n in range(days)),
        asked=len(rows),
        answered=statuses["answered"],
        clarified=statuses["clarify"],
        declined=statuses["declined"],
        voted_up=votes[True],
        voted_down=votes[False],
        people=len({(row.channel, row.address_id) for row in rows}),
        median_ms=quantile(times, 0.5),
        p99_ms=quantile(times, 0.99),
        facts=tuple(facts.most_common(TOP)),
    )


async def recent_questions(database: Database, most: int) -> tuple[str, ...]:
    newest = sa.func.max(questions.c.id)
    query = sa.select(questions.c.text).where(questions.c.status != "smalltalk").group_by(questions.c.text)
    found = await database.query(fetch_values(query.order_by(newest.desc()).limit(most)))
    return tuple(found)


def _day(day: date, rows: Sequence[Any]) -> Day:
    statuses = Counter(row.status for row in rows)
    down = sum(row.helpful is False for row in rows)
    answered, declined = statuses["answered"], statuses["declined"]
    return Day(day=day, asked=len(rows), answered=answered, declined=declined, voted_down=down)
