"""Writing to people who have not just written: customer-service messages while the window is open, else a template."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from bot.channels.base import AwaySendError, SendError, TemporarySendError, UncertainSendError
from bot.channels.numbered_choices import blocks
from bot.channels.services import ChannelServices
from bot.channels.tencent.api_client import Fetched, PlatformApi, PlatformError
from bot.channels.tencent.outbox_sender import AnswerPart
from bot.channels.text_splitting import pack, utf8_cost
from bot.channels.wechat.errors import NOT_ALLOWED, WINDOW_CLOSED, meaning
from bot.channels.wechat.messages import AFTER_MESSAGE, NAME, WINDOW
from bot.storage.channels.quotas import NOBODY, QuotaGrant
from handlers.domain.messages import Address, Notification
from handlers.texts import channels as channel_texts
from knowledge.rules.results import chinese_date

TEXT_LIMIT = 2047
"""Longest text, in UTF-8 bytes, of a response and of a customer-service message."""
RESERVE = 1
"""So many messages of the window are kept for the last reminder."""
TEMPLATES_A_DAY = 100_000
TEMPLATE = "template"
LIMITS = {"thing": 20, "short_thing": 5, "const": 20, "phrase": 5, "character_string": 32}
"""Longest value of a template's field, in characters, by the field's kind."""


async def stable_token(api: PlatformApi, app_id: str, secret: str, *, force: bool) -> Fetched:
    """A token through WeChat's interface that gives everybody the same one."""
    asked = {"grant_type": "client_credential", "appid": app_id, "secret": secret, "force_refresh": force}
    found = await api.request("/cgi-bin/stable_token", asked)
    return Fetched(str(found["access_token"]), int(found["expires_in"]))


@dataclass(frozen=True, slots=True)
class MessageTemplate:
    id: str
    fields: Mapping[str, str]

    def data(self, notification: Notification, today: date) -> dict[str, dict[str, str]]:
        """The fields as WeChat takes them, each cut to what its kind allows."""
        due = notification.due or today
        choices = notification.reply.choices
        hint = channel_texts.TEMPLATE_HINT.format(label=choices[0].label) if choices else channel_texts.TEMPLATE_ANY
        values = {
            "seminar": notification.seminar or channel_texts.TEMPLATE_NO_SEMINAR,
            "subject": notification.subject,
            "due": chinese_date(due),
            "hint": hint,
        }
        return {field: {"value": _fitting(field, values.get(name, name))} for field, name in self.fields.items()}


class WeChatSender:
    def __init__(self, api: PlatformApi, services: ChannelServices, template: MessageTemplate) -> None:
        self._api = api
        self._services = services
        self.template = template

    async def push(self, address_id: str, notification: Notification) -> None:
        """In full while the window is open, else as a template message. Raises SendError."""
        parts = pack(blocks(notification.reply, pushed=True), TEXT_LIMIT, utf8_cost)
        keep = 0 if notification.last else RESERVE
        if await self._take(address_id, len(parts), keep) and await self._in_full(address_id, parts):
            return
        if not self.template.id:
            raise AwaySendError("window closed, no template", why=channel_texts.WECHAT_WINDOW_CLOSED)
        await self._send_template(address_id, notification)

    async def answer(self, address_id: str, part: AnswerPart) -> None:
        """A part of an answer, while the window is open; the last that it takes says how to go on. Raises SendError."""
        last = not await self._take(address_id, 1, RESERVE + 1)
        if last and not await self._take(address_id, 1, RESERVE):
            raise AwaySendError("window closed", why=channel_texts.WECHAT_WINDOW_CLOSED)
        below = f"\n{channel_texts.MORE_TO_READ}" if last and part.more else ""
        try:
            await self._send_text(address_id, part.text + below)
        except SendError as error:
            await self._give_back(address_id, 1, error)
            raise

    async def follows(self, address_id: str) -> bool:
        """Whether a part of an answer could be sent now: the account may, and the window has room."""
        held = await self._services.quotas.held(_address(address_id), WINDOW, self._services.clock())
        return (
            held is not None
            and held.left > RESERVE
            and not await self._services.incidents.stands(NAME, str(NOT_ALLOWED))
        )

    async def unavailable_reason(self, address_id: str) -> str:
        if self.template.id:
            return ""
        held = await self._services.quotas.held(_address(address_id), WINDOW, self._services.clock())
        return "" if held and held.left > RESERVE else channel_texts.WECHAT_WINDOW_CLOSED

    async def _take(self, address_id: str, messages: int, keep: int) -> bool:
        now = self._services.clock()
        return await self._services.quotas.take(_address(address_id), WINDOW, messages, now, keep)

    async def _give_back(self, address_id: str, messages: int, error: SendError) -> None:
        """What a failed call has not used up; nobody knows of the first where its fate is not known."""
        unused = messages - isinstance(error, UncertainSendError)
        if unused and not isinstance(error, AwaySendError):
            await self._services.quotas.give_back(_address(address_id), WINDOW, unused, AFTER_MESSAGE)

    async def _in_full(self, address_id: str, parts: Sequence[str]) -> bool:
        """False where WeChat says that the window is closed after all."""
        for number, part in enumerate(parts):
            try:
                await self._send_text(address_id, part)
            except asyncio.CancelledError:
                await self._give_back(address_id, len(parts) - number, UncertainSendError("cancelled"))
                raise
            except SendError as error:
                await self._give_back(address_id, len(parts) - number, error)
                if number:
                    raise UncertainSendError("only a part has been sent") from error
                if isinstance(error, AwaySendError):
                    return False
                raise
        return True

    async def _send_text(self, address_id: str, text: str) -> None:
        message = {"touser": address_id, "msgtype": "text", "text": {"content": text}}
        await self._call(address_id, "/cgi-bin/message/custom/send", message)

    async def _send_template(self, address_id: str, notification: Notification) -> None:
        """As long as today's are not used up. Raises SendError."""
        now = self._services.clock()
        midnight = datetime.combine(now.date() + timedelta(days=1), time(), now.tzinfo)
        daily = QuotaGrant(TEMPLATE, TEMPLATES_A_DAY, midnight)
        again_at = await self._services.quotas.take_all(Address(channel=NAME, id=NOBODY), [daily], now)
        if again_at:
            raise AwaySendError("no template messages left today", why=channel_texts.WECHAT_NO_QUOTA)
        data = self.template.data(notification, now.date())
        message = {"touser": address_id, "template_id": self.template.id, "data": data}
        try:
            sent = await self._call(address_id, "/cgi-bin/message/template/send", message)
        except SendError as error:
            if not isinstance(error, UncertainSendError):
                await self._services.quotas.give_back(Address(channel=NAME, id=NOBODY), TEMPLATE, 1, TEMPLATES_A_DAY)
            raise
        address = _address(address_id)
        if not await self._services.sent.note(str(sent.get("msgid", "")), address, self._services.clock()):
            raise TemporarySendError("WeChat has reported a failure already")

    async def _call(self, address_id: str, path: str, message: Mapping[str, object]) -> dict[str, Any]:
        try:
            return await self._api.call(path, message)
        except PlatformError as error:
            found = meaning(error)
            if error.code in WINDOW_CLOSED:
                await self._services.quotas.exhaust(_address(address_id), WINDOW)
            await found.tell_staff(self._services, NAME, f"{error.code} {path.split('/')[-2]}")
            raise found.error from error


def _address(address_id: str) -> Address:
    return Address(channel=NAME, id=address_id)


def _fitting(field: str, value: str) -> str:
    kind = field.rstrip("0123456789")
    limit = LIMITS.get(kind)
    plain = " ".join(value.split())
    return plain if limit is None or len(plain) <= limit else f"{plain[: limit - 1]}…"
