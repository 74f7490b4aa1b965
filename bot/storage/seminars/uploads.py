"""Queries about files people have sent in."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.storage.conversations.questions import MAX_ID
from bot.storage.db.methods import Store, transacting
from bot.storage.db.work import execute, fetch_all, fetch_one, fetch_value
from bot.storage.tables.seminar import members, seminars, uploads
from handlers.domain.file import FileReading, Upload

SHOWN: tuple[sa.Column[Any], ...] = (
    uploads.c.id,
    uploads.c.name,
    uploads.c.size,
    uploads.c.reading,
    uploads.c.at,
    uploads.c.seminar_id,
    uploads.c.item,
)


class Uploads(Store):
    """Files with what was read from them. A file without a seminar is its sender's alone."""

    @transacting
    def add(
        self, connection: sa.Connection, person_id: int, name: str, data: bytes, reading: FileReading, now: datetime
    ) -> Upload:
        """Keep a file; the same content sent again before it is put anywhere is kept once."""
        digest = hashlib.sha256(data).hexdigest()
        twin = (uploads.c.person_id == person_id, uploads.c.digest == digest, uploads.c.seminar_id.is_(None))
        row = {"person_id": person_id, "name": name, "size": len(data), "digest": digest, "data": data, "at": now}
        values = row | {"reading": reading.model_dump(mode="json", exclude_defaults=True), "item": ""}
        found = connection.execute(sa.select(*SHOWN).where(*twin)).first()
        if found is None:
            found = connection.execute(sa.insert(uploads).values(values).returning(*SHOWN)).one()
        return _upload(found)

    async def used(self, person_id: int | None = None) -> int:
        """Bytes of all files of this sender; of everybody without one."""
        query = sa.select(sa.func.coalesce(sa.func.sum(uploads.c.size), 0))
        query = query if person_id is None else query.where(uploads.c.person_id == person_id)
        return await self._database.query(fetch_value(query))

    async def upload(self, person_id: int, upload_id: int) -> Upload | None:
        row = await self._database.query(fetch_one(_visible(person_id, upload_id, *SHOWN)))
        return _upload(row) if row else None

    async def content(self, person_id: int, upload_id: int) -> bytes | None:
        data = await self._database.query(fetch_value(_visible(person_id, upload_id, uploads.c.data)))
        return bytes(data) if data is not None else None

    async def content_of(self, upload_id: int) -> bytes | None:
        query = sa.select(uploads.c.data).where(uploads.c.id == upload_id)
        data = await self._database.query(fetch_value(query))
        return bytes(data) if data is not None else None

    async def put(self, upload_id: int, seminar_id: int, item: str) -> None:
        statement = sa.update(uploads).where(uploads.c.id == upload_id).values(seminar_id=seminar_id, item=item)
        await self._database.transact(execute(statement))

    async def of_seminar(self, seminar_id: int) -> tuple[Upload, ...]:
        query = sa.select(*SHOWN).where(uploads.c.seminar_id == seminar_id).order_by(uploads.c.id.desc())
        rows = await self._database.query(fetch_all(query))
        return tuple(map(_upload, rows))

    async def evidence(self, seminar_id: int) -> dict[str, dict[str, bytes]]:
        """The files of each checklist item by their names, the newest of each name."""
        query = sa.select(uploads.c.item, uploads.c.name, uploads.c.data)
        query = query.where(uploads.c.seminar_id == seminar_id, uploads.c.item != "").order_by(uploads.c.id)
        found: defaultdict[str, dict[str, bytes]] = defaultdict(dict)
        for row in await self._database.query(fetch_all(query)):
            found[row.item][row.name] = bytes(row.data)
        return dict(found)

    async def delete(self, upload_id: int) -> None:
        await self._database.transact(execute(sa.delete(uploads).where(uploads.c.id == upload_id)))

    async def purge(self, before: datetime, unplaced_before: datetime) -> int:
        """Forget files older than `before`, and those put nowhere since `unplaced_before`; returns how many."""
        old = sa.or_(uploads.c.at < before, sa.and_(uploads.c.seminar_id.is_(None), uploads.c.at < unplaced_before))
        return len(await self._database.transact(fetch_all(sa.delete(uploads).where(old).returning(uploads.c.id))))


def _visible(person_id: int, upload_id: int, *columns: Any) -> sa.Select[Any]:
    """A file that is this person's own and not placed yet, or belongs to a seminar they are a member of."""
    teams = (
        sa.select(members.c.seminar_id)
        .join(seminars, seminars.c.id == members.c.seminar_id)
        .where(members.c.person_id == person_id, seminars.c.removed_at.is_(None))
    )
    own = sa.and_(uploads.c.person_id == person_id, uploads.c.seminar_id.is_(None))
    allowed = sa.or_(own, uploads.c.seminar_id.in_(teams))
    return sa.select(*columns).where(uploads.c.id == min(max(upload_id, 0), MAX_ID), allowed)


def _upload(row: sa.Row[Any]) -> Upload:
    return Upload.model_validate(row._asdict())
