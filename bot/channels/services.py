"""What channels are built with."""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(kw_only=True)
class Services:
    database: Database
    dispatch: Dispatch
    dispatch_or_raise: Dispatch
    """The same for channels that note a message before they answer it. Raises StorageUnavailable."""
    fetch: FetchFile
    receive: ReceiveFile
    inbox: Inbox
    contact_addresses: ContactAddresses
    clock: Clock

    def __post_init__(self) -> None:
        self.webhook_deliveries = WebhookDeliveries(self.database)
        self.outbox = Outbox(self.database)
        self.quotas = Quotas(self.database)
        self.tokens = Tokens(self.database)
        self.downloads = Downloads(self.database)
        self.sent = SentMessages(self.database)
        self.incidents = ChannelIncidents(self.database)
        self.mailboxes = Mailboxes(self.database)
