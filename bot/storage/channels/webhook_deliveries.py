"""Deliveries of messages by platforms, several times and to several processes: which of them may answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from bot.storage.channels.outbox import Claimed, oldest_owed
from bot.storage.channels.quotas import AddressGrant, QuotaGrant, QuotaGranter
from bot.storage.conversations.address_keys import (
    MessageKey,
    address_columns,
    address_filter,
    address_params,
    message_filter,
    message_key,
    message_params,
    one_or_more,
)
from bot.storage.db.database import Database
from bot.storage.db.methods import Store, grouped, transacting
from bot.storage.db.work import fetch_one
from bot.storage.tables.channel import nonces, outbox
from bot.storage.tables.columns import clean
from bot.storage.tables.seminar import addresses
from handlers.domain.messages import Incoming

RETRIES = timedelta(seconds=60)
"""A platform's own retries come within this; what comes later is a replay."""


class ClaimStatus(StrEnum):
    """ELSEWHERE: another delivery is at it. DONE: it has been answered otherwise. REPLAYED: it is refused."""

    ENTITLED = "entitled"
    ELSEWHERE = "elsewhere"
    DONE = "done"
    REPLAYED = "replayed"


@dataclass(frozen=True, slots=True)
class WebhookDelivery:
    """A delivery of a message: what the platform's nonce was used for, and the allowance its coming opens."""

    incoming: Incoming
    nonce: str
    body: str
    now: datetime
    hold: timedelta
    grant: QuotaGrant | None = None
    only_if_expired: bool = False
    """The allowance begins only where none is running."""
    wakes: bool = False
    """Answers that wait for their asker are sent now."""


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """`parts` have to be given again; `owed` is the oldest answer that waits for its asker."""

    status: ClaimStatus
    number: int = 0
    parts: tuple[dict[str, Any], ...] = ()
    owed: Claimed | None = None


_THE_ROW = sa.select(outbox).where(message_filter(outbox)).with_for_update()
_USED = sa.select(nonces.c.body).where(nonces.c.nonce == sa.bindparam("used"))
_HELD = (
    sa.update(outbox)
    .where(message_filter(outbox))
    .values({name: sa.bindparam(f"new_{name}") for name in ("deliveries", "held_until", "next_at")})
)
_REACHED = (
    sa.update(addresses).where(address_filter(addresses), addresses.c.disabled_at.is_not(None)).values(disabled_at=None)
)
WOKEN = (
    sa.update(outbox)
    .where(address_filter(outbox), outbox.c.next_at.is_(None), outbox.c.closed_at.is_(None))
    .values(next_at=sa.bindparam("now"))
)


class WebhookDeliveries(Store):
    def __init__(self, database: Database) -> None:
        super().__init__(database)
        put = database.insert(nonces).on_conflict_do_nothing()
        self._put_nonce = put.returning(nonces.c.nonce)
        keys = (outbox.c.channel, outbox.c.address_id, outbox.c.message_id)
        self._put_message = database.insert(outbox).on_conflict_do_nothing().returning(*keys)
        self._granter = QuotaGranter(database)

    @transacting
    def recheck(self, connection: sa.Connection, incoming: Incoming, now: datetime, hold: timedelta) -> ClaimResult:
        row = connection.execute(_THE_ROW, message_params(incoming)).one()
        if row.response_sent:
            return ClaimResult(ClaimStatus.DONE)
        return _claim_again(connection, row, WebhookDelivery(incoming, nonce="", body="", now=now, hold=hold))

    async def first_time(self, nonce: str, body: str, now: datetime) -> bool:
        row = {"nonce": nonce, "body": body, "at": now}
        return await self._database.transact(fetch_one(self._put_nonce, row)) is not None

    @grouped
    @transacting
    def record(self, connection: sa.Connection, arrivals: Sequence[WebhookDelivery]) -> Sequence[ClaimResult]:
        """Note deliveries; rows in the order of their keys, so that two processes do not wait for each other."""
        claims = [ClaimResult(ClaimStatus.REPLAYED)] * len(arrivals)
        taken = sorted(self._fresh(connection, arrivals), key=lambda n: message_key(arrivals[n].incoming))
        new = self._insert(connection, [arrivals[n] for n in taken])
        first: dict[MessageKey, int] = {}
        for n in taken:
            if message_key(arrivals[n].incoming) in new:
                first.setdefault(message_key(arrivals[n].incoming), n)
        self._can_be_reached(connection, [arrivals[n] for n in first.values()])
        for n in taken:
            if first.get(message_key(arrivals[n].incoming)) == n:
                claims[n] = ClaimResult(ClaimStatus.ENTITLED, 1, owed=_owed(connection, arrivals[n]))
            else:
                row = connection.execute(_THE_ROW, message_params(arrivals[n].incoming)).one()
                claims[n] = _claim_again(connection, row, arrivals[n])
        return claims

    def _fresh(self, connection: sa.Connection, arrivals: Sequence[WebhookDelivery]) -> list[int]:
        """The places of those whose nonce was never used, or for the very same message."""
        ordered = sorted(range(len(arrivals)), key=lambda n: clean(arrivals[n].nonce))
        rows = [{"nonce": arrivals[n].nonce, "body": arrivals[n].body, "at": arrivals[n].now} for n in ordered]
        unused = set(connection.execute(self._put_nonce, one_or_more(rows)).scalars())
        fresh = []
        for n in ordered:
            nonce = clean(arrivals[n].nonce)
            if nonce in unused or connection.execute(_USED, {"used": nonce}).scalar_one() == arrivals[n].body:
                unused.discard(nonce)
                fresh.append(n)
        return fresh

    def _insert(self, connection: sa.Connection, arrivals: Sequence[WebhookDelivery]) -> set[MessageKey]:
        if not arrivals:
            return set()
        put = connection.execute(self._put_message, one_or_more([_row(one) for one in arrivals]))
        return {(row.channel, row.address_id, row.message_id) for row in put}

    def _can_be_reached(self, connection: sa.Connection, arrivals: Sequence[WebhookDelivery]) -> None:
        if not arrivals:
            return
        connection.execute(_REACHED, one_or_more([address_params(one.incoming.address) for one in arrivals]))
        waking = [address_params(one.incoming.address) | {"now": one.now} for one in arrivals if one.wakes]
        if waking:
            connection.execute(WOKEN, one_or_more(waking))
        granted = [
            AddressGrant(address=one.incoming.address, grant=one.grant, now=one.now, least=one.only_if_expired)
            for one in arrivals
            if one.grant
        ]
        self._granter.begin(connection, granted)


def _claim_again(connection: sa.Connection, row: sa.Row[Any], arrival: WebhookDelivery) -> ClaimResult:
    now, hold = arrival.now, arrival.hold
    if now - row.at > RETRIES:
        return ClaimResult(ClaimStatus.REPLAYED)
    if row.held_until > now:
        return ClaimResult(ClaimStatus.ELSEWHERE)
    if row.answered_at is None:
        if row.sending_until and row.sending_until > now:
            return ClaimResult(ClaimStatus.ELSEWHERE)
        if row.parts_sent:
            return ClaimResult(ClaimStatus.DONE)
    number: int = row.deliveries + 1
    next_at = now + 2 * hold if row.answered_at is None and row.closed_at is None else row.next_at
    held = {"new_deliveries": number, "new_held_until": now + hold, "new_next_at": next_at}
    connection.execute(_HELD, message_params(arrival.incoming) | held)
    parts = tuple(row.parts or ()) if row.answered_at else ()
    return ClaimResult(ClaimStatus.ENTITLED, number, parts=parts, owed=_owed(connection, arrival))


def _owed(connection: sa.Connection, arrival: WebhookDelivery) -> Claimed | None:
    return None if arrival.wakes else oldest_owed(connection, arrival.incoming.address, arrival.now)


def _row(arrival: WebhookDelivery) -> dict[str, Any]:
    incoming, now = arrival.incoming, arrival.now
    row = address_columns(incoming.address) | {"message_id": incoming.message_id, "incoming": incoming}
    row |= {"at": now, "held_until": now + arrival.hold, "next_at": now + 2 * arrival.hold}
    return row | {"deliveries": 1, "failures": 0, "parts_sent": 0, "parts_attempted": 0, "response_sent": False}
