"""The knowledge of the moment in every process: what ships, with what staff have published laid over it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime

import structlog
from pydantic import ValidationError

from bot.background.retrying import repeat
from bot.engine.service import AnswerService
from bot.storage.staff.revisions import Revisions
from knowledge.model.snapshot import Knowledge
from knowledge.publications import Publication, overlaid

PAUSE_SECONDS = 1.0
"""How often to look for a publication that was not heard of."""
AGAIN_SECONDS = 2.0

log = structlog.get_logger(__name__)


class LiveKnowledge:
    def __init__(
        self, shipped: Knowledge, revisions: Revisions, answering: AnswerService, replan: Callable[[], Awaitable[None]]
    ) -> None:
        """`replan` brings every reminder in line with the knowledge that has just been swapped in."""
        self.shipped = shipped
        self._revisions = revisions
        self._answering = answering
        self._replan = replan
        self._shown = self._replanned = 0
        self._swapping = asyncio.Lock()

    def overlaid(self, published: Iterable[Publication]) -> Knowledge:
        """What ships with these publications laid over it. Raises ValidationError."""
        return overlaid(self.shipped, published)

    async def as_at(self, moment: datetime) -> Knowledge:
        current = await self._revisions.current(moment)
        return self.overlaid(one.publication for one in current)

    async def with_change(self, change: Publication) -> Knowledge:
        """The current knowledge as one more publication would make it. Raises ValidationError."""
        kept = [one.publication for one in await self._revisions.current()]
        return self.overlaid([*kept, change])

    async def refresh(self) -> None:
        """Swap in what has been published. Raises StorageUnavailable."""
        async with self._swapping:
            current = await self._revisions.current()
            newest = max((one.id for one in current), default=0)
            if newest == self._shown:
                return
            try:
                knowledge = self.overlaid(one.publication for one in current)
            except ValidationError:
                log.exception("已发布的内容读不出来，继续用原来的知识", revision=newest)
                return
            self._answering.swap(await asyncio.to_thread(self._answering.engine.renewed, knowledge))
            self._shown = newest
            log.info("知识已更新", revision=newest, knowledge=knowledge.revision)

    async def run(self) -> None:
        self._replanned = self._shown
        await repeat("已发布的内容", self._follow, AGAIN_SECONDS)

    async def _follow(self) -> None:
        async for _ in self._revisions.changes(PAUSE_SECONDS):
            await self.refresh()
            if self._shown != self._replanned:  # whoever swapped it in: seminars may have been planned meanwhile
                shown = self._shown
                await self._replan()
                self._replanned = shown
