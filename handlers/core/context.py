"""What one message is handled with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from handlers.core.contact_ports import ContactRoutes, MailboxVerification
from handlers.core.ports import (
    Answering,
    Documents,
    FlowStore,
    LinkStore,
    ReminderLog,
    ReminderStore,
    SeminarStore,
    StaffChatPort,
    Store,
    TeamStore,
    UploadStore,
)
from handlers.domain.messages import Address, Incoming

LOCAL = frozenset({"web", "terminal"})
"""Channels whose people sit where the web server's own address works, unless a public one is set."""


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
    links: LinkStore
    uploads: UploadStore
    reminders: ReminderStore
    reminder_log: ReminderLog
    staff: StaffChatPort
    mailboxes: MailboxVerification
    contact_routes: ContactRoutes
    public_url: str
    local_url: str
    """Where this machine itself reaches the web server; empty where there is none."""
    file_days: int
    """How many days a file that was sent in is kept."""

    @property
    def link_base(self) -> str:
        """What links begin with for whoever is talking; empty where they could not open them."""
        return self.public_url or (self.local_url if self.address.channel in LOCAL else "")

    @property
    def address(self) -> Address:
        """Who is talking."""
        return self.incoming.address
