"""Queries about who is on a seminar's team, and the codes by which people join and link addresses."""

from __future__ import annotations

import secrets
from collections import defaultdict
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.storage.conversations.conversations import of_address
from bot.storage.db.database import Database
from bot.storage.db.methods import transacting
from bot.storage.db.work import fetch_all
from bot.storage.seminars.reminder_planning import ReminderPlan, replan
from bot.storage.tables.seminar import addresses, code_attempts, codes, links, members, uploads
from handlers.domain.messages import Address
from handlers.domain.seminar import RANK, Member, Role, TooManyTries

INVITATION = timedelta(hours=24)
LINK = timedelta(minutes=10)
TRIES = 5
"""Wrong codes an address may try within TRYING."""
TRYING = timedelta(minutes=10)
DIGITS = 6
MAILBOX = "email"
"""Nobody writes from a mailbox: it goes with whoever confirmed it."""


class Teams:
    """Membership, invitations and links."""

    def __init__(self, database: Database, reminders: ReminderPlan | None = None) -> None:
        """`reminders` follow every change of a team, in the same transaction."""
        self._database = database
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

    async def invite(self, person_id: int, seminar_id: int, role: Role, now: datetime) -> str:
        """A code that lets one person join in this role, for a day."""
        return await self._new_code(person_id, seminar_id, role, now + INVITATION)

    async def link_code(self, person_id: int, now: datetime) -> str:
        """A code that makes another address this person's, for ten minutes."""
        return await self._new_code(person_id, None, None, now + LINK)

    @transacting
    def join(self, connection: sa.Connection, person_id: int, address: Address, code: str, now: datetime) -> int | None:
        """The seminar joined with a code; None where no such code holds. Raises TooManyTries.

        A code is used up by joining; whoever is on the team already keeps their role.
        """
        self._bounded(connection, address, now)
        row = connection.execute(_valid(code, now).where(codes.c.seminar_id.is_not(None))).one_or_none()
        if row is None:
            self._wrong(connection, address, now)
            return None
        connection.execute(sa.delete(codes).where(codes.c.code == code))
        joining = {"seminar_id": row.seminar_id, "person_id": person_id, "role": row.role, "joined_at": now}
        connection.execute(self._database.insert(members).values(joining).on_conflict_do_nothing())
        replan(self._reminders, connection, [row.seminar_id])
        seminar_id: int = row.seminar_id
        return seminar_id

    @transacting
    def link(self, connection: sa.Connection, address: Address, code: str, now: datetime) -> bool:
        """Make this address the person's who asked for the code. Raises TooManyTries.

        What this address had registered before goes to that person too.
        """
        self._bounded(connection, address, now)
        row = connection.execute(_valid(code, now).where(codes.c.seminar_id.is_(None))).one_or_none()
        if row is None:
            self._wrong(connection, address, now)
            return False
        connection.execute(sa.delete(codes).where(codes.c.code == code))
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

    @transacting
    def _new_code(
        self, connection: sa.Connection, person_id: int, seminar_id: int | None, role: Role | None, until: datetime
    ) -> str:
        row = {"person_id": person_id, "seminar_id": seminar_id, "role": str(role or ""), "expires_at": until}
        while True:
            code = "".join(secrets.choice("0123456789") for _ in range(DIGITS))
            statement = self._database.insert(codes).values(code=code, **row).on_conflict_do_nothing()
            if connection.execute(statement.returning(codes.c.code)).one_or_none():
                return code

    def _bounded(self, connection: sa.Connection, address: Address, now: datetime) -> None:
        recent = sa.select(sa.func.count()).where(
            of_address(code_attempts, address), code_attempts.c.tried_at > now - TRYING
        )
        if connection.execute(recent).scalar_one() >= TRIES:
            raise TooManyTries

    def _wrong(self, connection: sa.Connection, address: Address, now: datetime) -> None:
        row = {"channel": address.channel, "address_id": address.id, "tried_at": now}
        connection.execute(sa.insert(code_attempts).values(row))

    def _merge(self, connection: sa.Connection, address: Address, person_id: int) -> None:
        """The address, and the memberships of whoever it was before, become this person's."""
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
        what = sa.tuple_(links.c.seminar_id, links.c.purpose)
        held = sa.select(links.c.seminar_id, links.c.purpose).where(links.c.person_id == person_id)
        moving = sa.and_(links.c.person_id == was, what.not_in(held))
        connection.execute(sa.update(links).where(moving).values(values))
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


def _valid(code: str, now: datetime) -> sa.Select[tuple[int, int | None, str]]:
    return sa.select(codes.c.person_id, codes.c.seminar_id, codes.c.role).where(
        codes.c.code == code, codes.c.expires_at > now
    )


def _another_owner(connection: sa.Connection, seminar_id: int, person_id: int) -> bool:
    query = sa.select(sa.func.count()).where(
        members.c.seminar_id == seminar_id, members.c.role == str(Role.OWNER), members.c.person_id != person_id
    )
    return bool(connection.execute(query).scalar_one())
