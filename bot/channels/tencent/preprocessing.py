"""What channels without buttons and with files of their own do to a message before it is dispatched."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from bot.channels.base import TemporarySendError
from bot.channels.numbered_choices import chosen
from bot.channels.services import ChannelServices
from bot.channels.tencent.api_client import PlatformApi, PlatformError
from handlers.domain.messages import Incoming, Reply, SentFile
from handlers.texts import channels as channel_texts

RECENT = 6
"""So many exchanges are looked at for the choice that a number names."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Conversing:
    services: ChannelServices
    api: PlatformApi

    async def ask(self, incoming: Incoming) -> tuple[Reply, ...]:
        """The same again for the same message. Raises StorageUnavailable."""
        return await self.services.dispatch_or_raise(await self._with_file(await self._choosing(incoming)))

    async def _choosing(self, incoming: Incoming) -> Incoming:
        if not incoming.text or incoming.choice or incoming.file or incoming.spoken:
            return incoming
        exchanges = await self.services.inbox.transcript(incoming.address, RECENT)
        token = chosen(incoming.text, [(e.replies, e.pushed) for e in reversed(exchanges) if e.replies])
        return incoming.model_copy(update={"choice": token}) if token else incoming

    async def _with_file(self, incoming: Incoming) -> Incoming:
        file = incoming.file
        if file is None or not file.ref:
            return incoming
        try:
            data = await self.api.media("/cgi-bin/media/get", media_id=file.ref)
        except (PlatformError, TemporarySendError) as error:
            log.warning("收到的文件没能取到", channel=incoming.address.channel, reason=str(error))
            return incoming.model_copy(update={"file": SentFile(name=file.name, problem=channel_texts.NOT_FETCHED)})
        kept = await self.services.receive(incoming.address, file.name, data)
        return incoming.model_copy(update={"file": kept})
