"""The tables of conversations. Queries use the Core `Table` objects at the end of this file."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from bot.storage.tables.columns import CleanText, Id, Json, Moment, NumberedRow, Row, metadata


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


class InboxRow(NumberedRow, table=True):
    """A message that arrived, who is answering it until when, and its answer; ids give the order."""

    __tablename__ = "inbox"
    __table_args__ = (sa.UniqueConstraint("channel", "address_id", "message_id"),)

    channel: str = Field(sa_type=CleanText)
    address_id: str = Field(sa_type=CleanText)
    message_id: str = Field(sa_type=CleanText)
    incoming: dict[str, Any] = Field(sa_type=Json)
    received_at: datetime = Field(sa_type=Moment)
    lease_until: datetime = Field(sa_type=Moment)
    replies: list[dict[str, Any]] | None = Field(default=None, sa_type=Json)
    answered_at: datetime | None = Field(default=None, sa_type=Moment)


class QuestionRow(NumberedRow, table=True):
    __tablename__ = "questions"
    __table_args__ = (sa.Index(None, "channel", "address_id", "id"),)

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
    __tablename__ = "staff_questions"

    question_id: int = Field(primary_key=True, sa_type=Id, foreign_key="questions.id", ondelete="CASCADE")
    left_at: datetime = Field(sa_type=Moment)


conversations = metadata.tables["conversations"]
inbox = metadata.tables["inbox"]
questions = metadata.tables["questions"]
feedback = metadata.tables["feedback"]
staff_questions = metadata.tables["staff_questions"]
