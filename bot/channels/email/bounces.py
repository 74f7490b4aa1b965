"""Reports of mail that could not be delivered (RFC 3464), as they come back to the sender's mailbox."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

from bot.storage.mailboxes import EMAIL
from bot.storage.reachability import Reachability
from handlers.messages import Address

MAX_BYTES = 5 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Bounce:
    """A mailbox that took no mail; `gone` where it never will."""

    mailbox: str
    gone: bool
    reason: str


def bounces(raw: bytes) -> tuple[Bounce, ...]:
    """The failures a report tells of; none where it is no such report."""
    message = message_from_bytes(raw[:MAX_BYTES], policy=policy.default)
    return tuple(found for part in _statuses(message) if (found := _bounce(part)))


async def take(raw: bytes, reach: Reachability, now: datetime) -> int:
    """Disable the mailboxes that are gone, and owe again what did not arrive; returns how many mailboxes."""
    found = bounces(raw)
    for bounce in found:
        await reach.bounced(Address(channel=EMAIL, id=bounce.mailbox), bounce.reason, now, gone=bounce.gone)
    return len(found)


def _statuses(message: EmailMessage) -> Iterator[EmailMessage]:
    """The blocks about single recipients."""
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status":
            payload = part.get_payload()
            blocks = payload if isinstance(payload, list) else []
            yield from (block for block in blocks if isinstance(block, EmailMessage) and "Final-Recipient" in block)


def _bounce(block: EmailMessage) -> Bounce | None:
    recipient = str(block.get("Original-Recipient") or block["Final-Recipient"])
    mailbox = recipient.partition(";")[2].strip().strip("<>").lower()
    status, action = str(block.get("Status", "")).strip(), str(block.get("Action", "")).strip().lower()
    if not mailbox or action != "failed":
        return None
    return Bounce(mailbox, status.startswith("5"), f"bounce {status} {block.get('Diagnostic-Code', '')}"[:200])
