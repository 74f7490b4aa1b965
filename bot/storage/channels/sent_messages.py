"""Messages whose fate is reported later: template messages, mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.storage.db.methods import Store, transacting
from bot.storage.reminders.contact_addresses import FailedDelivery, requeue_delivery
from bot.storage.tables.channel import sent_messages
from handlers.domain.messages import Address

KEPT = timedelta(days=6)


@dataclass(frozen=True, slots=True)
class ReportedFailure:
    """Why a message did not arrive; `gone`: nothing will arrive there any more."""

    reason: str
    gone: bool


class SentMessages(Store):
    @transacting
    def note(self, connection: sa.Connection, name: str, address: Address, now: datetime) -> bool:
        """It has been sent. False where it has been reported as failed already."""
        row = {"name": name, "channel": address.channel, "address_id": address.id, "at": now, "failed": False}
        put = self._database.insert(sent_messages).values(row).on_conflict_do_nothing()
        early = sa.delete(sent_messages).where(sent_messages.c.name == name, sent_messages.c.channel == "")
        connection.execute(sa.delete(sent_messages).where(sent_messages.c.at < now - KEPT))
        report = connection.execute(early.returning(sent_messages.c.failed)).one_or_none()
        if report is None:
            connection.execute(put)
        return report is None or not report.failed

    @transacting
    def report(self, connection: sa.Connection, name: str, failure: ReportedFailure | None, now: datetime) -> bool:
        """What did not arrive is owed again, once. False where it is just being noted: ask again soon."""
        gone = sa.delete(sent_messages).where(sent_messages.c.name == name, sent_messages.c.channel != "")
        row = {"name": name, "channel": "", "address_id": "", "at": now, "failed": failure is not None}
        unknown = self._database.insert(sent_messages).values(row).on_conflict_do_nothing()
        sent = connection.execute(gone.returning(sent_messages)).one_or_none()
        if sent is None:
            connection.execute(unknown)
        elif failure:
            address = Address(channel=sent.channel, id=sent.address_id)
            owed = FailedDelivery(address, failure.reason, gone=failure.gone, sent_at=sent.at)
            if not requeue_delivery(connection, owed, now):
                connection.execute(self._database.insert(sent_messages).values(sent._asdict()))
                return False
        return True
