"""Where people can be reached, and the mailboxes they confirm: what conversations know of the channels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from bot.channels.base import Channel, PermanentSendError, SendError
from bot.storage.channels.mailboxes import EMAIL, Mailboxes
from bot.storage.reminders.contact_addresses import ContactAddresses
from handlers.core.contact_ports import CodeCheck, CodeSent, ContactRoute
from handlers.domain.messages import Address
from handlers.texts import channels as channel_texts


@runtime_checkable
class SendsCodes(Protocol):
    async def send_code(self, mailbox: str, code: str) -> None: ...


class ChannelContactRoutes:
    """`channels` is asked at each call: channels are built after the conversations that ask for them."""

    def __init__(self, contact_addresses: ContactAddresses, channels: Callable[[], Sequence[Channel]]) -> None:
        self._contact_addresses = contact_addresses
        self._channels = channels

    async def of_person(self, person_id: int, first: str) -> tuple[ContactRoute, ...]:
        held = await self._contact_addresses.of_person(person_id)
        order = {channel.name: place for place, channel in enumerate(self._channels())}
        known = sorted(held, key=lambda one: (one[0].channel != first, order.get(one[0].channel, len(order))))
        return tuple(
            [ContactRoute(address, await self._unavailable_reason(address, since)) for address, since in known]
        )

    async def _unavailable_reason(self, address: Address, disabled_at: datetime | None) -> str:
        channel = next((one for one in self._channels() if one.name == address.channel), None)
        if channel is None:
            return channel_texts.CHANNEL_OFF
        if disabled_at:
            return channel_texts.MAIL_DISABLED if address.channel == EMAIL else channel_texts.WAY_DISABLED
        return await channel.unavailable_reason(address.id)


class MailboxService:
    def __init__(self, mailboxes: Mailboxes, channels: Callable[[], Sequence[Channel]]) -> None:
        self._mailboxes = mailboxes
        self._channels = channels

    @property
    def available(self) -> bool:
        return self._sender is not None

    async def ask(self, person_id: int, mailbox: str, now: datetime) -> CodeSent:
        sender = self._sender
        if sender is None:
            return CodeSent.OFF
        code = await self._mailboxes.ask(person_id, mailbox, now)
        if code is None:
            return CodeSent.TOO_OFTEN
        try:
            await sender.send_code(mailbox, code)
        except PermanentSendError:
            return CodeSent.REFUSED
        except SendError:
            return CodeSent.FAILED
        return CodeSent.SENT

    async def confirm(self, person_id: int, code: str, now: datetime) -> CodeCheck:
        return await self._mailboxes.confirm(person_id, code, now)

    async def of_person(self, person_id: int) -> tuple[str, ...]:
        return await self._mailboxes.of_person(person_id)

    async def take_off(self, person_id: int, mailbox: str) -> None:
        if mailbox in await self._mailboxes.of_person(person_id):
            await self._mailboxes.forget(mailbox)

    @property
    def _sender(self) -> SendsCodes | None:
        return next((channel for channel in self._channels() if isinstance(channel, SendsCodes)), None)
