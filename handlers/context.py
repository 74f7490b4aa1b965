"""What one message is handled with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from handlers.messages import Address, Incoming
from handlers.ports import Answering, Documents, FeedStore, FlowStore, SeminarStore, Store, TeamStore, UploadStore


@dataclass(frozen=True, slots=True)
class Context:
    """The message, the moment, the knowledge of that moment and the conversation's memory."""

    incoming: Incoming
    now: datetime
    store: Store
    answering: Answering
    seminars: SeminarStore
    flows: FlowStore
    teams: TeamStore
    documents: Documents
    feeds: FeedStore
    uploads: UploadStore
    public_url: str
    file_days: int
    """How many days a file that was sent in is kept."""

    @property
    def address(self) -> Address:
        """Who is talking."""
        return self.incoming.address
