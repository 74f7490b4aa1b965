"""Tables of what lets somebody in: one-time secrets, and the guesses that failed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from bot.storage.tables.columns import CleanText, Id, Json, Moment, NumberedRow, Row, metadata


class OneTimeSecretRow(Row, table=True):
    """A link's token or a typed code; only its digest is kept. Without `expires_at` it holds until it is revoked."""

    __tablename__ = "one_time_secrets"
    __table_args__ = (sa.Index(None, "person_id", "purpose"), sa.Index(None, "account_id", "purpose"))

    digest: str = Field(primary_key=True, sa_type=CleanText)
    purpose: str = Field(sa_type=CleanText)
    person_id: int | None = Field(default=None, sa_type=Id, foreign_key="people.id", ondelete="CASCADE")
    seminar_id: int | None = Field(default=None, sa_type=Id, foreign_key="seminars.id", ondelete="CASCADE", index=True)
    account_id: int | None = Field(default=None, sa_type=Id, foreign_key="accounts.id", ondelete="CASCADE")
    detail: dict[str, Any] | None = Field(default=None, sa_type=Json)
    tries: int = Field(default=0, sa_type=Id)
    created_at: datetime = Field(sa_type=Moment)
    expires_at: datetime | None = Field(default=None, sa_type=Moment, index=True)


class FailedAttemptRow(NumberedRow, table=True):
    """A wrong password or code from somewhere: too many, and that source waits."""

    __tablename__ = "failed_attempts"
    __table_args__ = (sa.Index(None, "source", "at"),)

    source: str = Field(sa_type=CleanText)
    at: datetime = Field(sa_type=Moment)


one_time_secrets = metadata.tables["one_time_secrets"]
failed_attempts = metadata.tables["failed_attempts"]
