"""Everything a conversation works with, built once."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.core.contact_ports import ContactRoutes, MailboxVerification
from handlers.core.ports import Answering, ConversationStore, FlowStore, ForwardedQuestions, QuestionLog, StaffChatPort
from handlers.core.seminar_ports import (
    Documents,
    LinkStore,
    ReminderLog,
    ReminderStore,
    SeminarStore,
    TeamStore,
    UploadStore,
)


@dataclass(frozen=True, kw_only=True)
class ConversationServices:
    conversations: ConversationStore
    questions: QuestionLog
    forwarded_questions: ForwardedQuestions
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
    """What links begin with, without a slash at the end; empty where none is set."""
    local_url: str
    """Where this machine itself reaches the web server; empty where there is none."""
    file_days: int
