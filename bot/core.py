"""The core every channel shares: storage, knowledge, conversations, the desk of staff."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from bot.channels.contact_routes import ChannelContactRoutes, MailboxService
from bot.channels.services import Services
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
from bot.storage.conversations.flows import Flows
from bot.storage.conversations.inbox import Inbox
from bot.storage.conversations.store import SqlStore
from bot.storage.db.database import Database
from bot.storage.migrations import upgrade_database
from bot.storage.seminars.private_links import Links
from bot.storage.seminars.reminder_planning import ReminderPlan
from bot.storage.seminars.seminars import Seminars
from bot.storage.seminars.teams import Teams
from bot.storage.seminars.uploads import Uploads
from handlers.domain.reminder_schedule import all_reminders
from handlers.router import Router
from knowledge.answering.engine import Engine
from knowledge.loading import load_knowledge
from knowledge.model.snapshot import Knowledge


@dataclass(frozen=True)
class Core:
    """What every channel shares."""

    database: Database
    store: SqlStore
    seminars: Seminars
    inbox: Inbox
    dispatch: Dispatcher
    documents: DocumentService
    links: Links
    files: UploadService
    reminders: ReminderServices
    answering: AnswerService
    clock: Clock
    desk: StaffServices
    services: Services
    contact_routes: ChannelContactRoutes
    mail: MailboxService


def load_engine(knowledge: Knowledge) -> Engine:
    """The engine with the sentence model, where that is installed. Takes seconds."""
    return Engine(knowledge, load_semantic())


@asynccontextmanager
async def open_core(
    settings: Settings, clock: Clock = system_clock, engine: Engine | None = None
) -> AsyncIterator[Core]:
    """Open the database (migrating it) and put conversations together; a given `engine` is used as it is.

    Raises StorageUnavailable and KnowledgeError.
    """
    async with Database(settings.database_url) as database:
        await upgrade_database(database)
        shipped = engine.knowledge if engine else await asyncio.to_thread(load_knowledge)
        answering = AnswerService(engine if engine else await asyncio.to_thread(load_engine, shipped))
        store, inbox = SqlStore(database), Inbox(database)
        desk: StaffServices | None = None
        try:
            plan = ReminderPlan(database, partial(all_reminders, lambda: answering.knowledge, SHANGHAI), clock)
            seminars, teams = Seminars(database, plan), Teams(database, plan)
            links, flows, uploads = Links(database), Flows(database), Uploads(database)
            documents = DocumentService(seminars, uploads, answering, clock)
            files = UploadService(uploads, seminars, clock, settings.upload_days)
            reminders = ReminderServices.over(database, plan)
            desk = StaffServices.over(
                *(database, shipped, answering, seminars, plan, reminders.reports, clock),
                second_person=settings.staff_second_person,
            )
            await desk.live_knowledge.refresh()
            stores = (seminars, flows, teams, documents, links, uploads, plan, reminders.reports)
            contact_routes, mail = (
                ChannelContactRoutes(reminders.contact_addresses),
                MailboxService(Mailboxes(database)),
            )
            router = Router(
                *(store, answering, *stores, StaffChat(desk, seminars), mail, contact_routes),
                file_days=settings.upload_days,
                public_url=settings.public_url,
                local_url=settings.local_url,
            )
            dispatch = Dispatcher(inbox, clock, router)
            ways_in = (dispatch, dispatch.dispatch_or_raise, documents.fetch, files.receive)
            services = Services.over(database, *ways_in, inbox, reminders.contact_addresses, clock)
            held = (documents, links, files, reminders)
            talking = (services, contact_routes, mail)
            yield Core(database, store, seminars, inbox, dispatch, *held, answering, clock, desk, *talking)
        finally:
            if desk:
                await desk.reading.close()
            await store.close()
            answering.close()
