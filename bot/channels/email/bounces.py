"""Reports of mail that could not be delivered (RFC 3464), as they come back to the sender's mailbox."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, message_from_string, policy
from email.message import EmailMessage

from bot.storage.channels.mailboxes import EMAIL
from bot.storage.channels.sent_messages import ReportedFailure, SentMessages
from bot.storage.reminders.contact_addresses import ContactAddresses
from handlers.domain.messages import Address

MAX_BYTES = 5 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Bounce:
    mailbox: str
    gone: bool
    reason: str
    message_id: str = ""


def bounces(raw: bytes) -> tuple[Bounce, ...]:
    message = message_from_bytes(raw[:MAX_BYTES], policy=policy.default)
    own = _message_id(message)
    return tuple(found for part in _statuses(message) if (found := _bounce(part, own)))


async def take(raw: bytes, contact_addresses: ContactAddresses, sent: SentMessages, now: datetime) -> int:
    """Disable the mailboxes that are gone, and owe again what did not arrive; returns how many mailboxes."""
    found = bounces(raw)
    for bounce in found:
        if bounce.message_id:
            await sent.report(bounce.message_id, ReportedFailure(bounce.reason, gone=bounce.gone), now)
        elif bounce.gone:
            await contact_addresses.disable(Address(channel=EMAIL, id=bounce.mailbox), now)
    return len(found)


def _statuses(message: EmailMessage) -> Iterator[EmailMessage]:
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status":
            payload = part.get_payload()
            blocks = payload if isinstance(payload, list) else []
            yield from (block for block in blocks if isinstance(block, EmailMessage) and "Final-Recipient" in block)


def _message_id(message: EmailMessage) -> str:
    for part in message.walk():
        if part.get_content_type() == "message/rfc822":
            payload = part.get_payload()
            inner = payload[0] if isinstance(payload, list) and payload else None
            return str(inner["Message-ID"] or "").strip() if isinstance(inner, EmailMessage) else ""
        if part.get_content_type() == "text/rfc822-headers":
            return str(message_from_string(part.get_content(), policy=policy.default)["Message-ID"] or "").strip()
    return ""


def _bounce(block: EmailMessage, message_id: str) -> Bounce | None:
    recipient = str(block.get("Original-Recipient") or block["Final-Recipient"])
    mailbox = recipient.partition(";")[2].strip().strip("<>").lower()
    status, action = str(block.get("Status", "")).strip(), str(block.get("Action", "")).strip().lower()
    if not mailbox or action != "failed":
        return None
    return Bounce(
        mailbox, status.startswith("5"), f"bounce {status} {block.get('Diagnostic-Code', '')}"[:200], message_id
    )
