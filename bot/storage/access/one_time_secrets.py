"""Secrets that open something for whoever shows them: issued, found, used up."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.storage.db.digests import digest
from bot.storage.tables.access import one_time_secrets
from bot.storage.tables.seminar import people
from bot.storage.tables.staff import accounts


class SecretPurpose(StrEnum):
    CALENDAR = "calendar"
    PAGE = "page"
    DOWNLOAD = "download"
    JOIN_TEAM = "join_team"
    LINK_ADDRESS = "link_address"
    CONFIRM_MAILBOX = "confirm_mailbox"
    STAFF_PASSWORD = "staff_password"
    STAFF_CHAT = "staff_chat"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretScope:
    purpose: SecretPurpose
    person_id: int | None = None
    seminar_id: int | None = None
    account_id: int | None = None

    @property
    def condition(self) -> sa.ColumnElement[bool]:
        return sa.and_(*(one_time_secrets.c[name].is_not_distinct_from(value) for name, value in asdict(self).items()))


def link_token() -> str:
    return secrets.token_urlsafe(24)


def digits(count: int) -> str:
    return f"{secrets.randbelow(10**count):0{count}}"


def issue(
    connection: sa.Connection,
    make: Callable[[], str],
    scope: SecretScope,
    now: datetime,
    *,
    expires_at: datetime | None = None,
    detail: dict[str, Any] | None = None,
    replace: bool = False,
) -> str:
    """A new secret as `make` draws it; with `replace` the scope's earlier ones stop working."""
    connection.execute(sa.delete(one_time_secrets).where(one_time_secrets.c.expires_at <= now))
    if replace:
        _lock_owner(connection, scope)
        revoke(connection, scope)
    row = asdict(scope) | {"detail": detail, "tries": 0, "created_at": now, "expires_at": expires_at}
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    put = insert(one_time_secrets).on_conflict_do_nothing().returning(one_time_secrets.c.digest)
    while True:  # a short code may be taken
        secret = make()
        if connection.execute(put, row | {"digest": digest(secret)}).one_or_none():
            return secret


def find(
    connection: sa.Connection, purpose: SecretPurpose, secret: str, now: datetime | None = None
) -> sa.Row[Any] | None:
    """What a secret is for; None where it does not hold (any more). Without `now` for secrets that never expire."""
    return connection.execute(sa.select(one_time_secrets).where(_holds(purpose, secret, now))).one_or_none()


def redeem(connection: sa.Connection, purpose: SecretPurpose, secret: str, now: datetime) -> sa.Row[Any] | None:
    """As `find`, and use it up; of two at once one gets it."""
    taken = sa.delete(one_time_secrets).where(_holds(purpose, secret, now)).returning(one_time_secrets)
    return connection.execute(taken).one_or_none()


def revoke(connection: sa.Connection, scope: SecretScope) -> bool:
    return bool(connection.execute(sa.delete(one_time_secrets).where(scope.condition)).rowcount)


def _lock_owner(connection: sa.Connection, scope: SecretScope) -> None:
    """Of two replacements at once the second waits for the first, and then replaces it."""
    for table, owner in ((people, scope.person_id), (accounts, scope.account_id)):
        if owner is not None:
            connection.execute(sa.select(table.c.id).where(table.c.id == owner).with_for_update(key_share=True))


def _holds(purpose: SecretPurpose, secret: str, now: datetime | None) -> sa.ColumnElement[bool]:
    columns = one_time_secrets.c
    unexpired = columns.expires_at.is_(None) if now is None else columns.expires_at > now
    return sa.and_(columns.digest == digest(secret), columns.purpose == str(purpose), unexpired)
