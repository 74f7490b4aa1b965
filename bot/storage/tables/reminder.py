"""Tables of reminders: what is planned, whose turn is when, what was tried."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from bot.storage.tables.columns import CleanText, Id, Json, Moment, NumberedRow, Row, metadata


class ReminderRow(NumberedRow, table=True):
    """A `message` is told once; `state` is planned, sent, dropped (not owed) or unreachable (no address left)."""

    __tablename__ = "reminders"
    __table_args__ = (
        sa.UniqueConstraint("seminar_id", "key", "prudent", "step", "person_id"),
        sa.Index(None, "person_id", "state", "due_at"),
    )

    seminar_id: int | None = Field(default=None, sa_type=Id, foreign_key="seminars.id", ondelete="CASCADE")
    person_id: int = Field(sa_type=Id, foreign_key="people.id", ondelete="CASCADE")
    key: str = Field(sa_type=CleanText)
    step: str = Field(sa_type=CleanText)
    literal: date
    prudent: date
    due_at: datetime = Field(sa_type=Moment)
    state: str = Field(sa_type=CleanText)
    sent_at: datetime | None = Field(default=None, sa_type=Moment)
    message: dict[str, Any] | None = Field(default=None, sa_type=Json)


class RecipientRow(Row, table=True):
    """Whose turn is when: `next_at` is the earliest planned reminder or the next try; one process holds the lease."""

    __tablename__ = "recipients"

    person_id: int = Field(primary_key=True, sa_type=Id, foreign_key="people.id", ondelete="CASCADE")
    next_at: datetime | None = Field(default=None, sa_type=Moment, index=True)
    lease_until: datetime | None = Field(default=None, sa_type=Moment)
    failures: int = Field(default=0, sa_type=Id)
    hour: int = Field(sa_type=Id)
    paused_until: datetime | None = Field(default=None, sa_type=Moment)
    few: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    first: str = Field(default="", sa_type=CleanText, sa_column_kwargs={"server_default": sa.text("''")})
    """The channel this person wants to be told on before any other."""


class AttemptRow(NumberedRow, table=True):
    """One push to one address: written before it, its outcome after; an empty outcome is not known."""

    __tablename__ = "attempts"
    __table_args__ = (sa.Index(None, "person_id", "id"),)

    person_id: int = Field(sa_type=Id, foreign_key="people.id", ondelete="CASCADE")
    channel: str = Field(sa_type=CleanText)
    address_id: str = Field(sa_type=CleanText)
    reminders: list[Any] = Field(sa_type=Json)
    at: datetime = Field(sa_type=Moment)
    outcome: str = Field(default="", sa_type=CleanText)
    reason: str = Field(default="", sa_type=CleanText)


class RateLimitRow(Row, table=True):
    """When the next message may be sent on a channel, by whichever process."""

    __tablename__ = "rate_limits"

    channel: str = Field(primary_key=True, sa_type=CleanText)
    free_at: datetime = Field(sa_type=Moment)


reminders = metadata.tables["reminders"]
recipients = metadata.tables["recipients"]
attempts = metadata.tables["attempts"]
rate_limits = metadata.tables["rate_limits"]
