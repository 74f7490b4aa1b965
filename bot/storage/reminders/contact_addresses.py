"""Addresses that moved or died, and what is owed to people who cannot be reached any more."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.storage.conversations.conversations import of_address
from bot.storage.db.in_list import in_list
from bot.storage.db.methods import Store, transacting
from bot.storage.db.work import execute, fetch_all
from bot.storage.seminars.reminder_planning import PLANNED, SENT, UNREACHABLE, requeue
from bot.storage.tables.reminder import attempts, recipients, reminders
from bot.storage.tables.seminar import addresses, members
from handlers.domain.messages import Address
from handlers.domain.reminder_schedule import HANDED_ON, HOUR

LATELY = timedelta(days=5)
"""Mail servers report what they could not deliver within about this time."""

AGAIN_AFTER = timedelta(minutes=15)
"""A platform that has just failed is given a while."""


@dataclass(frozen=True, slots=True)
class FailedDelivery:
    """The last one to an address (before `sent_at`, where known); `gone`: nothing is pushed there any more."""

    address: Address
    reason: str
    gone: bool
    sent_at: datetime | None = None


class ContactAddresses(Store):
    async def disable(self, address: Address, now: datetime) -> None:
        """Nothing is pushed to this address any more, until its owner writes again."""
        await self._database.transact(
            execute(sa.update(addresses).where(of_address(addresses, address)).values(disabled_at=now))
        )

    async def of_person(self, person_id: int) -> tuple[tuple[Address, datetime | None], ...]:
        query = sa.select(addresses).where(addresses.c.person_id == person_id).order_by(addresses.c.address_id)
        rows = await self._database.query(fetch_all(query))
        return tuple((Address(channel=row.channel, id=row.address_id), row.disabled_at) for row in rows)

    @transacting
    def move(self, connection: sa.Connection, address: Address, new_id: str) -> None:
        """The address has a new identifier on its channel; an address that is known already stays."""
        taken = sa.select(addresses.c.person_id).where(
            addresses.c.channel == address.channel, addresses.c.address_id == new_id
        )
        if connection.execute(taken).one_or_none() is None:
            renamed = sa.update(addresses).where(of_address(addresses, address)).values(address_id=new_id)
            connection.execute(renamed)

    @transacting
    def reassign(self, connection: sa.Connection, person_id: int, ids: Collection[int], now: datetime) -> None:
        """Each reachable colleague gets each of them once; where there is none they stay unreachable, for staff."""
        lost = sa.update(reminders).where(in_list(connection, reminders.c.id, ids)).values(state=UNREACHABLE)
        lost = lost.returning(reminders)
        rows = [row for row in connection.execute(lost).all() if row.message is None]
        colleagues = self._colleagues(connection, person_id, {row.seminar_id for row in rows})
        new = [_handed(row, colleague, now) for row in rows for colleague in colleagues.get(row.seminar_id, ())]
        if new:
            people = {row["person_id"] for row in new}
            known = [{"person_id": one, "failures": 0, "hour": HOUR} for one in sorted(people)]
            connection.execute(self._database.insert(recipients).on_conflict_do_nothing(), known)
            connection.execute(self._database.insert(reminders).on_conflict_do_nothing(), new)
            requeue(connection, people)

    @staticmethod
    def _colleagues(connection: sa.Connection, person_id: int, seminars: set[int]) -> dict[int, list[int]]:
        reachable = sa.select(addresses.c.person_id).where(addresses.c.disabled_at.is_(None))
        query = sa.select(members).where(
            in_list(connection, members.c.seminar_id, seminars),
            members.c.person_id != person_id,
            members.c.person_id.in_(reachable),
        )
        found: dict[int, list[int]] = {}
        for row in connection.execute(query).all():
            found.setdefault(row.seminar_id, []).append(row.person_id)
        return found


def requeue_delivery(connection: sa.Connection, owed: FailedDelivery, now: datetime) -> bool:
    """The reminders of a push are planned anew. False where nobody has noted yet how that push went."""
    lately = sa.select(attempts).where(
        of_address(attempts, owed.address),
        attempts.c.outcome.in_([SENT, ""]),
        attempts.c.at > now - LATELY,
        attempts.c.at <= (owed.sent_at or now),
    )
    if owed.gone:
        dead = sa.update(addresses).where(of_address(addresses, owed.address)).values(disabled_at=now)
        connection.execute(dead)
    last = lately.order_by(attempts.c.at.desc(), attempts.c.id.desc()).limit(1)
    row = connection.execute(last).one_or_none()
    if row is None:
        return True
    if not row.outcome:
        return False
    ended = sa.update(attempts).where(attempts.c.id == row.id)
    connection.execute(ended.values(outcome="permanent" if owed.gone else "temporary", reason=owed.reason))
    again = sa.and_(in_list(connection, reminders.c.id, row.reminders), reminders.c.state == SENT)
    connection.execute(sa.update(reminders).where(again).values(state=PLANNED, sent_at=None))
    requeue(connection, {row.person_id})
    if not owed.gone:
        later = sa.update(recipients).where(recipients.c.person_id == row.person_id)
        connection.execute(later.values(next_at=now + AGAIN_AFTER))
    return True


def _handed(row: sa.Row[Any], colleague: int, now: datetime) -> dict[str, Any]:
    kept = {name: getattr(row, name) for name in ("seminar_id", "key", "literal", "prudent")}
    return kept | {"person_id": colleague, "step": f"{HANDED_ON}{row.person_id}", "due_at": now, "state": PLANNED}
