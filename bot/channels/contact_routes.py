"""Where people can be reached, and the mailboxes they confirm: what conversations know of the channels."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from bot.channels.base import Channel, PermanentSendError, SendError
from bot.storage.channels.mailboxes import EMAIL, Mailboxes
from bot.storage.reminders.contact_addresses import ContactAddresses
from handlers.core.contact_ports import CodeCheck, CodeSent, ContactRoute
from handlers.domain.messages import Address
from handlers.texts import channels as channel_texts


class SendCode(Protocol):
    """How a confirmation code gets to a mailbox."""

    async def __call__(self, mailbox: str, code: str) -> None:
        """Raises SendError."""
        ...


@runtime_checkable
class SendsCodes(Protocol):
    """A channel that mails confirmation codes."""

    async def send_code(self, mailbox: str, code: str) -> None:
        """Raises SendError."""
        ...


class ChannelContactRoutes:
    """`handlers.core.ports.ContactRoutes`, over the channels that are on; none are until `use` names them."""

    def __init__(self, contact_addresses: ContactAddresses) -> None:
        self._contact_addresses = contact_addresses
        self._channels: dict[str, Channel] = {}

    def use(self, channels: Sequence[Channel]) -> None:
        """These are on, in the order in which they are tried."""
        self._channels = {channel.name: channel for channel in channels}

    async def of_person(self, person_id: int, first: str) -> tuple[ContactRoute, ...]:
        """A person's addresses in the order they are tried, those on the channel `first` before the others."""
        held = await self._contact_addresses.of_person(person_id)
        order = {name: place for place, name in enumerate(self._channels)}
        known = sorted(held, key=lambda one: (one[0].channel != first, order.get(one[0].channel, len(order))))
        return tuple(
            [ContactRoute(address, await self._unavailable_reason(address, since)) for address, since in known]
        )

    async def _unavailable_reason(self, address: Address, disabled_at: datetime | None) -> str:
        channel = self._channels.get(address.channel)
        if channel is None:
            return channel_texts.CHANNEL_OFF
        if disabled_at:
            return channel_texts.MAIL_DISABLED if address.channel == EMAIL else channel_texts.WAY_DISABLED
        return await channel.unavailable_reason(address.id)


class MailboxService:
    """`handlers.core.ports.MailboxVerification`; mail can be sent once `use` names a way."""

    def __init__(self, mailboxes: Mailboxes) -> None:
        self._mailboxes = mailboxes
        self._send: SendCode | None = None

    def use(self, send: SendCode) -> None:
        """Codes are mailed this way."""
        self._send = send

    @property
    def available(self) -> bool:
        """Whether mail can be sent at all."""
        return self._send is not None

    async def ask(self, person_id: int, mailbox: str, now: datetime) -> CodeSent:
        """Mail a code to an address somebody has named."""
        if self._send is None:
            return CodeSent.OFF
        code = await self._mailboxes.ask(person_id, mailbox, now)
        if code is None:
            return CodeSent.TOO_OFTEN
        try:
            await self._send(mailbox, code)
        except PermanentSendError:
            return CodeSent.REFUSED
        except SendError:
            return CodeSent.FAILED
        return CodeSent.SENT

    async def confirm(self, person_id: int, code: str, now: datetime) -> CodeCheck:
        """The right code makes the address theirs."""
        return await self._mailboxes.confirm(person_id, code, now)

    async def of_person(self, person_id: int) -> tuple[str, ...]:
        """The confirmed addresses of a person."""
        return await self._mailboxes.of_person(person_id)

    async def take_off(self, person_id: int, mailbox: str) -> None:
        """An address is theirs no more."""
        if mailbox in await self._mailboxes.of_person(person_id):
            await self._mailboxes.forget(mailbox)
