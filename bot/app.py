"""The composition root: settings → storage, knowledge, router, channels, web server."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

import structlog
from aiohttp import web

from bot.answering import Answering
from bot.channels.base import Channel
from bot.channels.catalogue import CHANNELS
from bot.channels.services import Services
from bot.channels.webchat import WebChat
from bot.clock import SHANGHAI, Clock, system_clock
from bot.desk import Desk
from bot.dispatch import Dispatcher
from bot.documents.service import DocumentService
from bot.embedding import Stopped, cached_fit, load_embedder
from bot.pacing import Traffic
from bot.remembering import Remembering, kept_in_the_conversation
from bot.reminder_metrics import ReminderMetrics
from bot.reminders import Push, ReminderLoop
from bot.settings import Settings
from bot.staff_chat import StaffChat
from bot.storage.accounts import Purpose, StaffRole
from bot.storage.allowances import Allowances
from bot.storage.audit import Actor
from bot.storage.database import Database
from bot.storage.downloads import Downloads
from bot.storage.errors import StorageUnavailable
from bot.storage.flows import Flows
from bot.storage.inbox import Inbox
from bot.storage.links import Links
from bot.storage.mailboxes import Mailboxes
from bot.storage.migrations import upgrade_database
from bot.storage.outbox import Outbox
from bot.storage.reminder_plan import ReminderPlan
from bot.storage.seminars import Seminars
from bot.storage.store import SqlStore
from bot.storage.teams import Teams
from bot.storage.tokens import Tokens
from bot.storage.troubles import Troubles
from bot.storage.uploads import Uploads
from bot.uploads.service import UploadService
from bot.web.app import build_app
from bot.web.metrics import Metrics
from bot.web.ports import AskPort, HealthPort, TranscriptPort, Turn
from bot.web.private import FetchLinked, private_routes
from bot.web.staff.routes import add_console
from handlers.ask import answer_and_log
from handlers.messages import Address, Reply
from handlers.reminding import all_reminders
from handlers.router import Router
from handlers.seminar import LinkPurpose
from handlers.start import welcome
from knowledge.answering.engine import Engine
from knowledge.loading import Knowledge, load_knowledge

API_ADDRESS = Address(channel="api", id="ask")
TRANSCRIPT_TURNS = 200
FIRST_ADMINISTRATOR = "admin"
COLLECT_AFTER = (50_000, 20, 50)
"""Objects of each generation before it is collected."""

log = structlog.get_logger(__name__)


class PortTaken(Exception):
    """The web server's port cannot be bound."""


@dataclass(frozen=True)
class Core:
    """What every channel shares."""

    database: Database
    store: SqlStore
    inbox: Inbox
    dispatch: Dispatcher
    documents: DocumentService
    links: Links
    files: UploadService
    remembering: Remembering
    answering: Answering
    clock: Clock
    desk: Desk
    services: Services
    sharpened: asyncio.Task[None]
    """Done when the sentence model is in use (or cannot be)."""


def load_engine(knowledge: Knowledge, cache: Path, stop: threading.Event | None = None) -> Engine | None:
    """The engine with the sentence model; None where the model is not installed. Slow the first time."""
    embed = load_embedder(cache, stop)
    return Engine(knowledge, embed, cached_fit(cache)) if embed else None


@asynccontextmanager
async def open_core(
    settings: Settings, clock: Clock = system_clock, engine: Engine | None = None
) -> AsyncIterator[Core]:
    """Open the database (migrating it) and put conversations together.

    Answers by words at once, and by meaning too as soon as the sentence model is ready; a given
    `engine` is used as it is. Raises StorageUnavailable and KnowledgeError.
    """
    shipped = engine.knowledge if engine else await asyncio.to_thread(load_knowledge)
    answering = Answering(engine if engine else await asyncio.to_thread(Engine, shipped))
    async with Database(settings.database_url) as database:
        await upgrade_database(database)
        store, inbox = SqlStore(database), Inbox(database)
        stop = threading.Event()
        sharpening = asyncio.sleep(0) if engine else _sharpen(answering, settings.cache_dir, stop)
        sharpened = asyncio.create_task(sharpening, name="sentence model")
        desk: Desk | None = None
        try:
            plan = ReminderPlan(database, partial(all_reminders, lambda: answering.knowledge, SHANGHAI), clock)
            seminars, teams = Seminars(database, plan), Teams(database, plan)
            links, flows, uploads = Links(database), Flows(database), Uploads(database)
            documents = DocumentService(seminars, uploads, answering, clock)
            files = UploadService(uploads, seminars, clock, settings.upload_days)
            remembering = Remembering.over(database, plan)
            desk = Desk.over(
                *(database, shipped, answering, seminars, plan, remembering.reports, clock),
                second_person=settings.staff_second_person,
            )
            await desk.snapshots.refresh()
            stores = (seminars, flows, teams, documents, links, uploads, plan, remembering.reports)
            router = Router(
                *(store, answering, *stores, StaffChat(desk, seminars)),
                file_days=settings.upload_days,
                public_url=settings.public_url,
                local_url=settings.local_url,
            )
            dispatch = Dispatcher(inbox, clock, router)
            kept = (Outbox(database), Allowances(database), Tokens(database), Downloads(database))
            services = Services(
                *(dispatch, documents.fetch, files.receive, inbox, remembering.reach, *kept),
                *(Troubles(database), Mailboxes(database), clock),
            )
            held = (documents, links, files, remembering)
            yield Core(database, store, inbox, dispatch, *held, answering, clock, desk, services, sharpened)
        finally:
            stop.set()
            await sharpened
            if desk:
                await desk.reading.close()
            await store.close()
            answering.close()


async def _sharpen(answering: Answering, cache: Path, stop: threading.Event) -> None:
    """Swap in the engine with the sentence model; without it, words alone go on answering."""
    try:
        engine = await asyncio.to_thread(load_engine, answering.knowledge, cache, stop)
    except Stopped:
        return
    except Exception:
        log.exception("语义模型无法使用，只按字词匹配回答")
        return
    if engine:
        while answering.knowledge is not engine.knowledge:  # something was published meanwhile
            engine = await asyncio.to_thread(engine.renewed, answering.knowledge)
        answering.swap(engine)


def build_web(
    core: Core,
    settings: Settings,
    webchat: WebChat,
    channels: list[Channel],
    alive: Callable[[], bool] = lambda: True,
    metrics: Metrics | None = None,
) -> web.Application:
    """The web application over a core; `alive` tells whether the loops are well."""
    routes = [route for channel in channels for route in channel.routes()]
    app = build_app(
        dispatch=core.dispatch,
        fetch=core.documents.fetch,
        receive=core.files.receive,
        ask=_ask_port(core),
        transcript=_transcript_port(core),
        health=_health_port(core),
        webchat=webchat,
        welcome=welcome(),
        public_url=settings.public_url,
        extra_routes=[*routes, *private_routes(_linked_port(core))],
        clock=core.clock,
        alive=alive,
        metrics=metrics,
        arrived=partial(_wake, core),
    )
    add_console(app, core.desk, settings.public_url)
    return app


def build_channels(core: Core, settings: Settings) -> list[Channel]:
    """The channels that the settings switch on, besides the web chat, in the order of reach. Raises ValueError."""
    built = (build(settings, core.services) for build in CHANNELS)
    return [channel for channel in built if channel]


async def serve(settings: Settings, stop: asyncio.Event, clock: Clock = system_clock) -> None:
    """Run everything until `stop`. Raises StorageUnavailable, KnowledgeError, PortTaken, ValueError."""
    async with open_core(settings, clock) as core:
        webchat = WebChat()
        channels = build_channels(core, settings)
        metrics = Metrics()
        reminders = build_reminders(core, [*channels, webchat], ReminderMetrics(metrics.registry))
        app = build_web(core, settings, webchat, channels, reminders.alive, metrics)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await _listen(runner, settings)
            await _invite_first(core, settings)
            leave_alone_what_stays()
            log.info("研修助手已启动", address=f"http://{settings.host}:{settings.port}")
            await _run_until(stop, [webchat, *channels], core, reminders)
        finally:
            await runner.cleanup()


async def _invite_first(core: Core, settings: Settings) -> None:
    """As long as nobody can sign in to the console, print the one-time link for its first administrator."""
    accounts, now = core.desk.accounts, core.clock()
    held = await accounts.all()
    if any(account.password for account in held):
        return
    first = next((account for account in held if account.name == FIRST_ADMINISTRATOR), None)
    if first is None:
        actor = Actor(None, "首次启动")
        first = await accounts.create(FIRST_ADMINISTRATOR, "管理员", StaffRole.ADMINISTRATOR, actor, now)
    token = await accounts.invite(first.id, Purpose.PASSWORD, now)
    base = settings.public_url.rstrip("/") or settings.local_url
    log.info("处室工作台还没有管理员，请用这个一次性链接设置密码（3天内有效）", link=f"{base}/staff/welcome/{token}")


def leave_alone_what_stays() -> None:
    """Keep the garbage collector off what was loaded at the start: it would look through all of it every time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


async def _listen(runner: web.AppRunner, settings: Settings) -> None:
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
    except OSError as error:
        raise PortTaken(
            f"无法在 {settings.host}:{settings.port} 监听（端口被占用或无权限），请改用 YANXIU_PORT 指定其他端口"
        ) from error


def build_reminders(core: Core, channels: list[Channel], metrics: ReminderMetrics | None = None) -> ReminderLoop:
    """The reminder loop over the channels that are on."""
    held = core.remembering
    pushes: dict[str, Push] = {
        one.name: kept_in_the_conversation(one, core.inbox, core.clock) if one.keeps_pushes else one.push
        for one in channels
    }
    traffic = Traffic(held.paces, {channel.name: channel.pace for channel in channels})
    return ReminderLoop(held.queue, held.reach, core.answering, pushes, traffic, core.clock, metrics)


async def _run_until(stop: asyncio.Event, channels: list[Channel], core: Core, reminders: ReminderLoop) -> None:
    """Each channel and loop in a supervised task; one that fails is logged and does not stop the others."""
    work = {channel.name: channel.run for channel in channels}
    work |= {"purge": core.files.purge_forever, "reminders": reminders.run, "replan": core.remembering.replan_once}
    work["knowledge"] = core.desk.snapshots.run
    tasks = [asyncio.create_task(_supervised(name, run), name=name) for name, run in work.items()]
    await stop.wait()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _supervised(name: str, run: Callable[[], Awaitable[None]]) -> None:
    try:
        await run()
    except Exception:
        log.exception("后台工作意外停止", name=name)


def _ask_port(core: Core) -> AskPort:
    async def ask(q: str, history: tuple[str, ...], as_of: date | None) -> Reply:
        return await answer_and_log(core.store, core.answering, API_ADDRESS, q, history, core.clock(), as_of)

    return ask


def _linked_port(core: Core) -> FetchLinked:
    async def linked(token: str, purpose: LinkPurpose) -> bytes | None:
        owner = await core.links.owner(token, purpose)
        file = await core.documents.linked(*owner, purpose) if owner else None
        return file.data if file else None

    return linked


def _transcript_port(core: Core) -> TranscriptPort:
    async def transcript(address: Address, after: int | None) -> tuple[Turn, ...]:
        exchanges = await core.inbox.transcript(address, TRANSCRIPT_TURNS, after or 0)
        return tuple(
            Turn(
                seq=e.seq,
                at=e.received_at,
                message_id=None if e.pushed else e.incoming.message_id,
                text=e.incoming.text,
                choice=e.incoming.choice,
                replies=e.replies,
            )
            for e in exchanges
        )

    return transcript


async def _wake(core: Core, address: Address) -> None:
    """Somebody has opened the page: what could not be delivered while it was closed is tried now."""
    try:
        await core.remembering.queue.wake(address, core.clock())
    except StorageUnavailable as error:
        log.warning("提醒暂时读不到数据库，稍后再试", reason=str(error))


def _health_port(core: Core) -> HealthPort:
    async def healthy() -> bool:
        try:
            await core.database.ping()
        except StorageUnavailable:
            return False
        return True

    return healthy
