"""The whole application behind a WeChat account of strict servers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import sqlalchemy as sa
from aiohttp.test_utils import TestServer

from bot.app import build_channels, build_reminders, build_web
from bot.channels.base import Channel, Dispatch
from bot.channels.webchat import WebChat
from bot.core import Core
from bot.reminders.delivery import ReminderLoop
from bot.storage.tables.seminar import addresses
from tests.support.application import whole
from tests.support.channel_settings import wechat_settings
from tests.support.fake_wechat import FakeWeChat
from tests.support.ticking import Ticking


@dataclass
class Office:
    """The assistant behind a WeChat account."""

    core: Core
    wechat: FakeWeChat
    clock: Ticking
    reminders: ReminderLoop
    channel: Channel


@asynccontextmanager
async def office(
    folder: Path, mode: str = "safe", dispatch: Dispatch | None = None, clock: Ticking | None = None, **changes: object
) -> AsyncIterator[Office]:
    clock = clock or Ticking()
    async with FakeWeChat(clock, mode) as wechat, whole(folder, clock=clock) as core:
        settings = wechat_settings(folder, wechat, **changes)
        if dispatch:
            core = replace(core, services=replace(core.services, dispatch_or_raise=dispatch))
        channels = build_channels(core, settings)
        app = build_web(core, settings, WebChat(), channels)
        [channel] = channels
        async with TestServer(app) as server:
            wechat.callback = str(server.make_url("/wechat"))
            running = asyncio.create_task(channel.run())
            yield Office(core, wechat, clock, build_reminders(core, channels), channel)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def disabled(at: Office) -> int:
    query = sa.select(sa.func.count()).where(addresses.c.disabled_at.is_not(None))
    async with at.core.database.read() as connection:
        return int((await connection.execute(query)).scalar_one())
