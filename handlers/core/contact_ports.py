"""What conversations need to know of where people can be reached, implemented in `bot.channels.contact_routes`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from handlers.domain.messages import Address


@dataclass(frozen=True, slots=True)
class ContactRoute:
    """One of a person's addresses: what to call it, and why nothing gets there now (empty where it does)."""

    address: Address
    unavailable_reason: str = ""


class ContactRoutes(Protocol):
    async def of_person(self, person_id: int, first: str) -> tuple[ContactRoute, ...]:
        """In the order they are tried, those on the channel `first` before the others."""


class CodeSent(StrEnum):
    SENT = "sent"
    TOO_OFTEN = "too_often"
    FAILED = "failed"
    REFUSED = "refused"
    OFF = "off"


class CodeCheck(StrEnum):
    """What became of a code; OVER where none holds: none was asked for, it is too old, or was tried too often."""

    YES = "yes"
    WRONG = "wrong"
    OVER = "over"


class MailboxVerification(Protocol):
    @property
    def available(self) -> bool: ...
    async def ask(self, person_id: int, mailbox: str, now: datetime) -> CodeSent: ...
    async def confirm(self, person_id: int, code: str, now: datetime) -> CodeCheck: ...
    async def of_person(self, person_id: int) -> tuple[str, ...]: ...
    async def take_off(self, person_id: int, mailbox: str) -> None: ...
