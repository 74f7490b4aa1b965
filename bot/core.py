"""The core every channel shares: storage, knowledge, conversations, the desk of staff."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from bot.channels.base import Channel
from bot.channels.contact_routes import ChannelContactRoutes, MailboxService
from bot.channels.registry import BuildChannels, no_channels
from bot.channels.services import ChannelServices
from bot.clock import SHANGHAI, Clock, system_clock
from bot.dispatch import Dispatcher
from bot.documents.service import DocumentService
from bot.engine.sentence_model import load_semantic
from bot.engine.service import AnswerService
from bot.files.service import UploadService
from bot.reminders.services import ReminderServices
from bot.settings import Settings
from bot.staff.chat_access import StaffChat
from bot.staff.services import StaffServices
from bot.storage.channels.mailboxes import Mailboxes
from bot.storage.conversations.conversations import Conversations
from bot.storage.conversations.flows import Flows
from bot.storage.conversations.forwarded_questions import StaffQuestions
from bot.storage.conversations.inbox import Inbox
from bot.storage.conversations.questions import Questions
from bot.storage.db.database import Database
from bot.storage.migrations import upgrade_database
from bot.storage.seminars.private_links import Links
from bot.storage.seminars.reminder_planning import ReminderPlan
from bot.storage.seminars.seminars import Seminars
from bot.storage.seminars.teams import Teams
from bot.storage.seminars.uploads import Uploads
from handlers.core.services import ConversationServices
from handlers.domain.reminder_schedule import all_reminders
from handlers.router import Router
from knowledge.answering.engine import Engine
from knowledge.loading import load_knowledge
from knowledge.model.snapshot import Knowledge


@dataclass(frozen=True, kw_only=True)
class Stores:
    database: Database
    conversations: Conversations
    questions: Questions
    forwarded_questions: StaffQuestions
    flows: Flows
    inbox: Inbox
    seminars: Seminars
    teams: Teams
    uploads: Uploads
    links: Links
    reminders: ReminderServices

    @classmethod
    def over(cls, database: Database, answering: AnswerService, clock: Clock) -> Stores:
        plan = ReminderPlan(database, partial(all_reminders, lambda: answering.knowledge, SHANGHAI), clock)
        return cls(
            database=database,
            conversations=Conversations(database),
            questions=Questions(database),
            forwarded_questions=StaffQuestions(database),
            flows=Flows(database),
            inbox=Inbox(database),
            seminars=Seminars(database, plan),
            teams=Teams(database, plan),
            uploads=Uploads(database),
            links=Links(database),
            reminders=ReminderServices.over(database, plan),
        )


@dataclass(frozen=True, kw_only=True)
class Core(Stores):
    answering: AnswerService
    dispatch: Dispatcher
    documents: DocumentService
    files: UploadService
    desk: StaffServices
    services: ChannelServices
    channels: Sequence[Channel]
    """In the order in which they are tried."""
    clock: Clock


def load_engine(knowledge: Knowledge) -> Engine:
    """The engine with the sentence model, where that is installed. Takes seconds."""
    return Engine(knowledge, load_semantic())


@asynccontextmanager
async def open_core(
    settings: Settings, clock: Clock = system_clock, engine: Engine | None = None, build: BuildChannels = no_channels
) -> AsyncIterator[Core]:
    """Raises StorageUnavailable, KnowledgeError and what `build` raises."""
    async with Database(settings.database_url) as database:
        await upgrade_database(database)
        shipped = engine.knowledge if engine else await asyncio.to_thread(load_knowledge)
        answering = AnswerService(engine if engine else await asyncio.to_thread(load_engine, shipped))
        stores = Stores.over(database, answering, clock)
        core: Core | None = None
        try:
            core = _assemble(stores, settings, clock, shipped, answering, build)
            await core.desk.live_knowledge.refresh()
            yield core
        finally:
            if core:
                await core.desk.reading.close()
            await stores.questions.close()
            answering.close()


def _assemble(
    stores: Stores,
    settings: Settings,
    clock: Clock,
    shipped: Knowledge,
    answering: AnswerService,
    build: BuildChannels,
) -> Core:
    """Channels come last, as they hand messages in; who asks for them before that holds a way to look."""
    channels: Sequence[Channel]
    documents = DocumentService(stores.seminars, stores.uploads, answering, clock)
    files = UploadService(stores.uploads, stores.seminars, clock, settings.upload_days)
    desk = StaffServices.over(
        database=stores.database,
        shipped=shipped,
        answering=answering,
        seminars=stores.seminars,
        plan=stores.reminders.plan,
        reports=stores.reminders.reports,
        clock=clock,
        second_person=settings.staff_second_person,
    )
    router = Router(_conversation_services(stores, settings, answering, documents, desk, lambda: channels))
    dispatch = Dispatcher(stores.inbox, clock, router)
    services = ChannelServices.over(
        stores.database,
        dispatch=dispatch,
        dispatch_or_raise=dispatch.dispatch_or_raise,
        fetch=documents.fetch,
        receive=files.receive,
        inbox=stores.inbox,
        contact_addresses=stores.reminders.contact_addresses,
        clock=clock,
    )
    channels = build(services)
    return Core(
        **vars(stores),
        answering=answering,
        dispatch=dispatch,
        documents=documents,
        files=files,
        desk=desk,
        services=services,
        channels=channels,
        clock=clock,
    )


def _conversation_services(
    stores: Stores,
    settings: Settings,
    answering: AnswerService,
    documents: DocumentService,
    desk: StaffServices,
    channels: Callable[[], Sequence[Channel]],
) -> ConversationServices:
    return ConversationServices(
        conversations=stores.conversations,
        questions=stores.questions,
        forwarded_questions=stores.forwarded_questions,
        answering=answering,
        seminars=stores.seminars,
        flows=stores.flows,
        teams=stores.teams,
        documents=documents,
        links=stores.links,
        uploads=stores.uploads,
        reminders=stores.reminders.plan,
        reminder_log=stores.reminders.reports,
        staff=StaffChat(desk, stores.seminars),
        mailboxes=MailboxService(Mailboxes(stores.database), channels),
        contact_routes=ChannelContactRoutes(stores.reminders.contact_addresses, channels),
        public_url=settings.public_url.rstrip("/"),
        local_url=settings.local_url,
        file_days=settings.upload_days,
    )
