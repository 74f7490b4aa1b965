"""The inbox: every message once, whoever delivers it how often."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy as sa
from pydantic import TypeAdapter

from bot.storage.conversations.address_keys import (
    address_columns,
    address_filter,
    address_params,
    message_filter,
    message_params,
)
from bot.storage.conversations.conversations import of_address, some_reset_mark
from bot.storage.db.database import Database
from bot.storage.db.methods import Store, transacting
from bot.storage.db.work import execute, fetch_all
from bot.storage.tables.conversation import inbox
from handlers.domain.messages import Address, Incoming, Reply

REPLIES: TypeAdapter[tuple[Reply, ...]] = TypeAdapter(tuple[Reply, ...])


PUSHED = "push:"
"""How the message ids of what was said unasked begin."""


class ClaimState(StrEnum):
    NEW = "new"
    ANSWERED = "answered"
    IN_PROGRESS = "in_progress"


@dataclass(frozen=True, slots=True)
class Claim:
    """NEW: it is ours to answer. ANSWERED: `replies` are its answer. IN_PROGRESS: somebody else has it."""

    state: ClaimState
    replies: tuple[Reply, ...] = ()


class Exchange(NamedTuple):
    incoming: Incoming
    replies: tuple[Reply, ...]
    received_at: datetime
    seq: int

    @property
    def pushed(self) -> bool:
        return self.incoming.message_id.startswith(PUSHED)


_UNANSWERED = sa.and_(message_filter(inbox), inbox.c.replies.is_(None))
_REPLIES = sa.select(inbox.c.replies).where(message_filter(inbox))
_TAKEN_OVER = (
    sa.update(inbox)
    .where(_UNANSWERED, inbox.c.lease_until <= sa.bindparam("now"))
    .values(lease_until=sa.bindparam("new_lease_until"))
    .returning(inbox.c.id)
)
_FINISHED = (
    sa.update(inbox)
    .where(_UNANSWERED)
    .values(replies=sa.bindparam("new_replies"), answered_at=sa.bindparam("now"), lease_until=sa.bindparam("now"))
    .returning(inbox.c.id)
)
_NEWEST = (
    sa.select(inbox.c.id)
    .where(
        address_filter(inbox),
        inbox.c.id > some_reset_mark("reset_inbox_id"),
        inbox.c.id > sa.bindparam("after"),
    )
    .order_by(inbox.c.id.desc())
    .limit(sa.bindparam("limit"))
)
_TRANSCRIPT = (
    sa.select(inbox.c.incoming, inbox.c.replies, inbox.c.received_at, inbox.c.id)
    .where(inbox.c.id.in_(_NEWEST))
    .order_by(inbox.c.id.desc())
)


class Inbox(Store):
    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._put = database.insert(inbox).on_conflict_do_nothing().returning(inbox.c.id)

    @transacting
    def claim(self, connection: sa.Connection, incoming: Incoming, now: datetime, lease_seconds: float) -> Claim:
        """Take this message to answer it, unless it is answered or somebody's lease still runs."""
        lease_until = now + timedelta(seconds=lease_seconds)
        row = address_columns(incoming.address) | {"message_id": incoming.message_id}
        row |= {"incoming": incoming, "received_at": now, "lease_until": lease_until}
        if connection.execute(self._put, row).one_or_none():
            return Claim(ClaimState.NEW)
        replies = connection.execute(_REPLIES, message_params(incoming)).scalar_one()
        if replies is not None:
            return Claim(ClaimState.ANSWERED, REPLIES.validate_python(replies))
        lease = {"now": now, "new_lease_until": lease_until}
        taken = connection.execute(_TAKEN_OVER, message_params(incoming) | lease).one_or_none()
        return Claim(ClaimState.NEW if taken else ClaimState.IN_PROGRESS)

    @transacting
    def finish(
        self, connection: sa.Connection, incoming: Incoming, replies: tuple[Reply, ...], now: datetime
    ) -> tuple[Reply, ...]:
        """Store the answer. Returns the one that counts: the first one stored."""
        if connection.execute(_FINISHED, message_params(incoming) | {"new_replies": replies, "now": now}).one_or_none():
            return replies
        stored = connection.execute(_REPLIES, message_params(incoming)).scalar_one_or_none()
        return replies if stored is None else REPLIES.validate_python(stored)

    async def release(self, incoming: Incoming, now: datetime) -> None:
        """Give a claim up unanswered, so that the next delivery need not wait for its lease."""
        update = sa.update(inbox).where(_is(incoming), inbox.c.replies.is_(None)).values(lease_until=now)
        await self._database.transact(execute(update))

    async def transcript(self, address: Address, limit: int, after: int = 0) -> list[Exchange]:
        """Since the conversation was reset, oldest first; `after` leaves out what stood at or before that `seq`."""
        asked = address_params(address) | {"after": after, "limit": limit}
        rows = await self._database.query(fetch_all(_TRANSCRIPT, asked))
        return [_exchange(row) for row in reversed(rows)]


def _is(incoming: Incoming) -> sa.ColumnElement[bool]:
    return sa.and_(of_address(inbox, incoming.address), inbox.c.message_id == incoming.message_id)


def _exchange(row: sa.Row[Any]) -> Exchange:
    incoming, replies = Incoming.model_validate(row.incoming), REPLIES.validate_python(row.replies or ())
    return Exchange(incoming=incoming, replies=replies, received_at=row.received_at, seq=row.id)
