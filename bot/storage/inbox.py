"""The inbox: every message once, whoever delivers it how often."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.conversations import of_address, reset_mark
from bot.storage.database import Database
from bot.storage.tables import inbox
from handlers.messages import Address, Incoming, Reply

REPLIES: TypeAdapter[tuple[Reply, ...]] = TypeAdapter(tuple[Reply, ...])


PUSHED = "push:"
"""How the message ids of what was said unasked begin."""


class ClaimState(StrEnum):
    """What has become of a message so far."""

    NEW = "new"
    ANSWERED = "answered"
    IN_PROGRESS = "in_progress"


@dataclass(frozen=True, slots=True)
class Claim:
    """NEW: it is ours to answer. ANSWERED: `replies` are its answer. IN_PROGRESS: somebody else has it."""

    state: ClaimState
    replies: tuple[Reply, ...] = ()


class Exchange(NamedTuple):
    """A message and its answer; no replies where it is not answered yet. `seq` grows with time."""

    incoming: Incoming
    replies: tuple[Reply, ...]
    received_at: datetime
    seq: int

    @property
    def pushed(self) -> bool:
        """Whether it is something the assistant said unasked."""
        return self.incoming.message_id.startswith(PUSHED)


class Inbox:
    """Messages that arrived, claimed with a lease by whoever answers them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, incoming: Incoming, now: datetime, lease_seconds: float) -> Claim:
        """Take this message to answer it, unless it is answered or somebody's lease still runs."""
        lease_until = now + timedelta(seconds=lease_seconds)
        async with self._database.write() as connection:
            if await self._insert(connection, incoming, now, lease_until):
                return Claim(ClaimState.NEW)
            query = sa.select(inbox.c.replies).where(_is(incoming))
            replies = (await connection.execute(query)).scalar_one()
            if replies is not None:
                return Claim(ClaimState.ANSWERED, REPLIES.validate_python(replies))
            takeover = (
                sa.update(inbox)
                .where(_is(incoming), inbox.c.replies.is_(None), inbox.c.lease_until <= now)
                .values(lease_until=lease_until)
                .returning(inbox.c.id)
            )
            taken = (await connection.execute(takeover)).one_or_none()
        return Claim(ClaimState.NEW if taken else ClaimState.IN_PROGRESS)

    async def finish(self, incoming: Incoming, replies: tuple[Reply, ...], now: datetime) -> tuple[Reply, ...]:
        """Store the answer. Returns the one that counts: the first one stored."""
        update = (
            sa.update(inbox)
            .where(_is(incoming), inbox.c.replies.is_(None))
            .values(replies=replies, answered_at=now, lease_until=now)
            .returning(inbox.c.id)
        )
        async with self._database.write() as connection:
            if (await connection.execute(update)).one_or_none():
                return replies
            query = sa.select(inbox.c.replies).where(_is(incoming))
            stored = (await connection.execute(query)).scalar_one_or_none()
        return replies if stored is None else REPLIES.validate_python(stored)

    async def release(self, incoming: Incoming, now: datetime) -> None:
        """Give a claim up unanswered, so that the next delivery need not wait for its lease."""
        update = sa.update(inbox).where(_is(incoming), inbox.c.replies.is_(None)).values(lease_until=now)
        async with self._database.write() as connection:
            await connection.execute(update)

    async def transcript(self, address: Address, limit: int, after: int = 0) -> list[Exchange]:
        """The last messages since the conversation was reset, oldest first, with their answers.

        `after` leaves out what stood at or before that `seq`.
        """
        query = (
            sa.select(inbox.c.incoming, inbox.c.replies, inbox.c.received_at, inbox.c.id)
            .where(
                of_address(inbox, address),
                inbox.c.id > reset_mark(address, "reset_inbox_id"),
                inbox.c.id > after,
            )
            .order_by(inbox.c.id.desc())
            .limit(limit)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return [_exchange(*row) for row in reversed(rows)]

    async def _insert(
        self, connection: AsyncConnection, incoming: Incoming, now: datetime, lease_until: datetime
    ) -> bool:
        row = {
            "channel": incoming.address.channel,
            "address_id": incoming.address.id,
            "message_id": incoming.message_id,
            "incoming": incoming,
            "received_at": now,
            "lease_until": lease_until,
        }
        statement = self._database.insert(inbox).on_conflict_do_nothing().returning(inbox.c.id)
        return (await connection.execute(statement, row)).one_or_none() is not None


def _is(incoming: Incoming) -> sa.ColumnElement[bool]:
    return sa.and_(of_address(inbox, incoming.address), inbox.c.message_id == incoming.message_id)


def _exchange(incoming: object, replies: object, received_at: datetime, seq: int) -> Exchange:
    return Exchange(Incoming.model_validate(incoming), REPLIES.validate_python(replies or ()), received_at, seq)
