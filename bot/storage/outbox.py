"""How far the answers to messages that platforms deliver have got."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa

from bot.storage.channel_tables import nonces, outbox
from bot.storage.conversations import of_address
from bot.storage.database import Database
from bot.storage.group_commit import GroupCommit
from bot.storage.keyed import of, of_some_message
from handlers.messages import Address, Incoming

BLOCKS = 5
"""So many failures, and a message no longer holds up the ones after it."""
KEPT = timedelta(days=3)
"""How long answered messages are remembered."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message whose answer is to be sent now.

    `parts` where they are known; the first `given` of them have been sent, the next may have been where `repeats`.
    """

    incoming: Incoming
    at: datetime
    failures: int
    parts: tuple[dict[str, Any], ...] | None
    given: int
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class _Answer:
    incoming: Incoming
    number: int
    parts: Sequence[dict[str, Any]]
    now: datetime


_THE_ROW = sa.select(outbox).where(of_some_message(outbox)).with_for_update()
_HAS_ITS_TURN = sa.and_(
    of_some_message(outbox), outbox.c.deliveries == sa.bindparam("number"), outbox.c.held_until > sa.bindparam("now")
)
_NOT_BEING_SENT = sa.or_(outbox.c.sending_until.is_(None), outbox.c.sending_until <= sa.bindparam("now"))
_ANSWERED = (
    sa.update(outbox)
    .where(_HAS_ITS_TURN, outbox.c.answered_at.is_(None), outbox.c.given == 0, _NOT_BEING_SENT)
    .values(answered_at=sa.bindparam("now"), given=1, begun=1)
    .values({name: sa.bindparam(f"new_{name}") for name in ("parts", "next_at", "closed_at")})
    .returning(outbox.c.message_id)
)
_ANSWERED_BEFORE = sa.select(outbox.c.message_id).where(_HAS_ITS_TURN, outbox.c.answered_at.is_not(None))
_CARRIED = sa.update(outbox).where(of_some_message(outbox), outbox.c.answered_at.is_not(None)).values(carried=True)
_OWED = (
    sa.select(outbox)
    .where(
        sa.tuple_(outbox.c.channel, outbox.c.address_id).in_(sa.bindparam("addresses", expanding=True)),
        *(outbox.c.next_at.is_(None), outbox.c.closed_at.is_(None), outbox.c.parts.is_not(None)),
    )
    .order_by(outbox.c.at)
)


def oldest_owed(connection: sa.Connection, moments: Mapping[Address, datetime]) -> dict[Address, Claimed]:
    """For each address the oldest answer that waits for its asker and is not being sent at that moment."""
    if not moments:
        return {}
    found: dict[Address, Claimed] = {}
    addresses = [(address.channel, address.id) for address in moments]
    for row in connection.execute(_OWED, {"addresses": addresses}):
        address = Address(channel=row.channel, id=row.address_id)
        if address not in found and (row.sending_until is None or row.sending_until <= moments[address]):
            found[address] = _claimed(row)
    return found


class Outbox:
    """The state of every answer. What many do at once goes to the database together."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._answering: GroupCommit[_Answer, bool] = GroupCommit(self._answer_all)
        self._carrying: GroupCommit[Incoming, None] = GroupCommit(self._carry)

    async def carried(self, incoming: Incoming) -> None:
        """The response with the answer has been sent."""
        await self._carrying.add(incoming)

    async def answer(self, incoming: Incoming, number: int, parts: Sequence[dict[str, Any]], now: datetime) -> bool:
        """This delivery is about to carry the first part. False where it is not its turn (any more)."""
        return await self._answering.add(_Answer(incoming, number, parts, now))

    async def answer_with_next(
        self, incoming: Incoming, number: int, owed: Claimed, now: datetime
    ) -> dict[str, Any] | None:
        """This delivery is about to carry the next part of an older answer; what follows that is due at once.

        None where that part has been given meanwhile, or it is not this delivery's turn (any more).
        """
        answer = _Answer(incoming, number, (), now)
        return await self._database.transact(partial(_answer_with_next, answer=answer, owed=owed))

    async def release(self, incoming: Incoming, number: int, now: datetime, next_at: datetime) -> None:
        """This delivery cannot answer in time: another one may, else the answer is sent at `next_at`."""
        mine = sa.and_(_is(incoming), outbox.c.deliveries == number, outbox.c.answered_at.is_(None))
        async with self._database.write() as connection:
            await connection.execute(sa.update(outbox).where(mine).values(held_until=now, next_at=next_at))

    async def claim(self, channel: str, now: datetime, most: int, lease: timedelta) -> tuple[Claimed, ...]:
        """Answers whose time has come, nobody else's until the lease ends; to one address one after the other."""
        due = sa.and_(outbox.c.channel == channel, outbox.c.next_at <= now)
        free = sa.or_(outbox.c.held_until <= now, outbox.c.answered_at.is_not(None))
        query = sa.select(outbox).where(due, free, _not_being_sent(outbox, now), ~_earlier_one(now))
        async with self._database.write() as connection:
            query = query.order_by(outbox.c.next_at).limit(most).with_for_update(skip_locked=True)
            rows = (await connection.execute(query)).all()
            for row in rows:
                held = {"sending_until": now + lease, "next_at": now + lease}
                await connection.execute(sa.update(outbox).where(_same(row)).values(held))
        return tuple(_claimed(row) for row in rows)

    async def begin(self, incoming: Incoming, begun: int, parts: Sequence[dict[str, Any]] | None = None) -> None:
        """So many parts are being or have been sent; `parts`, where the answer has only now become known."""
        await self._set(incoming, begun=begun, **({"parts": list(parts)} if parts is not None else {}))

    async def given(self, incoming: Incoming, given: int, *, more: bool) -> None:
        """So many parts have gone out; where there are `more`, the next is being sent."""
        await self._set(incoming, given=given, begun=given + more)

    async def close(self, incoming: Incoming, now: datetime) -> None:
        """All of it has gone out, or nobody wants it any more."""
        await self._set(incoming, closed_at=now, next_at=None, sending_until=None)

    async def defer(
        self, incoming: Incoming, next_at: datetime | None, failures: int, *, surely_not_sent: bool
    ) -> None:
        """It could not be sent: again at a moment, or (None) when its asker writes next."""
        values: dict[str, Any] = {"next_at": next_at, "failures": failures, "sending_until": None}
        if surely_not_sent:
            values["begun"] = outbox.c.given
        await self._set(incoming, **values)

    async def purge(self, now: datetime) -> None:
        """Forget what was answered long ago, and nonces whose time is over."""
        async with self._database.write() as connection:
            old = sa.or_(outbox.c.closed_at < now - KEPT, outbox.c.at < now - 2 * KEPT)
            await connection.execute(sa.delete(outbox).where(old))
            await connection.execute(sa.delete(nonces).where(nonces.c.at < now - KEPT))

    async def _set(self, incoming: Incoming, **values: Any) -> None:
        async with self._database.write() as connection:
            await connection.execute(sa.update(outbox).where(_is(incoming)).values(values))

    async def _carry(self, incoming: Sequence[Incoming]) -> Sequence[None]:
        messages = [of(one) for one in incoming]
        await self._database.transact(lambda connection: connection.execute(_CARRIED, messages))
        return [None] * len(incoming)

    async def _answer_all(self, answers: Sequence[_Answer]) -> Sequence[bool]:
        return await self._database.transact(lambda connection: [_answer(connection, one) for one in answers])


def _answer(connection: sa.Connection, answer: _Answer) -> bool:
    """Given again, it changes nothing: the rest of the answer may be under way."""
    mine, now, more = (
        of(answer.incoming) | {"number": answer.number, "now": answer.now},
        answer.now,
        len(answer.parts) > 1,
    )
    values = {"new_parts": list(answer.parts), "new_next_at": now if more else None}
    values |= {"new_closed_at": None if more else now}
    if connection.execute(_ANSWERED, mine | values).one_or_none():
        return True
    return connection.execute(_ANSWERED_BEFORE, mine).one_or_none() is not None


def _answer_with_next(connection: sa.Connection, answer: _Answer, owed: Claimed) -> dict[str, Any] | None:
    row = connection.execute(_THE_ROW, of(owed.incoming)).one_or_none()
    if row is None or row.closed_at or row.given != owed.given or row.given >= len(row.parts or ()):
        return None
    part: dict[str, Any] = row.parts[row.given]
    if not _answer(connection, replace(answer, parts=[part])):
        return None
    more = row.given + 1 < len(row.parts)
    values = {"given": row.given + 1, "begun": row.given + 1}
    values |= {"closed_at": None if more else answer.now, "next_at": answer.now if more else None}
    connection.execute(sa.update(outbox).where(_is(owed.incoming)).values(values))
    return part


def _earlier_one(now: datetime) -> sa.Exists:
    """Whether an earlier message of the same address is still to be answered; one that goes on failing is passed."""
    earlier = outbox.alias()
    same = sa.and_(earlier.c.channel == outbox.c.channel, earlier.c.address_id == outbox.c.address_id)
    tried_a_little = sa.and_(earlier.c.next_at.is_not(None), earlier.c.failures < BLOCKS)
    due = sa.or_(tried_a_little, earlier.c.sending_until > now)
    before = sa.tuple_(earlier.c.at, earlier.c.message_id) < sa.tuple_(outbox.c.at, outbox.c.message_id)
    return sa.exists().where(same, due, earlier.c.closed_at.is_(None), before).correlate(outbox)


def _not_being_sent(table: Any, now: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(table.c.sending_until.is_(None), table.c.sending_until <= now)


def _is(incoming: Incoming) -> sa.ColumnElement[bool]:
    return sa.and_(of_address(outbox, incoming.address), outbox.c.message_id == incoming.message_id)


def _same(row: sa.Row[Any]) -> sa.ColumnElement[bool]:
    address = Address(channel=row.channel, id=row.address_id)
    return sa.and_(of_address(outbox, address), outbox.c.message_id == row.message_id)


def _claimed(row: sa.Row[Any]) -> Claimed:
    parts = tuple(row.parts) if row.parts is not None else None
    incoming = Incoming.model_validate(row.incoming)
    return Claimed(incoming, row.at, row.failures, parts, row.given, repeats=row.begun > row.given)
