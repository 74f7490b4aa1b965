"""How far the answers to messages that platforms deliver have got."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa

from bot.storage.conversations.address_keys import address_filter, address_params, message_filter, message_params
from bot.storage.db.methods import Store, grouped, transacting
from bot.storage.db.values import from_row
from bot.storage.db.work import execute, execute_with
from bot.storage.tables.channel import nonces, outbox
from handlers.domain.messages import Address, Incoming

FOLLOWS_AFTER = timedelta(seconds=0.3)
"""What follows a response is not sent before this: else it might be there before the response."""
BLOCKS = 5
"""So many failures, and a message no longer holds up the ones after it."""
KEPT = timedelta(days=3)
"""How long answered messages are remembered."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """The first `parts_sent` of its parts, where known, have been sent; the next may have been where `repeats`."""

    incoming: Incoming
    at: datetime
    failures: int
    parts: tuple[dict[str, Any], ...] | None
    parts_sent: int
    repeats: bool = False


_THE_ROW = sa.select(outbox).where(message_filter(outbox)).with_for_update()
_HAS_ITS_TURN = sa.and_(
    message_filter(outbox), outbox.c.deliveries == sa.bindparam("number"), outbox.c.held_until > sa.bindparam("now")
)
_NOT_BEING_SENT = sa.or_(outbox.c.sending_until.is_(None), outbox.c.sending_until <= sa.bindparam("now"))
_ANSWERED = (
    sa.update(outbox)
    .where(_HAS_ITS_TURN, outbox.c.answered_at.is_(None), outbox.c.parts_sent == 0, _NOT_BEING_SENT)
    .values(answered_at=sa.bindparam("now"), parts_sent=1, parts_attempted=1)
    .values({name: sa.bindparam(f"new_{name}") for name in ("parts", "next_at", "closed_at")})
    .returning(outbox.c.message_id)
)
_ANSWERED_BEFORE = sa.select(outbox.c.message_id).where(_HAS_ITS_TURN, outbox.c.answered_at.is_not(None))
_RESPONSE_SENT = (
    sa.update(outbox).where(message_filter(outbox), outbox.c.answered_at.is_not(None)).values(response_sent=True)
)
OWED = (
    sa.select(outbox)
    .where(
        *(address_filter(outbox), outbox.c.next_at.is_(None), outbox.c.closed_at.is_(None)),
        *(outbox.c.parts.is_not(None), _NOT_BEING_SENT),
    )
    .order_by(outbox.c.at)
    .limit(1)
)


def _updating(**values: Any) -> sa.Update:
    """Sets columns of some message: those that are True to values given later as `new_NAME`."""
    later = {name: sa.bindparam(f"new_{name}") if value is True else value for name, value in values.items()}
    return sa.update(outbox).where(message_filter(outbox)).values(later)


_STARTED = _updating(parts_attempted=True, parts=True)
_SENT = _updating(parts_sent=True, parts_attempted=True)
_FINISHED = _updating(parts_sent=True, parts_attempted=True, closed_at=True, next_at=None, sending_until=None)
_NEXT_SENT = _updating(parts_sent=True, parts_attempted=True, closed_at=True, next_at=True)
_DEFERRED = _updating(next_at=True, failures=True, sending_until=None)
_DEFERRED_UNSENT = _updating(next_at=True, failures=True, sending_until=None, parts_attempted=outbox.c.parts_sent)
_RELEASED = _updating(held_until=True, next_at=True).where(
    outbox.c.deliveries == sa.bindparam("number"), outbox.c.answered_at.is_(None)
)
_TAKEN = _updating(sending_until=True, next_at=True, parts_attempted=True)


def _due() -> sa.Select[Any]:
    """Messages of some channel whose answer is to be sent now, with none of the same address before them."""
    now: sa.BindParameter[datetime] = sa.bindparam("now")
    earlier = outbox.alias()
    due = sa.and_(outbox.c.channel == sa.bindparam("of_channel"), outbox.c.next_at <= now, _NOT_BEING_SENT)
    free = sa.or_(outbox.c.held_until <= now, outbox.c.answered_at.is_not(None))
    same = sa.and_(earlier.c.channel == outbox.c.channel, earlier.c.address_id == outbox.c.address_id)
    tried_a_little = sa.and_(earlier.c.next_at.is_not(None), earlier.c.failures < BLOCKS)
    before = sa.tuple_(earlier.c.at, earlier.c.message_id) < sa.tuple_(outbox.c.at, outbox.c.message_id)
    still_open = sa.and_(earlier.c.closed_at.is_(None), sa.or_(tried_a_little, earlier.c.sending_until > now))
    waits = sa.exists().where(same, still_open, before).correlate(outbox)
    query = sa.select(outbox).where(due, free, ~waits).order_by(outbox.c.next_at)
    return query.limit(sa.bindparam("most")).with_for_update(skip_locked=True)


_DUE = _due()


def oldest_owed(connection: sa.Connection, address: Address, now: datetime) -> Claimed | None:
    row = connection.execute(OWED, address_params(address) | {"now": now}).one_or_none()
    return _claimed(row) if row else None


class Outbox(Store):
    @grouped
    async def note_response_sent(self, incoming: Sequence[Incoming]) -> Sequence[None]:
        await self._database.transact(execute_with(_RESPONSE_SENT, [message_params(one) for one in incoming]))
        return [None] * len(incoming)

    async def answer(self, incoming: Incoming, number: int, parts: Sequence[dict[str, Any]], now: datetime) -> bool:
        """This delivery is about to carry the first part. False where it is not its turn (any more)."""
        return await self._database.transact(partial(_answer, incoming=incoming, number=number, parts=parts, now=now))

    @transacting
    def answer_with_next(
        self, connection: sa.Connection, incoming: Incoming, number: int, owed: Claimed, now: datetime
    ) -> dict[str, Any] | None:
        """None where that part has been given meanwhile, or it is not this delivery's turn (any more)."""
        row = connection.execute(_THE_ROW, message_params(owed.incoming)).one_or_none()
        if row is None or row.closed_at or row.parts_sent != owed.parts_sent or row.parts_sent >= len(row.parts or ()):
            return None
        part: dict[str, Any] = row.parts[row.parts_sent]
        if not _answer(connection, incoming, number, [part], now):
            return None
        more = row.parts_sent + 1 < len(row.parts)
        values = {"new_parts_sent": row.parts_sent + 1, "new_parts_attempted": row.parts_sent + 1}
        values |= {
            "new_closed_at": None if more else now,
            "new_next_at": now + FOLLOWS_AFTER if more else None,
        }
        connection.execute(_NEXT_SENT, message_params(owed.incoming) | values)
        return part

    async def release(self, incoming: Incoming, number: int, now: datetime, next_at: datetime) -> None:
        """This delivery cannot answer in time: another one may, else the answer is sent at `next_at`."""
        await self._set(_RELEASED, incoming, number=number, new_held_until=now, new_next_at=next_at)

    @transacting
    def claim(
        self, connection: sa.Connection, channel: str, now: datetime, most: int, lease: timedelta
    ) -> tuple[Claimed, ...]:
        """Nobody else's until the lease ends; to one address one after the other, the oldest first."""
        rows = connection.execute(_DUE, {"of_channel": channel, "now": now, "most": most}).all()
        claimed = tuple(_claimed(row) for row in rows)
        for row, one in zip(rows, claimed, strict=True):
            parts_attempted = row.parts_attempted if one.parts is None else one.parts_sent + 1
            until = now + lease
            held = {"new_sending_until": until, "new_next_at": until, "new_parts_attempted": parts_attempted}
            connection.execute(_TAKEN, message_params(one.incoming) | held)
        return claimed

    async def start_sending(self, incoming: Incoming, parts: Sequence[dict[str, Any]]) -> None:
        await self._set(_STARTED, incoming, new_parts_attempted=1, new_parts=list(parts))

    async def part_sent(self, incoming: Incoming, parts_sent: int) -> None:
        """So many parts have gone out, the next is being sent."""
        await self._set(_SENT, incoming, new_parts_sent=parts_sent, new_parts_attempted=parts_sent + 1)

    async def finish(self, incoming: Incoming, parts_sent: int, now: datetime) -> None:
        """All of its parts, so many, have gone out (or there is nothing to be said)."""
        await self._set(
            _FINISHED, incoming, new_parts_sent=parts_sent, new_parts_attempted=parts_sent, new_closed_at=now
        )

    async def defer(
        self, incoming: Incoming, next_at: datetime | None, failures: int, *, surely_not_sent: bool
    ) -> None:
        """It could not be sent: again at a moment, or (None) when its asker writes next."""
        statement = _DEFERRED_UNSENT if surely_not_sent else _DEFERRED
        await self._set(statement, incoming, new_next_at=next_at, new_failures=failures)

    async def purge(self, now: datetime) -> None:
        """Forget what was answered long ago, and nonces whose time is over."""
        old = sa.or_(outbox.c.closed_at < now - KEPT, outbox.c.at < now - 2 * KEPT)
        gone = (sa.delete(outbox).where(old), sa.delete(nonces).where(nonces.c.at < now - KEPT))
        await self._database.transact(execute(*gone))

    async def _set(self, statement: sa.Update, incoming: Incoming, **values: Any) -> None:
        asked = message_params(incoming) | values
        await self._database.transact(execute_with(statement, asked))


def _answer(
    connection: sa.Connection, incoming: Incoming, number: int, parts: Sequence[dict[str, Any]], now: datetime
) -> bool:
    """Given again, it changes nothing: the rest of the answer may be under way."""
    mine, more = message_params(incoming) | {"number": number, "now": now}, len(parts) > 1
    values = {"new_parts": list(parts), "new_next_at": now + FOLLOWS_AFTER if more else None}
    values |= {"new_closed_at": None if more else now}
    if connection.execute(_ANSWERED, mine | values).one_or_none():
        return True
    return connection.execute(_ANSWERED_BEFORE, mine).one_or_none() is not None


def _claimed(row: sa.Row[Any]) -> Claimed:
    parts = tuple(row.parts) if row.parts is not None else None
    incoming = Incoming.model_validate(row.incoming)
    repeats = row.parts_attempted > row.parts_sent
    return from_row(Claimed, row, incoming=incoming, parts=parts, repeats=repeats)
