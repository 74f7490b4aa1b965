"""Tables of the messaging platforms: what arrived and is to be answered, tokens, quotas, mailboxes, troubles."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from bot.storage.tables.columns import CleanText, Id, Json, Moment, NumberedRow, Row, metadata

WAITING = sa.text("next_at IS NULL AND closed_at IS NULL")


class OutboxRow(Row, table=True):
    """A message a platform delivered and how far its answer has got.

    The platform's delivery that holds it until `held_until` may answer; `deliveries` numbers them. `parts` of the
    answer are known once it is; the first `parts_sent` of them have gone out, the first `parts_attempted` may have.
    `next_at` is when the answer is sent by itself, by whoever has it until `sending_until`; None while it waits for
    its asker, or is `closed_at`.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        sa.Index(None, "channel", "next_at"),
        sa.Index("ix_outbox_waiting", "channel", "address_id", sqlite_where=WAITING, postgresql_where=WAITING),
    )

    channel: str = Field(primary_key=True, sa_type=CleanText)
    address_id: str = Field(primary_key=True, sa_type=CleanText)
    message_id: str = Field(primary_key=True, sa_type=CleanText)
    incoming: dict[str, Any] = Field(sa_type=Json)
    at: datetime = Field(sa_type=Moment)
    deliveries: int = Field(default=1, sa_type=Id)
    held_until: datetime = Field(sa_type=Moment)
    next_at: datetime | None = Field(default=None, sa_type=Moment)
    sending_until: datetime | None = Field(default=None, sa_type=Moment)
    failures: int = Field(default=0, sa_type=Id)
    parts: list[dict[str, Any]] | None = Field(default=None, sa_type=Json)
    parts_sent: int = Field(default=0, sa_type=Id)
    parts_attempted: int = Field(default=0, sa_type=Id)
    answered_at: datetime | None = Field(default=None, sa_type=Moment)
    """When a response to the platform was to carry it."""
    response_sent: bool = False
    """That response has been sent."""
    closed_at: datetime | None = Field(default=None, sa_type=Moment, index=True)


class NonceRow(Row, table=True):
    """A nonce a platform has used, and the digest of what came with it."""

    __tablename__ = "nonces"

    nonce: str = Field(primary_key=True, sa_type=CleanText)
    body: str = Field(sa_type=CleanText)
    at: datetime = Field(sa_type=Moment, index=True)


class AccessTokenRow(Row, table=True):
    """A platform's access token, for all processes; one of them at a time fetches a new one (`lease_until`)."""

    __tablename__ = "access_tokens"

    name: str = Field(primary_key=True, sa_type=CleanText)
    token: str = Field(default="", sa_type=CleanText)
    expires_at: datetime = Field(sa_type=Moment)
    lease_until: datetime = Field(sa_type=Moment)


class QuotaRow(Row, table=True):
    __tablename__ = "quotas"

    channel: str = Field(primary_key=True, sa_type=CleanText)
    address_id: str = Field(primary_key=True, sa_type=CleanText)
    name: str = Field(primary_key=True, sa_type=CleanText)
    left: int = Field(sa_type=Id)
    until: datetime = Field(sa_type=Moment)


class SentMessageRow(Row, table=True):
    __tablename__ = "sent_messages"

    name: str = Field(primary_key=True, sa_type=CleanText)
    channel: str = Field(default="", sa_type=CleanText)
    address_id: str = Field(default="", sa_type=CleanText)
    at: datetime = Field(sa_type=Moment, index=True)
    failed: bool = False


class MailboxRow(Row, table=True):
    """A confirmed mail address; the secret is what its unsubscribe links carry."""

    __tablename__ = "mailboxes"

    address_id: str = Field(primary_key=True, sa_type=CleanText)
    secret: str = Field(sa_type=CleanText, unique=True)
    confirmed_at: datetime = Field(sa_type=Moment)


class ConfirmationMailRow(NumberedRow, table=True):
    """A confirmation mail that was asked for: so that nobody can flood a mailbox."""

    __tablename__ = "confirmation_mails"
    __table_args__ = (sa.Index(None, "address_id", "at"), sa.Index(None, "person_id", "at"))

    person_id: int = Field(sa_type=Id, foreign_key="people.id", ondelete="CASCADE")
    address_id: str = Field(sa_type=CleanText)
    at: datetime = Field(sa_type=Moment)


class ChannelIncidentRow(Row, table=True):
    """What stands against a channel, in words for staff; gone once it works again."""

    __tablename__ = "channel_incidents"

    channel: str = Field(primary_key=True, sa_type=CleanText)
    kind: str = Field(primary_key=True, sa_type=CleanText)
    text: str = Field(sa_type=CleanText)
    times: int = Field(default=1, sa_type=Id)
    first_at: datetime = Field(sa_type=Moment)
    last_at: datetime = Field(sa_type=Moment)


outbox = metadata.tables["outbox"]
nonces = metadata.tables["nonces"]
access_tokens = metadata.tables["access_tokens"]
quotas = metadata.tables["quotas"]
sent_messages = metadata.tables["sent_messages"]
mailboxes = metadata.tables["mailboxes"]
confirmation_mails = metadata.tables["confirmation_mails"]
incidents = metadata.tables["channel_incidents"]
