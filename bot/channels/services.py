"""What channels are built with."""

from __future__ import annotations

from dataclasses import dataclass

from bot.channels.base import Dispatch
from bot.clock import Clock
from bot.documents.service import FetchFile
from bot.storage.allowances import Allowances
from bot.storage.arrivals import Arrivals
from bot.storage.database import Database
from bot.storage.downloads import Downloads
from bot.storage.inbox import Inbox
from bot.storage.mailboxes import Mailboxes
from bot.storage.outbox import Outbox
from bot.storage.reachability import Reachability
from bot.storage.sent_messages import SentMessages
from bot.storage.tokens import Tokens
from bot.storage.troubles import Troubles
from bot.uploads.service import ReceiveFile


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
