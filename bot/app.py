"""The composition root: the core, its channels and loops, the web server."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable, Sequence

import structlog
from aiohttp import web

from bot.channels.base import Channel
from bot.channels.registry import build_channels
from bot.channels.robot import RobotChannel
from bot.channels.webchat import WebChat
from bot.clock import Clock, system_clock
from bot.core import Core, open_core
from bot.reminders.delivery import ReminderLoop
from bot.reminders.metrics import ReminderMetrics
from bot.reminders.push import Push
from bot.reminders.rate_limit import RateLimiter
from bot.reminders.services import kept_in_the_conversation
from bot.settings import Settings
from bot.staff.group_digest import GroupBoard
from bot.storage.staff.accounts import Purpose, StaffRole
from bot.storage.staff.audit import Actor
from bot.web.app import build_app
from bot.web.deps import Deps
from bot.web.metrics import Metrics
from bot.web.staff.routes import add_console

FIRST_ADMINISTRATOR = "admin"
COLLECT_AFTER = (50_000, 20, 50)

log = structlog.get_logger(__name__)


class PortTaken(Exception):
    """The web server's port cannot be bound."""


def build_web(
    core: Core,
    settings: Settings,
    webchat: WebChat,
    channels: Sequence[Channel],
    alive: Callable[[], bool] = lambda: True,
    metrics: Metrics | None = None,
) -> web.Application:
    routes = [route for channel in channels for route in channel.routes()]
    metrics = metrics or Metrics()
    app = build_app(
        Deps(core=core, webchat=webchat, metrics=metrics, public_url=settings.public_url, alive=alive), routes
    )
    add_console(app, core.desk, settings.public_url, [channel.name for channel in channels])
    return app


async def serve(settings: Settings, stop: asyncio.Event, clock: Clock = system_clock) -> None:
    """Run everything until `stop`. Raises StorageUnavailable, KnowledgeError, PortTaken, ValueError."""
    webchat = WebChat()
    async with open_core(
        settings, clock, build=lambda services: [*build_channels(settings, services), webchat]
    ) as core:
        metrics = Metrics()
        reminders = build_reminders(core, core.channels, ReminderMetrics(metrics.registry))
        channels = [channel for channel in core.channels if channel is not webchat]
        app = build_web(core, settings, webchat, channels, reminders.alive, metrics)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await _listen(runner, settings)
            await _invite_first(core, settings)
            freeze_gc()
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


def freeze_gc() -> None:
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


def build_reminders(core: Core, channels: Sequence[Channel], metrics: ReminderMetrics | None = None) -> ReminderLoop:
    held = core.reminders
    pushes: dict[str, Push] = {
        one.name: kept_in_the_conversation(one, core.inbox, core.clock) if one.keeps_pushes else one.push
        for one in channels
    }
    rate_limiter = RateLimiter(held.rate_limits, {channel.name: channel.rate_limit for channel in channels})
    return ReminderLoop(held.queue, held.contact_addresses, core.answering, pushes, rate_limiter, core.clock, metrics)


async def _run_until(stop: asyncio.Event, channels: Sequence[Channel], core: Core, reminders: ReminderLoop) -> None:
    work = {channel.name: channel.run for channel in channels}
    work |= {"purge": core.files.purge_forever, "reminders": reminders.run, "replan": core.reminders.replan_once}
    work["knowledge"] = core.desk.live_knowledge.run
    for channel in channels:
        if board := group_board(core, channel):
            work["group board"] = board.run
    tasks = [asyncio.create_task(_supervised(name, run), name=name) for name, run in work.items()]
    await stop.wait()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def group_board(core: Core, channel: Channel) -> GroupBoard | None:
    if not isinstance(channel, RobotChannel):
        return None
    return GroupBoard(core.desk, core.seminars, channel.name, channel.groups)


async def _supervised(name: str, run: Callable[[], Awaitable[None]]) -> None:
    try:
        await run()
    except Exception:
        log.exception("后台工作意外停止", name=name)
