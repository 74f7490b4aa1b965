"""Queries about who is on a seminar's team, and the codes by which people join and link addresses."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.storage.access import failed_attempts
from bot.storage.access.one_time_secrets import SecretPurpose, SecretScope, digits, issue, redeem
from bot.storage.conversations.conversations import of_address
from bot.storage.db.database import Database
from bot.storage.db.methods import Store, transacting
from bot.storage.db.work import fetch_all
from bot.storage.seminars.reminder_planning import ReminderPlan, replan
from bot.storage.tables.access import one_time_secrets
from bot.storage.tables.seminar import addresses, members, uploads
from handlers.domain.messages import Address
from handlers.domain.seminar import RANK, Member, Role, TooManyTries

INVITATION = timedelta(hours=24)
LINK = timedelta(minutes=10)
TRIES = 5
"""Wrong codes an address may try within TRYING."""
TRYING = timedelta(minutes=10)
DIGITS = 6
LINKS = (str(SecretPurpose.CALENDAR), str(SecretPurpose.PAGE))
MAILBOX = "email"
"""Nobody writes from a mailbox: it goes with whoever confirmed it."""


class Teams(Store):
    def __init__(self, database: Database, reminders: ReminderPlan | None = None) -> None:
        super().__init__(database)
        self._reminders = reminders

    async def of_seminar(self, seminar_id: int) -> tuple[Member, ...]:
        """The team, owners first, each with the channels they are on."""
        query = (
            sa.select(members.c.person_id, members.c.role, addresses.c.channel)
            .join_from(members, addresses, members.c.person_id == addresses.c.person_id, isouter=True)
            .where(members.c.seminar_id == seminar_id)
            .order_by(members.c.joined_at, members.c.person_id)
        )
        rows = await self._database.query(fetch_all(query))
        found: dict[int, Member] = {}
        for row in rows:
            before = found.get(row.person_id)
            channels = (*(before.channels if before else ()), *filter(None, [row.channel]))
            found[row.person_id] = Member(person_id=row.person_id, role=Role(row.role), channels=channels)
        return tuple(sorted(found.values(), key=lambda member: member.role is not Role.OWNER))

    @transacting
    def invite(self, connection: sa.Connection, person_id: int, seminar_id: int, role: Role, now: datetime) -> str:
        """A code that lets one person join in this role, for a day."""
        scope = SecretScope(purpose=SecretPurpose.JOIN_TEAM, person_id=person_id, seminar_id=seminar_id)
        return issue(connection, _code, scope, now, expires_at=now + INVITATION, detail={"role": str(role)})

    @transacting
    def link_code(self, connection: sa.Connection, person_id: int, now: datetime) -> str:
        """A code that makes another address this person's, for ten minutes."""
        scope = SecretScope(purpose=SecretPurpose.LINK_ADDRESS, person_id=person_id)
        return issue(connection, _code, scope, now, expires_at=now + LINK)

    @transacting
    def join(self, connection: sa.Connection, person_id: int, address: Address, code: str, now: datetime) -> int | None:
        """None where no such code holds; whoever is on the team keeps their role. Raises TooManyTries."""
        row = _redeem(connection, SecretPurpose.JOIN_TEAM, address, code, now)
        if row is None:
            return None
        role = row.detail["role"]
        joining = {"seminar_id": row.seminar_id, "person_id": person_id, "role": role, "joined_at": now}
        connection.execute(self._database.insert(members).values(joining).on_conflict_do_nothing())
        replan(self._reminders, connection, [row.seminar_id])
        seminar_id: int = row.seminar_id
        return seminar_id

    @transacting
    def link(self, connection: sa.Connection, address: Address, code: str, now: datetime) -> bool:
        """Make the address the person's who asked for the code, with all it had registered. Raises TooManyTries."""
        row = _redeem(connection, SecretPurpose.LINK_ADDRESS, address, code, now)
        if row is None:
            return False
        self._merge(connection, address, row.person_id)
        return True

    @transacting
    def set_role(self, connection: sa.Connection, seminar_id: int, person_id: int, role: Role) -> bool:
        """Give a member another role. False where that would leave nobody in charge, or nobody is meant."""
        member = sa.and_(members.c.seminar_id == seminar_id, members.c.person_id == person_id)
        if role is not Role.OWNER and not _another_owner(connection, seminar_id, person_id):
            return False
        update = sa.update(members).where(member).values(role=str(role)).returning(members.c.person_id)
        return connection.execute(update).one_or_none() is not None

    @transacting
    def leave(self, connection: sa.Connection, seminar_id: int, person_id: int) -> bool:
        """Take a member off the team. False where that would leave nobody in charge."""
        member = sa.and_(members.c.seminar_id == seminar_id, members.c.person_id == person_id)
        if not _another_owner(connection, seminar_id, person_id):
            return False
        connection.execute(sa.delete(members).where(member))
        replan(self._reminders, connection, [seminar_id])
        return True

    def _merge(self, connection: sa.Connection, address: Address, person_id: int) -> None:
        was = connection.execute(sa.select(addresses.c.person_id).where(of_address(addresses, address))).scalar()
        values = {"person_id": person_id}
        row = {"channel": address.channel, "address_id": address.id, **values}
        put = self._database.insert(addresses).values(row)
        connection.execute(put.on_conflict_do_update(index_elements=["channel", "address_id"], set_=values))
        theirs_still = sa.and_(addresses.c.person_id == was, addresses.c.channel != MAILBOX)
        others = sa.select(sa.func.count()).select_from(addresses).where(theirs_still)
        if was in {None, person_id} or connection.execute(others).scalar_one():
            return
        connection.execute(sa.update(addresses).where(addresses.c.person_id == was).values(values))
        _merge_memberships(connection, was, person_id)
        connection.execute(sa.update(uploads).where(uploads.c.person_id == was).values(values))
        _merge_links(connection, was, person_id)
        theirs = sa.select(members.c.seminar_id).where(members.c.person_id == person_id)
        replan(self._reminders, connection, connection.execute(theirs).scalars().all())


def _merge_memberships(connection: sa.Connection, was: int, person_id: int) -> None:
    """What one person was a member of, the other is; in the stronger role where both were."""
    query = sa.select(members).where(members.c.person_id.in_([was, person_id]))
    held: defaultdict[int, list[Role]] = defaultdict(list)
    for row in connection.execute(query).all():
        held[row.seminar_id].append(Role(row.role))
    twice = [seminar for seminar, roles in held.items() if len(roles) > 1]
    for seminar in twice:
        strongest = max(held[seminar], key=RANK.__getitem__)
        of_both = sa.and_(members.c.seminar_id == seminar, members.c.person_id.in_([was, person_id]))
        connection.execute(sa.update(members).where(of_both).values(role=str(strongest)))
        connection.execute(sa.delete(members).where(of_both, members.c.person_id == was))
    connection.execute(sa.update(members).where(members.c.person_id == was).values(person_id=person_id))


def _merge_links(connection: sa.Connection, was: int, person_id: int) -> None:
    links = one_time_secrets.c
    what = sa.tuple_(links.seminar_id, links.purpose)
    held = sa.select(links.seminar_id, links.purpose).where(links.person_id == person_id, links.seminar_id.is_not(None))
    moving = sa.and_(links.person_id == was, links.purpose.in_(LINKS), what.not_in(held))
    connection.execute(sa.update(one_time_secrets).where(moving).values(person_id=person_id))


def _code() -> str:
    return digits(DIGITS)


def _redeem(
    connection: sa.Connection, purpose: SecretPurpose, address: Address, code: str, now: datetime
) -> sa.Row[Any] | None:
    """What the code is for; a wrong one is counted. Raises TooManyTries."""
    source = f"code {address.channel} {address.id}"
    if failed_attempts.count_since(connection, source, now - TRYING) >= TRIES:
        raise TooManyTries
    row = redeem(connection, purpose, code, now)
    if row is None:
        failed_attempts.note(connection, source, now)
    return row


def _another_owner(connection: sa.Connection, seminar_id: int, person_id: int) -> bool:
    query = sa.select(sa.func.count()).where(
        members.c.seminar_id == seminar_id, members.c.role == str(Role.OWNER), members.c.person_id != person_id
    )
    return bool(connection.execute(query).scalar_one())
