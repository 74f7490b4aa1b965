"""Tables of staff: accounts and sessions, the audit log, drafts, what has been published, what was settled."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from bot.storage.tables.columns import CleanText, Id, Json, Moment, NumberedRow, Row, metadata


class AccountRow(NumberedRow, table=True):
    """A member of staff. An empty password cannot be signed in with; a TOTP code counts once."""

    __tablename__ = "accounts"

    name: str = Field(sa_type=CleanText, unique=True)
    display: str = Field(sa_type=CleanText)
    role: str = Field(sa_type=CleanText)
    password: str = Field(default="", sa_type=CleanText)
    totp: str = Field(default="", sa_type=CleanText)
    totp_used: int = Field(default=0, sa_type=Id)
    failures: int = Field(default=0, sa_type=Id)
    locked_until: datetime | None = Field(default=None, sa_type=Moment)
    disabled_at: datetime | None = Field(default=None, sa_type=Moment)
    created_at: datetime = Field(sa_type=Moment)
    person_id: int | None = Field(default=None, sa_type=Id, foreign_key="people.id", ondelete="SET NULL", index=True)


class StaffSessionRow(Row, table=True):
    __tablename__ = "staff_sessions"

    digest: str = Field(primary_key=True, sa_type=CleanText)
    account_id: int = Field(sa_type=Id, foreign_key="accounts.id", ondelete="CASCADE", index=True)
    csrf: str = Field(sa_type=CleanText)
    created_at: datetime = Field(sa_type=Moment)
    seen_at: datetime = Field(sa_type=Moment)


class AuditRow(NumberedRow, table=True):
    """One change by staff. `digest` covers the row and the digest of the row before it."""

    __tablename__ = "audit"

    at: datetime = Field(sa_type=Moment)
    account_id: int | None = Field(default=None, sa_type=Id)
    who: str = Field(sa_type=CleanText)
    action: str = Field(sa_type=CleanText)
    subject: str = Field(sa_type=CleanText)
    before: dict[str, Any] | None = Field(default=None, sa_type=Json)
    after: dict[str, Any] | None = Field(default=None, sa_type=Json)
    previous: str = Field(sa_type=CleanText, unique=True)
    digest: str = Field(sa_type=CleanText)


class DraftRow(NumberedRow, table=True):
    """`base` is the revision it starts from; `stage` a DraftStage."""

    __tablename__ = "drafts"

    stage: str = Field(sa_type=CleanText)
    step: str = Field(default="", sa_type=CleanText)
    problem: str = Field(default="", sa_type=CleanText)
    file_name: str = Field(sa_type=CleanText)
    data: bytes = Field(sa_type=sa.LargeBinary)
    source: str = Field(default="", sa_type=CleanText)
    said: dict[str, Any] = Field(sa_type=Json)
    context: list[Any] = Field(sa_type=Json)
    against: str = Field(default="", sa_type=CleanText)
    base: int = Field(default=0, sa_type=Id)
    reason: str = Field(default="", sa_type=CleanText)
    version: int = Field(default=1, sa_type=Id)
    account_id: int | None = Field(default=None, sa_type=Id, foreign_key="accounts.id", ondelete="SET NULL")
    submitted_by: int | None = Field(default=None, sa_type=Id, foreign_key="accounts.id", ondelete="SET NULL")
    created_at: datetime = Field(sa_type=Moment)
    changed_at: datetime = Field(sa_type=Moment)


class DraftFactRow(NumberedRow, table=True):
    """A proposed fact of a draft and what a person said of it: pending, accepted or rejected."""

    __tablename__ = "draft_facts"
    __table_args__ = (sa.Index(None, "draft_id", "position"),)

    draft_id: int = Field(sa_type=Id, foreign_key="drafts.id", ondelete="CASCADE")
    position: int = Field(sa_type=Id)
    fact: dict[str, Any] = Field(sa_type=Json)
    origin: str = Field(sa_type=CleanText)
    fate: str = Field(default="", sa_type=CleanText)
    was: str = Field(default="", sa_type=CleanText)
    confidence: float
    state: str = Field(sa_type=CleanText)
    version: int = Field(default=1, sa_type=Id)
    account_id: int | None = Field(default=None, sa_type=Id, foreign_key="accounts.id", ondelete="SET NULL")


class RevisionRow(NumberedRow, table=True):
    """The newest row of a subject and name counts; `replaces` is the one before it (0: none), unique."""

    __tablename__ = "revisions"
    __table_args__ = (sa.UniqueConstraint("subject", "name", "replaces"),)

    subject: str = Field(sa_type=CleanText)
    name: str = Field(sa_type=CleanText)
    content: dict[str, Any] | None = Field(default=None, sa_type=Json)
    replaces: int = Field(default=0, sa_type=Id)
    reason: str = Field(sa_type=CleanText)
    account_id: int | None = Field(default=None, sa_type=Id, foreign_key="accounts.id", ondelete="SET NULL")
    approved_by: int | None = Field(default=None, sa_type=Id, foreign_key="accounts.id", ondelete="SET NULL")
    at: datetime = Field(sa_type=Moment)


class SettledQuestionRow(Row, table=True):
    """A question of the log that staff have dealt with: by a published answer, or put aside."""

    __tablename__ = "settled_questions"

    question_id: int = Field(primary_key=True, sa_type=Id, foreign_key="questions.id", ondelete="CASCADE")
    answer: str = Field(default="", sa_type=CleanText)
    account_id: int | None = Field(default=None, sa_type=Id, foreign_key="accounts.id", ondelete="SET NULL")
    at: datetime = Field(sa_type=Moment)


class RegressionRow(NumberedRow, table=True):
    """A question whose answer has to keep saying something, from whatever is published later."""

    __tablename__ = "regression_cases"

    question: str = Field(sa_type=CleanText)
    as_of: date
    expected: str = Field(sa_type=CleanText)
    answer: str = Field(sa_type=CleanText, index=True)
    created_at: datetime = Field(sa_type=Moment)


accounts = metadata.tables["accounts"]
staff_sessions = metadata.tables["staff_sessions"]
audit = metadata.tables["audit"]
drafts = metadata.tables["drafts"]
draft_facts = metadata.tables["draft_facts"]
revisions = metadata.tables["revisions"]
settled_questions = metadata.tables["settled_questions"]
regression_cases = metadata.tables["regression_cases"]
