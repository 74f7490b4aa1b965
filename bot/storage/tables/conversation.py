"""The tables. Queries use the Core `Table` objects at the end of this file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from bot.clock import SHANGHAI

NAMING = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


class Moment(sa.TypeDecorator[datetime]):
    """A point in time: aware, stored as UTC, read back in Asia/Shanghai."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Refuse naive times: nobody knows which moment they mean."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive time {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """SQLite forgets the zone; it was UTC."""
        if value is None:
            return None
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(SHANGHAI)


def clean(text: str) -> str:
    """Without NUL characters, which PostgreSQL cannot store and nobody types."""
    return text.replace("\x00", "")


class CleanText(sa.TypeDecorator[str]):
    """Text that is cleaned on its way in."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        """Leave the NULs out."""
        return value if value is None else clean(value)


Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Json = sa.JSON(none_as_null=True)


class Row(SQLModel):
    """Base of all tables."""

    metadata: ClassVar[sa.MetaData] = sa.MetaData(naming_convention=NAMING)


class ConversationRow(Row, table=True):
    """What is remembered of an address; the reset marks are the newest ids when it was last reset."""

    __tablename__ = "conversations"

    channel: str = Field(primary_key=True, sa_type=CleanText)
    address_id: str = Field(primary_key=True, sa_type=CleanText)
    language: str = Field(sa_type=CleanText)
    started_at: datetime = Field(sa_type=Moment)
    reset_at: datetime | None = Field(default=None, sa_type=Moment)
    reset_question_id: int = Field(default=0, sa_type=Id, sa_column_kwargs={"server_default": "0"})
    reset_inbox_id: int = Field(default=0, sa_type=Id, sa_column_kwargs={"server_default": "0"})


class InboxRow(Row, table=True):
    """A message that arrived, who is answering it until when, and its answer; ids give the order."""

    __tablename__ = "inbox"
    __table_args__ = (sa.UniqueConstraint("channel", "address_id", "message_id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    channel: str = Field(sa_type=CleanText)
    address_id: str = Field(sa_type=CleanText)
    message_id: str = Field(sa_type=CleanText)
    incoming: dict[str, Any] = Field(sa_type=Json)
    received_at: datetime = Field(sa_type=Moment)
    lease_until: datetime = Field(sa_type=Moment)
    replies: list[dict[str, Any]] | None = Field(default=None, sa_type=Json)
    answered_at: datetime | None = Field(default=None, sa_type=Moment)


class QuestionRow(Row, table=True):
    """A question as it was answered."""

    __tablename__ = "questions"
    __table_args__ = (sa.Index(None, "channel", "address_id", "id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    channel: str = Field(sa_type=CleanText)
    address_id: str = Field(sa_type=CleanText)
    text: str = Field(sa_type=CleanText)
    asked_at: datetime = Field(sa_type=Moment)
    status: str = Field(sa_type=CleanText)
    answer: str = Field(sa_type=CleanText)
    facts: list[str] = Field(sa_type=Json)
    timings: dict[str, float] = Field(sa_type=Json)
    trace: list[str] = Field(sa_type=Json)


class FeedbackRow(Row, table=True):
    """The last vote on a question."""

    __tablename__ = "feedback"

    question_id: int = Field(primary_key=True, sa_type=Id, foreign_key="questions.id", ondelete="CASCADE")
    helpful: bool
    rated_at: datetime = Field(sa_type=Moment)


class StaffQuestionRow(Row, table=True):
    """A question its asker left for staff."""

    __tablename__ = "staff_questions"

    question_id: int = Field(primary_key=True, sa_type=Id, foreign_key="questions.id", ondelete="CASCADE")
    left_at: datetime = Field(sa_type=Moment)


metadata = Row.metadata
conversations = metadata.tables["conversations"]
inbox = metadata.tables["inbox"]
questions = metadata.tables["questions"]
feedback = metadata.tables["feedback"]
staff_questions = metadata.tables["staff_questions"]
