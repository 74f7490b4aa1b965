"""What channels are built with."""

from __future__ import annotations

from dataclasses import dataclass

from bot.channels.base import Dispatch
from bot.clock import Clock
from bot.documents.service import FetchFile
from bot.files.service import ReceiveFile
from bot.storage.channels.access_tokens import Tokens
from bot.storage.channels.download_links import Downloads
from bot.storage.channels.incidents import Troubles
from bot.storage.channels.mailboxes import Mailboxes
from bot.storage.channels.outbox import Outbox
from bot.storage.channels.quotas import Allowances
from bot.storage.channels.sent_messages import SentMessages
from bot.storage.channels.webhook_deliveries import Arrivals
from bot.storage.conversations.inbox import Inbox
from bot.storage.db.database import Database
from bot.storage.reminders.contact_addresses import Reachability


@dataclass(frozen=True)
class Services:
    """The way in, files, and what is kept for all processes together."""

    dispatch: Dispatch
    patiently: Dispatch
    """The same for channels that note a message before they answer it. Raises StorageUnavailable."""
    fetch: FetchFile
    receive: ReceiveFile
    inbox: Inbox
    reach: Reachability
    arrivals: Arrivals
    outbox: Outbox
    allowances: Allowances
    tokens: Tokens
    downloads: Downloads
    sent: SentMessages
    troubles: Troubles
    mailboxes: Mailboxes
    clock: Clock

    @classmethod
    def over(
        cls,
        database: Database,
        dispatch: Dispatch,
        patiently: Dispatch,
        fetch: FetchFile,
        receive: ReceiveFile,
        inbox: Inbox,
        reach: Reachability,
        clock: Clock,
    ) -> Services:
        """All of them, over one database."""
        kept = (
            Arrivals(database),
            Outbox(database),
            Allowances(database),
            Tokens(database),
            Downloads(database),
            SentMessages(database),
        )
        told = (Troubles(database), Mailboxes(database))
        return cls(dispatch, patiently, fetch, receive, inbox, reach, *kept, *told, clock)
