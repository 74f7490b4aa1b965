"""The tables of people, their seminars and what has been done about them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from bot.storage.tables.columns import CleanText, Id, Json, Moment, NumberedRow, Row, metadata


class PersonRow(NumberedRow, table=True):
    __tablename__ = "people"

    created_at: datetime = Field(sa_type=Moment)


class AddressRow(Row, table=True):
    __tablename__ = "addresses"

    channel: str = Field(primary_key=True, sa_type=CleanText)
    address_id: str = Field(primary_key=True, sa_type=CleanText)
    person_id: int = Field(sa_type=Id, foreign_key="people.id", ondelete="CASCADE", index=True)
    disabled_at: datetime | None = Field(default=None, sa_type=Moment)


class SeminarRow(NumberedRow, table=True):
    __tablename__ = "seminars"

    answers: dict[str, Any] = Field(sa_type=Json)
    version: int = Field(default=1, sa_type=Id)
    created_at: datetime = Field(sa_type=Moment)
    changed_at: datetime = Field(sa_type=Moment)
    removed_at: datetime | None = Field(default=None, sa_type=Moment)
    quiet_until: datetime | None = Field(default=None, sa_type=Moment)
    """Nobody is reminded of this seminar before then."""


class MemberRow(Row, table=True):
    __tablename__ = "members"

    seminar_id: int = Field(primary_key=True, sa_type=Id, foreign_key="seminars.id", ondelete="CASCADE")
    person_id: int = Field(primary_key=True, sa_type=Id, foreign_key="people.id", ondelete="CASCADE", index=True)
    role: str = Field(sa_type=CleanText)
    joined_at: datetime = Field(sa_type=Moment)


class ItemEventRow(NumberedRow, table=True):
    """A change of a checklist item's state; the newest one of a key counts."""

    __tablename__ = "item_events"
    __table_args__ = (sa.Index(None, "seminar_id", "key", "id"),)

    seminar_id: int = Field(sa_type=Id, foreign_key="seminars.id", ondelete="CASCADE")
    key: str = Field(sa_type=CleanText)
    state: str = Field(sa_type=CleanText)
    on_day: date | None = None
    note: str = Field(default="", sa_type=CleanText)
    person_id: int | None = Field(default=None, sa_type=Id, foreign_key="people.id", ondelete="SET NULL")
    at: datetime = Field(sa_type=Moment)


class ItemDetailRow(Row, table=True):
    __tablename__ = "item_details"

    seminar_id: int = Field(primary_key=True, sa_type=Id, foreign_key="seminars.id", ondelete="CASCADE")
    key: str = Field(primary_key=True, sa_type=CleanText)
    owner: str = Field(default="", sa_type=CleanText)
    remark: str = Field(default="", sa_type=CleanText)


class ChangeRow(NumberedRow, table=True):
    __tablename__ = "seminar_changes"
    __table_args__ = (sa.Index(None, "seminar_id", "id"),)

    seminar_id: int = Field(sa_type=Id, foreign_key="seminars.id", ondelete="CASCADE")
    before: dict[str, Any] = Field(sa_type=Json)
    after: dict[str, Any] = Field(sa_type=Json)
    person_id: int | None = Field(default=None, sa_type=Id, foreign_key="people.id", ondelete="SET NULL")
    at: datetime = Field(sa_type=Moment)


class FlowRow(Row, table=True):
    """The guided conversation of an address: its answers so far, replayed at every message."""

    __tablename__ = "flows"

    channel: str = Field(primary_key=True, sa_type=CleanText)
    address_id: str = Field(primary_key=True, sa_type=CleanText)
    name: str = Field(sa_type=CleanText)
    answers: dict[str, Any] = Field(sa_type=Json)
    changed_at: datetime = Field(sa_type=Moment)


class UploadRow(NumberedRow, table=True):
    """A file somebody sent in and what was read from it; deleted as a whole when its time is over."""

    __tablename__ = "uploads"
    __table_args__ = (sa.Index(None, "seminar_id", "id"), sa.Index(None, "person_id", "id"), sa.Index(None, "at"))

    person_id: int = Field(sa_type=Id, foreign_key="people.id", ondelete="CASCADE")
    seminar_id: int | None = Field(default=None, sa_type=Id, foreign_key="seminars.id", ondelete="CASCADE")
    item: str = Field(default="", sa_type=CleanText)
    name: str = Field(sa_type=CleanText)
    size: int = Field(sa_type=Id)
    digest: str = Field(sa_type=CleanText)
    data: bytes = Field(sa_type=sa.LargeBinary)
    reading: dict[str, Any] = Field(sa_type=Json)
    at: datetime = Field(sa_type=Moment)


people = metadata.tables["people"]
addresses = metadata.tables["addresses"]
seminars = metadata.tables["seminars"]
members = metadata.tables["members"]
item_events = metadata.tables["item_events"]
item_details = metadata.tables["item_details"]
seminar_changes = metadata.tables["seminar_changes"]
flows = metadata.tables["flows"]
uploads = metadata.tables["uploads"]
