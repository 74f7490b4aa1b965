"""Taking files in: inspected, read in a process of their own, kept for a time that is a setting."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Protocol

import structlog

from bot.background.retrying import repeat
from bot.clock import Clock
from bot.files.inspection import MEGABYTE, BadFile, clean_name, inspect
from bot.files.sandbox import IsolatedReader
from bot.storage.db.errors import StorageUnavailable
from bot.storage.seminars.seminars import Seminars
from bot.storage.seminars.uploads import Uploads
from handlers.domain.file import Upload
from handlers.domain.messages import Address, SentFile

QUOTA = 200 * MEGABYTE
"""All files of one sender together."""
ROOM = 50 * QUOTA
"""All files of everybody."""
FULL = "系统存放文件的空间满了，这个文件没有收下。请联系主管处室。"
NOT_KEPT = "系统暂时存不了文件，请稍后再发一次。"
UNPLACED = timedelta(days=1)
PURGE_EVERY_SECONDS = 3600.0

log = structlog.get_logger(__name__)


class ReceiveFile(Protocol):
    """How channels hand in the content of a file."""

    async def __call__(self, address: Address, name: str, data: bytes) -> SentFile:
        """The file as a message can carry it; one that is not taken carries its reason."""
        ...


class UploadService:
    """`ReceiveFile`, and the purge."""

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
            return SentFile(name=name, problem=NOT_KEPT)
        return SentFile(name=name, id=kept.id)

    async def _keep(self, address: Address, name: str, data: bytes) -> Upload:
        found = await asyncio.to_thread(inspect, name, data)
        reading = await self._read(found, data)
        person = await self._seminars.person(address, self._clock())
        if await self._uploads.used(person) + len(data) > QUOTA:
            raise BadFile(f"您的文件合计超过{QUOTA // MEGABYTE}MB了，请先在“材料文档”里删掉不用的。")
        if await self._uploads.used() + len(data) > ROOM:
            raise BadFile(FULL)
        return await self._uploads.add(person, name, data, reading, self._clock())

    async def purge(self) -> int:
        """Forget what is too old; returns how many files. Raises StorageUnavailable."""
        now = self._clock()
        gone = await self._uploads.purge(now - self._kept, now - UNPLACED)
        if gone:
            log.info("到期文件已删除", files=gone)
        return gone

    async def purge_forever(self) -> None:
        await repeat("到期文件", self.purge, PURGE_EVERY_SECONDS)
