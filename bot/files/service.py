"""Uploads: inspected, read in a sandbox, stored for a configured time."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Protocol

import structlog

from bot.background.retrying import repeat
from bot.clock import Clock
from bot.files import texts
from bot.files.inspection import MEGABYTE, BadFile, clean_name, inspect
from bot.files.sandbox import IsolatedReader
from bot.storage.db.errors import StorageUnavailable
from bot.storage.seminars.seminars import Seminars
from bot.storage.seminars.uploads import Uploads
from handlers.domain.file import Upload
from handlers.domain.messages import Address, SentFile

QUOTA = 200 * MEGABYTE
TOTAL_QUOTA = 50 * QUOTA
UNPLACED = timedelta(days=1)
PURGE_EVERY_SECONDS = 3600.0

log = structlog.get_logger(__name__)


class ReceiveFile(Protocol):
    async def __call__(self, address: Address, name: str, data: bytes) -> SentFile:
        """A refused file carries the reason."""
        ...


class UploadService:
    def __init__(self, uploads: Uploads, seminars: Seminars, clock: Clock, days: int) -> None:
        """`days`: how long a file is kept."""
        self._uploads = uploads
        self._seminars = seminars
        self._clock = clock
        self._kept = timedelta(days=days)
        self._read = IsolatedReader()

    async def receive(self, address: Address, name: str, data: bytes) -> SentFile:
        name = clean_name(name)
        try:
            kept = await self._keep(address, name, data)
        except BadFile as error:
            return SentFile(name=name, problem=str(error))
        except StorageUnavailable as error:
            log.error("文件没有存下", reason=str(error))
            return SentFile(name=name, problem=texts.NOT_STORED)
        return SentFile(name=name, id=kept.id)

    async def _keep(self, address: Address, name: str, data: bytes) -> Upload:
        found = await asyncio.to_thread(inspect, name, data)
        reading = await self._read(found, data)
        person = await self._seminars.person(address, self._clock())
        if await self._uploads.used(person) + len(data) > QUOTA:
            raise BadFile(texts.QUOTA_USED.format(most=QUOTA // MEGABYTE))
        if await self._uploads.used() + len(data) > TOTAL_QUOTA:
            raise BadFile(texts.STORAGE_FULL)
        return await self._uploads.add(person, name, data, reading, self._clock())

    async def purge(self) -> int:
        """Deletes expired files; returns their number. Raises StorageUnavailable."""
        now = self._clock()
        gone = await self._uploads.purge(now - self._kept, now - UNPLACED)
        if gone:
            log.info("到期文件已删除", files=gone)
        return gone

    async def purge_forever(self) -> None:
        await repeat("到期文件", self.purge, PURGE_EVERY_SECONDS)
