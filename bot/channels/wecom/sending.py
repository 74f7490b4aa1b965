"""Writing to members: within thirty messages a minute and a thousand an hour, which WeCom drops without a word."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot.channels.base import AwaySendError, PermanentSendError, SendError, TemporarySendError, UncertainSendError
from bot.channels.services import ChannelServices
from bot.channels.tencent.api_client import PlatformApi, PlatformError
from bot.channels.tencent.outbox_sender import AnswerPart
from bot.channels.wecom.errors import invisible, meaning
from bot.channels.wecom.messages import NAME
from bot.channels.wecom.rendering import content, parts, text_card
from bot.storage.channels.quotas import QuotaGrant
from handlers.domain.messages import Address, Attachment, Notification
from handlers.texts import channels as channel_texts
from handlers.texts import conversation as texts

MINUTE, HOUR = "minute", "hour"
A_MINUTE, AN_HOUR = 15, 500
"""Half of what WeCom allows a member: two windows that begin with their first message fit into any minute or hour."""
MAX_FILE_BYTES = 20 * 1024 * 1024


class WeComSender:
    def __init__(
        self, api: PlatformApi, services: ChannelServices, agent_id: int, public_url: str, *, markdown: bool
    ) -> None:
        self._api = api
        self._services = services
        self._agent_id = agent_id
        self._public_url = public_url.rstrip("/")
        self._markdown = markdown

    async def push(self, member: str, notification: Notification) -> None:
        """All of it, or nothing where there is no room for it now. Raises SendError."""
        messages = parts([notification.reply], pushed=True, markdown=self._markdown)
        if await self._room_at(member, len(messages)):
            raise AwaySendError("member's limit", why=channel_texts.WECOM_TOO_MANY)
        for number, part in enumerate(messages):
            try:
                await self._send(member, await self._body(member, part))
            except SendError as error:
                await self._give_back(member, len(messages) - number, error)
                if number == 0:
                    raise
                raise UncertainSendError("only a part has been sent") from error

    async def answer(self, member: str, part: AnswerPart) -> None:
        room_at = await self._room_at(member, 1)
        if room_at:
            raise TemporarySendError("member's limit", room_at)
        try:
            await self._send(member, await self._body(member, part))
        except SendError as error:
            await self._give_back(member, 1, error)
            raise

    async def _give_back(self, member: str, messages: int, error: SendError) -> None:
        unused = messages - isinstance(error, UncertainSendError)
        for name, most in ((MINUTE, A_MINUTE), (HOUR, AN_HOUR)) if unused else ():
            await self._services.quotas.give_back(Address(channel=NAME, id=member), name, unused, most)

    async def _room_at(self, member: str, messages: int) -> float:
        """Seconds until there is room for so many; nothing where there is, and it is taken."""
        now, address = self._services.clock(), Address(channel=NAME, id=member)
        grants = [
            QuotaGrant(MINUTE, A_MINUTE, now + timedelta(minutes=1)),
            QuotaGrant(HOUR, AN_HOUR, now + timedelta(hours=1)),
        ]
        again_at = await self._services.quotas.take_all(address, grants, now, messages)
        return max((again_at - now).total_seconds(), 0.001) if again_at else 0.0

    async def _body(self, member: str, part: AnswerPart) -> dict[str, Any]:
        return await self._file(member, part.file) if part.file else content(part, markdown=self._markdown)

    async def _file(self, member: str, attachment: Attachment) -> dict[str, Any]:
        address = Address(channel=NAME, id=member)
        file = await self._services.fetch(address, attachment.token)
        if file is None:
            return {"msgtype": "text", "text": {"content": texts.FILE_UNAVAILABLE}}
        if len(file.data) <= MAX_FILE_BYTES:
            try:
                kept = await self._api.upload("/cgi-bin/media/upload", file.name, file.data, type="file")
            except PlatformError as error:
                raise await self._told(member, error) from error
            return {"msgtype": "file", "file": {"media_id": kept["media_id"]}}
        if not self._public_url:
            return {"msgtype": "text", "text": {"content": channel_texts.FILE_ELSEWHERE.format(name=file.name)}}
        secret = await self._services.downloads.open(address, attachment.token, self._services.clock())
        return text_card(file.name, f"{self._public_url}/download/{secret}")

    async def _send(self, member: str, body: Mapping[str, Any]) -> None:
        message = {"touser": member, "agentid": self._agent_id, **body}
        try:
            found = await self._api.call("/cgi-bin/message/send", message)
        except PlatformError as error:
            raise await self._told(member, error) from error
        if found.get("invaliduser"):
            refused = invisible(member, "invaliduser")
            await refused.tell_staff(self._services, NAME, f"member {member}")
            raise refused.error

    async def _told(self, member: str, error: PlatformError) -> SendError:
        found = meaning(error, member)
        kind = f"member {member}" if isinstance(found.error, PermanentSendError) else str(error.code)
        await found.tell_staff(self._services, NAME, kind)
        return found.error
