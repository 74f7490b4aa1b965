"""Queries about what has been published: the current content of every subject, and its history for ever."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from bot.storage.db.advisory_lock import advisory_lock
from bot.storage.db.methods import Store
from bot.storage.db.values import from_row
from bot.storage.db.work import fetch_all, fetch_value
from bot.storage.staff.audit import Actor, record
from bot.storage.tables.staff import accounts, regression_cases, revisions
from knowledge.publications import Publication, Subject

PUBLISHED = "yanxiu_published"
"""The PostgreSQL channel on which every process hears of a publication."""


PUBLISHING = 7_120_251_003
"""PostgreSQL advisory lock."""


class Outdated(Exception):
    """Somebody else has published the same subject meanwhile."""


@dataclass(frozen=True, slots=True)
class Revision:
    id: int
    subject: Subject
    name: str
    content: dict[str, Any] | None
    reason: str
    at: datetime
    who: str
    approved_by: str

    @property
    def publication(self) -> Publication:
        return Publication(self.subject, self.name, self.content)


@dataclass(frozen=True, slots=True)
class RegressionCase:
    question: str
    as_of: Any
    expected: str
    answer: str


class Revisions(Store):
    """Append only."""

    async def newest(self) -> int:
        """The number of the last publication; 0 before the first."""
        found: int | None = await self._database.query(fetch_value(sa.select(sa.func.max(revisions.c.id))))
        return found or 0

    async def current(self, up_to: datetime | None = None) -> tuple[Revision, ...]:
        """The newest revision of every subject, or those current at a moment."""
        newest = _newest_of_each()
        newest = newest.where(revisions.c.at <= up_to) if up_to else newest
        return await self._read(_named().where(revisions.c.id.in_(newest)).order_by(revisions.c.id))

    async def current_if_any(self) -> tuple[Revision, ...]:
        """As `current`; nothing in a database that no server has prepared yet."""
        prepared = await self._database.query(lambda connection: sa.inspect(connection).has_table(revisions.name))
        return await self.current() if prepared else ()

    async def history(self, limit: int = 200, before: int | None = None) -> tuple[Revision, ...]:
        query = _named().order_by(revisions.c.id.desc()).limit(limit)
        return await self._read(query.where(revisions.c.id < before) if before else query)

    async def of(self, subject: Subject, name: str, limit: int = 200) -> tuple[Revision, ...]:
        query = _named().where(revisions.c.subject == str(subject), revisions.c.name == name)
        return await self._read(query.order_by(revisions.c.id.desc()).limit(limit))

    async def one(self, revision_id: int) -> Revision | None:
        found = await self._read(_named().where(revisions.c.id == revision_id))
        return found[0] if found else None

    async def head(self, subject: Subject, name: str) -> int:
        """The number of the current revision of a subject; 0 where there is none."""
        return await self._database.query(lambda connection: _head(connection, subject, name))

    async def cases(self) -> tuple[RegressionCase, ...]:
        query = sa.select(regression_cases).order_by(regression_cases.c.id)
        rows = await self._database.query(fetch_all(query))
        return tuple(from_row(RegressionCase, row) for row in rows)

    async def changes(self, pause_seconds: float) -> AsyncIterator[int]:
        """The number of the last publication, whenever it has grown; heard at once on PostgreSQL, else looked for."""
        known = -1
        async with self._database.listening(PUBLISHED) as heard:
            while True:
                newest = await self.newest()
                if newest != known:
                    known = newest
                    yield newest
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(heard.wait(), pause_seconds)
                heard.clear()

    async def _read(self, query: sa.Select[Any]) -> tuple[Revision, ...]:
        rows = await self._database.query(fetch_all(query))
        return tuple(_revision(row) for row in rows)


def one_at_a_time(connection: sa.Connection) -> None:
    """Publications happen one after the other: what another one changed a moment ago is not undone."""
    advisory_lock(connection, PUBLISHING)


def append(
    connection: sa.Connection,
    publication: Publication,
    replaces: int,
    reason: str,
    actor: Actor,
    now: datetime,
    maker: int | None = None,
    draft: tuple[int, int] | None = None,
) -> int:
    """Raises Outdated unless `replaces` is current. `maker` prepared it from the `draft` of this number and version."""
    if _head(connection, publication.subject, publication.name) != replaces:
        raise Outdated
    row = {
        "subject": str(publication.subject),
        "name": publication.name,
        "content": publication.content,
        "replaces": replaces,
        "reason": reason,
        "account_id": maker if maker is not None else actor.account_id,
        "approved_by": actor.account_id if maker is not None else None,
        "at": now,
    }
    try:
        made: int = connection.execute(sa.insert(revisions).values(row).returning(revisions.c.id)).scalar_one()
    except IntegrityError as error:  # somebody else was faster by a moment
        raise Outdated from error
    action = "撤下" if publication.content is None else "发布"
    after = {"revision": made, "replaces": replaces, "reason": reason, "prepared_by": maker}
    after |= {"draft": draft[0]} if draft else {}
    record(connection, actor, action, f"{publication.subject.label} {publication.name}", now, after=after)
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_notify(PUBLISHED, str(made))))
    return made


def current_publications(connection: sa.Connection) -> tuple[Publication, ...]:
    query = sa.select(revisions).where(revisions.c.id.in_(_newest_of_each())).order_by(revisions.c.id)
    rows = connection.execute(query).all()
    return tuple(Publication(Subject(row.subject), row.name, row.content) for row in rows)


def _head(connection: sa.Connection, subject: Subject, name: str) -> int:
    query = sa.select(sa.func.max(revisions.c.id)).where(revisions.c.subject == str(subject), revisions.c.name == name)
    found: int | None = connection.execute(query).scalar_one()
    return found or 0


def _newest_of_each() -> sa.Select[tuple[int]]:
    return sa.select(sa.func.max(revisions.c.id)).group_by(revisions.c.subject, revisions.c.name)


def _named() -> sa.Select[Any]:
    maker, approver = accounts.alias(), accounts.alias()
    joined = revisions.outerjoin(maker, maker.c.id == revisions.c.account_id)
    joined = joined.outerjoin(approver, approver.c.id == revisions.c.approved_by)
    return sa.select(revisions, maker.c.display.label("who"), approver.c.display.label("approver")).select_from(joined)


def _revision(row: sa.Row[Any]) -> Revision:
    who, approved_by = row.who or "命令行", row.approver or ""
    return from_row(Revision, row, subject=Subject(row.subject), who=who, approved_by=approved_by)
