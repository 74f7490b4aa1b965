"""A robot in a department's WeCom group: the weekly board and urgent lists, one way, never anything personal."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from urllib.parse import urlsplit

import aiohttp

from bot.channels.base import (
    Channel,
    Diagnosis,
    PermanentSendError,
    RateLimit,
    SendError,
    TemporarySendError,
    UncertainSendError,
)
from bot.channels.services import ChannelServices
from bot.channels.text_splitting import pack, utf8_cost
from bot.settings import Settings
from handlers.domain.messages import Notification
from handlers.texts import channel_setup as setup_texts
from handlers.texts import channels as channel_texts

NAME = "robot"
TEXT_LIMIT = 2048
"""Longest text, in UTF-8 bytes."""
TIMEOUT = aiohttp.ClientTimeout(total=10)
TOO_MANY = frozenset({45009, 45033, 130101})
PENALTY_SECONDS = 600.0
"""A robot that has written too often is left alone by WeCom for about ten minutes."""
NO_SUCH_ROBOT = frozenset({93000, 93004, 93008})


def build(settings: Settings, services: ChannelServices) -> Channel | None:
    if not settings.robot_webhooks:
        return None
    webhooks = {group: url.get_secret_value() for group, url in settings.robot_webhooks.items()}
    for group, url in webhooks.items():
        if urlsplit(url).scheme not in {"http", "https"} or "key=" not in url:
            raise ValueError(setup_texts.ROBOT_BAD_ADDRESS.format(group=group))
    return RobotChannel(webhooks, services)


class RobotChannel(Channel):
    """Groups by the name of their department; the addresses behind them are secrets and stay in here."""

    name = NAME
    rate_limit = RateLimit(every=timedelta(seconds=3), in_chat=timedelta(seconds=3))
    """Twenty messages a minute."""

    def __init__(self, webhooks: dict[str, str], services: ChannelServices) -> None:
        self._webhooks = webhooks
        self._services = services

    @property
    def groups(self) -> tuple[str, ...]:
        return tuple(self._webhooks)

    async def diagnose(self) -> tuple[Diagnosis, ...]:
        """Only the addresses: any look at a robot would write into its group."""
        names = [setup_texts.ROBOT_GROUP.format(group=group) for group in self._webhooks]
        return tuple(Diagnosis(name, note=setup_texts.ROBOT_NOT_TRIED, tried=False) for name in names)

    async def unavailable_reason(self, address_id: str) -> str:
        return "" if address_id in self._webhooks else channel_texts.CHANNEL_OFF

    async def push(self, address_id: str, notification: Notification) -> None:
        url = self._webhooks.get(address_id)
        if url is None:
            raise PermanentSendError("no such robot")
        blocks = notification.reply.text.split("\n\n")
        for number, text in enumerate(pack(blocks, TEXT_LIMIT, utf8_cost)):
            if number:
                await asyncio.sleep(self.rate_limit.in_chat.total_seconds())
            try:
                await self._post(address_id, url, text)
            except SendError as error:
                if number == 0:
                    raise
                raise UncertainSendError("only a part has been sent") from error

    async def _post(self, group: str, url: str, text: str) -> None:
        body = json.dumps({"msgtype": "text", "text": {"content": text}}, ensure_ascii=False).encode("utf-8", "ignore")
        headers = {"Content-Type": "application/json"}
        try:
            async with (
                aiohttp.ClientSession(timeout=TIMEOUT) as session,
                session.post(url, data=body, headers=headers) as response,
            ):
                status, answer = response.status, await response.read()
        except (aiohttp.ClientConnectorError, aiohttp.InvalidURL) as error:
            raise TemporarySendError(f"robot: {type(error).__name__}") from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise UncertainSendError(f"robot: {type(error).__name__}") from None
        await self._check(group, status, answer)

    async def _check(self, group: str, status: int, answer: bytes) -> None:
        try:
            code = int(json.loads(answer)["errcode"])
        except (ValueError, KeyError, TypeError):
            raise TemporarySendError(f"robot: HTTP {status}") from None
        if code in TOO_MANY:
            raise TemporarySendError(f"robot: {code}", PENALTY_SECONDS)
        if code in NO_SUCH_ROBOT:
            now = self._services.clock()
            await self._services.incidents.note(NAME, group, setup_texts.ROBOT_GONE.format(group=group), now)
            raise PermanentSendError(f"robot: {code}")
        if code:
            raise TemporarySendError(f"robot: {code}")
