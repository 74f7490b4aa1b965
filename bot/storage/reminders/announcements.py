"""Messages that people are told once, delivered like reminders: never lost, labelled where they may come twice."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.storage.db.bulk_insert import bulk_insert
from bot.storage.db.database import Database
from bot.storage.seminars.reminder_planning import PLANNED, requeue
from bot.storage.tables.reminder import recipients, reminders
from handlers.domain.messages import Reply
from handlers.domain.reminder_schedule import HOUR

ANNOUNCEMENT = "told"


@dataclass(frozen=True, slots=True)
class Announcement:
    """What one person is told, about one of their seminars or none; `name` says on what occasion."""

    person_id: int
    seminar_id: int | None
    name: str
    reply: Reply


def enqueue(database: Database, connection: sa.Connection, messages: Collection[Announcement], now: datetime) -> None:
    """Queue messages within a transaction; they go out by day, as reminders do."""
    if not messages:
        return
    people = sorted({one.person_id for one in messages})
    known = [{"person_id": person, "failures": 0, "hour": HOUR} for person in people]
    connection.execute(database.insert(recipients).on_conflict_do_nothing(), known)
    rows = [
        {
            "seminar_id": one.seminar_id,
            "person_id": one.person_id,
            "key": one.name,
            "step": ANNOUNCEMENT,
            "literal": now.date(),
            "prudent": now.date(),
            "due_at": now,
            "state": PLANNED,
            "message": one.reply.model_dump(mode="json"),
        }
        for one in messages
    ]
    bulk_insert(connection, reminders, rows)
    requeue(connection, set(people))


def already_announced(connection: sa.Connection, name: str) -> bool:
    query = sa.select(reminders.c.id).where(reminders.c.key == name, reminders.c.step == ANNOUNCEMENT).limit(1)
    return connection.execute(query).one_or_none() is not None
