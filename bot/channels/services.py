"""What channels are built with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from bot.channels.base import Dispatch
from bot.clock import Clock
from bot.documents.service import FetchFile
from bot.files.service import ReceiveFile
from bot.storage.channels.access_tokens import Tokens
from bot.storage.channels.download_links import Downloads
from bot.storage.channels.incidents import ChannelIncidents
from bot.storage.channels.mailboxes import Mailboxes
from bot.storage.channels.outbox import Outbox
from bot.storage.channels.quotas import Quotas
from bot.storage.channels.sent_messages import SentMessages
from bot.storage.channels.webhook_deliveries import WebhookDeliveries
from bot.storage.conversations.inbox import Inbox
from bot.storage.db.database import Database
from bot.storage.reminders.contact_addresses import ContactAddresses


@dataclass(frozen=True, kw_only=True)
class ChannelServices:
    dispatch: Dispatch
    dispatch_or_raise: Dispatch
    """The same for channels that note a message before they answer it. Raises StorageUnavailable."""
    fetch: FetchFile
    receive: ReceiveFile
    inbox: Inbox
    contact_addresses: ContactAddresses
    webhook_deliveries: WebhookDeliveries
    outbox: Outbox
    quotas: Quotas
    tokens: Tokens
    downloads: Downloads
    sent: SentMessages
    incidents: ChannelIncidents
    mailboxes: Mailboxes
    clock: Clock

    @classmethod
    def over(
        cls,
        database: Database,
        *,
        dispatch: Dispatch,
        dispatch_or_raise: Dispatch,
        fetch: FetchFile,
        receive: ReceiveFile,
        inbox: Inbox,
        contact_addresses: ContactAddresses,
        clock: Clock,
    ) -> Self:
        return cls(
            dispatch=dispatch,
            dispatch_or_raise=dispatch_or_raise,
            fetch=fetch,
            receive=receive,
            inbox=inbox,
            contact_addresses=contact_addresses,
            webhook_deliveries=WebhookDeliveries(database),
            outbox=Outbox(database),
            quotas=Quotas(database),
            tokens=Tokens(database),
            downloads=Downloads(database),
            sent=SentMessages(database),
            incidents=ChannelIncidents(database),
            mailboxes=Mailboxes(database),
            clock=clock,
        )
