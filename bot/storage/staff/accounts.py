"""Queries about staff: accounts, one-time tokens, sessions, failed sign-ins."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any

import sqlalchemy as sa

from bot.storage.access import failed_attempts
from bot.storage.access.one_time_secrets import SecretPurpose, SecretScope, digits, find, issue, link_token, redeem
from bot.storage.conversations.conversations import of_address
from bot.storage.db.digests import digest
from bot.storage.db.methods import Store, querying, transacting
from bot.storage.db.values import from_row
from bot.storage.db.work import execute, fetch_all, fetch_one
from bot.storage.staff.audit import Actor, record
from bot.storage.tables.seminar import addresses
from bot.storage.tables.staff import accounts, staff_sessions
from handlers.domain.messages import Address
from handlers.texts import staff as texts
from knowledge.model.labelled import Labelled

SESSION_IDLE, SESSION_LONGEST = timedelta(hours=8), timedelta(days=7)
"""A browser that has done nothing for so long, or has been signed in so long, signs in again."""
SEEN_EVERY = timedelta(minutes=1)
INVITE_LASTS, CODE_LASTS = timedelta(days=3), timedelta(minutes=10)
CODE_DIGITS = 8


class StaffRole(Labelled):
    READER = "reader", "查看"
    EDITOR = "editor", "编辑"
    PUBLISHER = "publisher", "发布"
    ADMINISTRATOR = "administrator", "管理员"

    def may(self, needed: StaffRole) -> bool:
        order = list(StaffRole)
        return order.index(self) >= order.index(needed)


class Purpose(StrEnum):
    PASSWORD = SecretPurpose.STAFF_PASSWORD.value
    CHAT = SecretPurpose.STAFF_CHAT.value


@dataclass(frozen=True, slots=True)
class Account:
    """A member of staff; `password` is a hash, empty where none is set."""

    id: int
    name: str
    display: str
    role: StaffRole
    password: str
    totp: str
    totp_used: int
    failures: int
    locked_until: datetime | None
    disabled_at: datetime | None
    person_id: int | None

    @property
    def actor(self) -> Actor:
        return Actor(self.id, f"{self.display}（{self.name}）")


@dataclass(frozen=True, slots=True)
class Session:
    account: Account
    csrf: str


class NameTaken(Exception):
    """An account of this name exists."""


class Accounts(Store):
    """Every change is written to the audit log in the same transaction."""

    @transacting
    def create(
        self, connection: sa.Connection, name: str, display: str, role: StaffRole, actor: Actor, now: datetime
    ) -> Account:
        row = {"name": name.strip().lower(), "display": display.strip(), "role": str(role), "created_at": now}
        row |= {"password": "", "totp": "", "totp_used": 0, "failures": 0}
        put = self._database.insert(accounts).values(row).on_conflict_do_nothing().returning(accounts)
        made = connection.execute(put).one_or_none()
        if made is None:
            raise NameTaken(name)
        after = {"name": row["name"], "display": row["display"], "role": row["role"]}
        record(connection, actor, "新建账号", made.name, now, after=after)
        return _account(made)

    async def by_name(self, name: str) -> Account | None:
        """In any case of letters."""
        return await self._one(accounts.c.name == name.strip().lower())

    async def by_id(self, account_id: int) -> Account | None:
        return await self._one(accounts.c.id == account_id)

    async def by_address(self, address: Address) -> Account | None:
        """The account a chat address has been linked to, while it may sign in."""
        owner = sa.select(addresses.c.person_id).where(of_address(addresses, address)).scalar_subquery()
        return await self._one(sa.and_(accounts.c.person_id == owner, accounts.c.disabled_at.is_(None)))

    async def all(self) -> tuple[Account, ...]:
        rows = await self._database.query(fetch_all(sa.select(accounts).order_by(accounts.c.name)))
        return tuple(_account(row) for row in rows)

    @transacting
    def change(
        self,
        connection: sa.Connection,
        account_id: int,
        values: dict[str, Any],
        action: str,
        actor: Actor,
        now: datetime,
        *,
        log: bool = True,
    ) -> None:
        """Set some columns; the log gets what may be shown of them. Raises ValueError for the last administrator."""
        query = sa.select(accounts).where(accounts.c.id == account_id).with_for_update()
        before = connection.execute(query).one()
        connection.execute(sa.update(accounts).where(accounts.c.id == account_id).values(values))
        left = sa.select(sa.func.count()).where(
            accounts.c.role == str(StaffRole.ADMINISTRATOR), accounts.c.disabled_at.is_(None)
        )
        if {"role", "disabled_at"} & values.keys() and not connection.execute(left).scalar_one():
            raise ValueError(texts.LAST_ADMINISTRATOR)
        if "password" in values or values.get("disabled_at"):
            gone = sa.delete(staff_sessions).where(staff_sessions.c.account_id == account_id)
            connection.execute(gone)
        if log:
            shown = [name for name in values if name not in {"password", "totp", "totp_used"}]
            record(
                connection,
                actor,
                action,
                before.name,
                now,
                before={name: _plain(getattr(before, name)) for name in shown} or None,
                after={name: _plain(values[name]) for name in shown} or None,
            )

    @transacting
    def link_chat(self, connection: sa.Connection, account: Account, person_id: int, now: datetime) -> None:
        """This person's chats are this account's from now on, and nobody else's of the staff."""
        others = sa.update(accounts).where(accounts.c.person_id == person_id).values(person_id=None)
        mine = sa.update(accounts).where(accounts.c.id == account.id).values(person_id=person_id)
        connection.execute(others)
        connection.execute(mine)
        record(connection, account.actor, "关联聊天", account.name, now)

    @transacting
    def fail_once_more(self, connection: sa.Connection, account_id: int, most: int, until: datetime) -> bool:
        """Count a failed sign-in; whether the account is locked until then because of it."""
        failed = sa.update(accounts).where(accounts.c.id == account_id).values(failures=accounts.c.failures + 1)
        failures = connection.execute(failed.returning(accounts.c.failures)).scalar_one()
        if failures < most:
            return False
        locked = sa.update(accounts).where(accounts.c.id == account_id).values(failures=0, locked_until=until)
        connection.execute(locked)
        return True

    @transacting
    def forget_failure(self, connection: sa.Connection, source: str) -> None:
        failed_attempts.forget_newest(connection, source)

    @transacting
    def invite(self, connection: sa.Connection, account_id: int, purpose: Purpose, now: datetime) -> str:
        """A one-time token: a secret for a link, or eight digits to be typed in a chat."""
        make, lasts = (
            (link_token, INVITE_LASTS) if purpose is Purpose.PASSWORD else (partial(digits, CODE_DIGITS), CODE_LASTS)
        )
        scope = SecretScope(purpose=SecretPurpose(purpose.value), account_id=account_id)
        return issue(connection, make, scope, now, expires_at=now + lasts, replace=True)

    @querying
    def invited(self, connection: sa.Connection, token: str, purpose: Purpose, now: datetime) -> Account | None:
        found = find(connection, SecretPurpose(purpose.value), token, now)
        if found is None:
            return None
        row = connection.execute(sa.select(accounts).where(accounts.c.id == found.account_id)).one()
        return _account(row) if row.disabled_at is None else None

    @transacting
    def redeem(self, connection: sa.Connection, token: str, purpose: Purpose, now: datetime) -> int | None:
        """Use a token up; the account it was for, or None. Two at once: one gets it."""
        row = redeem(connection, SecretPurpose(purpose.value), token, now)
        return row.account_id if row else None

    async def open_session(self, account_id: int, now: datetime) -> str:
        token = secrets.token_urlsafe(32)
        row = {"digest": digest(token), "account_id": account_id, "csrf": secrets.token_urlsafe(24)}
        old = sa.delete(staff_sessions).where(staff_sessions.c.created_at < now - SESSION_LONGEST)
        put = sa.insert(staff_sessions).values(row | {"created_at": now, "seen_at": now})
        await self._database.transact(execute(old, put))
        return token

    async def session(self, token: str, now: datetime) -> Session | None:
        """Who is signed in with a token; None where it has run out or the account is disabled."""
        query = (
            sa.select(accounts, staff_sessions.c.csrf, staff_sessions.c.seen_at)
            .join(staff_sessions)
            .where(
                staff_sessions.c.digest == digest(token),
                staff_sessions.c.created_at > now - SESSION_LONGEST,
                staff_sessions.c.seen_at > now - SESSION_IDLE,
                accounts.c.disabled_at.is_(None),
            )
        )
        row = await self._database.query(fetch_one(query))
        if row is None:
            return None
        if now - row.seen_at > SEEN_EVERY:
            seen = sa.update(staff_sessions).where(staff_sessions.c.digest == digest(token)).values(seen_at=now)
            await self._database.transact(execute(seen))
        return Session(_account(row), row.csrf)

    async def close_session(self, token: str) -> None:
        await self._database.transact(
            execute(sa.delete(staff_sessions).where(staff_sessions.c.digest == digest(token)))
        )

    async def use_totp(self, account_id: int, counter: int) -> bool:
        """Note that a TOTP code was used; False where it (or a later one) has been used already."""
        unused = sa.and_(accounts.c.id == account_id, accounts.c.totp_used < counter)
        used = sa.update(accounts).where(unused).values(totp_used=counter).returning(accounts.c.id)
        return await self._database.transact(fetch_one(used)) is not None

    @transacting
    def note_failure(self, connection: sa.Connection, source: str, now: datetime) -> None:
        failed_attempts.note(connection, source, now)

    @querying
    def failures_since(self, connection: sa.Connection, source: str, since: datetime) -> int:
        return failed_attempts.count_since(connection, source, since)

    async def _one(self, where: sa.ColumnElement[bool]) -> Account | None:
        row = await self._database.query(fetch_one(sa.select(accounts).where(where)))
        return _account(row) if row else None


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _account(row: sa.Row[Any]) -> Account:
    return from_row(Account, row, role=StaffRole(row.role))
