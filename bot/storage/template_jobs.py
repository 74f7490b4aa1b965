"""Template messages whose fate WeChat reports later."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.storage.channel_tables import template_jobs
from bot.storage.database import Database

KEPT = timedelta(days=3)


class TemplateJobs:
    """By the number the platform gives them; each is reported on once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(self, job: str, address_id: str, now: datetime) -> None:
        """It has been sent."""
        put = self._database.insert(template_jobs).values(job=job, address_id=address_id, at=now)
        async with self._database.write() as connection:
            await connection.execute(sa.delete(template_jobs).where(template_jobs.c.at < now - KEPT))
            await connection.execute(put.on_conflict_do_nothing())

    async def take(self, job: str) -> tuple[str, datetime] | None:
        """Whom it was sent to, and when; None where it is unknown or has been reported on."""
        gone = sa.delete(template_jobs).where(template_jobs.c.job == job).returning(template_jobs)
        async with self._database.write() as connection:
            row = (await connection.execute(gone)).one_or_none()
        return (row.address_id, row.at) if row else None
