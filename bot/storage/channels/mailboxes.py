"""Mail addresses: named, confirmed by a code, unsubscribed from."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.storage.access.one_time_secrets import SecretPurpose, SecretScope, digits, issue, link_token
from bot.storage.conversations.conversations import of_address
from bot.storage.db.digests import digest
from bot.storage.db.methods import Store, transacting
from bot.storage.db.work import fetch_value, fetch_values
from bot.storage.staff.audit import lock
from bot.storage.tables.access import one_time_secrets
from bot.storage.tables.channel import confirmation_mails, mailboxes
from bot.storage.tables.seminar import addresses
from handlers.core.contact_ports import CodeCheck
from handlers.domain.messages import Address

EMAIL = "email"
HOLDS = timedelta(minutes=10)
TRIES = 5
DIGITS = 6
WINDOW = timedelta(hours=1)
MOST_MAILS = 5
"""To one mailbox, and for one person, within the window."""


class Mailboxes(Store):
    @transacting
    def ask(self, connection: sa.Connection, person_id: int, mailbox: str, now: datetime) -> str | None:
        """A code to mail; it replaces the one before. None where too many have been mailed lately."""
        recent = sa.select(sa.func.count()).where(confirmation_mails.c.at > now - WINDOW)
        lock(connection)
        connection.execute(sa.delete(confirmation_mails).where(confirmation_mails.c.at <= now - WINDOW))
        for mine in (confirmation_mails.c.address_id == mailbox, confirmation_mails.c.person_id == person_id):
            if connection.execute(recent.where(mine)).scalar_one() >= MOST_MAILS:
                return None
        connection.execute(sa.insert(confirmation_mails).values(person_id=person_id, address_id=mailbox, at=now))
        secret = issue(
            connection,
            lambda: f"{digits(DIGITS)}:{mailbox}",
            _confirmation(person_id),
            now,
            expires_at=now + HOLDS,
            detail={"mailbox": mailbox},
            replace=True,
        )
        return secret[:DIGITS]

    @transacting
    def confirm(self, connection: sa.Connection, person_id: int, code: str, now: datetime) -> CodeCheck:
        mine = _confirmation(person_id).condition
        row = connection.execute(sa.select(one_time_secrets).where(mine).with_for_update()).one_or_none()
        if row is None or row.expires_at <= now or row.tries >= TRIES:
            return CodeCheck.OVER
        mailbox = row.detail["mailbox"]
        if not hmac.compare_digest(row.digest, digest(f"{code}:{mailbox}")):
            connection.execute(sa.update(one_time_secrets).where(mine).values(tries=row.tries + 1))
            return CodeCheck.WRONG
        connection.execute(sa.delete(one_time_secrets).where(mine))
        owned = {"person_id": person_id, "disabled_at": None}
        put = self._database.insert(addresses).values(channel=EMAIL, address_id=mailbox, **owned)
        put = put.on_conflict_do_update(index_elements=["channel", "address_id"], set_=owned)
        connection.execute(put)
        held = {"address_id": mailbox, "secret": link_token(), "confirmed_at": now}
        box = self._database.insert(mailboxes).values(held)
        connection.execute(box.on_conflict_do_update(index_elements=["address_id"], set_=held))
        return CodeCheck.YES

    async def of_person(self, person_id: int) -> tuple[str, ...]:
        mine = sa.and_(addresses.c.person_id == person_id, addresses.c.channel == EMAIL)
        query = sa.select(addresses.c.address_id).where(mine).order_by(addresses.c.address_id)
        return tuple(await self._database.query(fetch_values(query)))

    async def secret(self, mailbox: str) -> str | None:
        """For the unsubscribe link; None where the mailbox is not confirmed."""
        query = sa.select(mailboxes.c.secret).where(mailboxes.c.address_id == mailbox)
        return await self._database.query(fetch_value(query))

    async def of_secret(self, secret: str) -> str | None:
        query = sa.select(mailboxes.c.address_id).where(mailboxes.c.secret == secret)
        return await self._database.query(fetch_value(query))

    @transacting
    def forget(self, connection: sa.Connection, mailbox: str) -> bool:
        """It is nobody's address any more. False where it was not."""
        address = Address(channel=EMAIL, id=mailbox)
        gone = sa.delete(addresses).where(of_address(addresses, address)).returning(addresses.c.person_id)
        was = connection.execute(gone).one_or_none()
        connection.execute(sa.delete(mailboxes).where(mailboxes.c.address_id == mailbox))
        return was is not None


def _confirmation(person_id: int) -> SecretScope:
    return SecretScope(purpose=SecretPurpose.CONFIRM_MAILBOX, person_id=person_id)
