"""The whole application behind a WeChat account of strict servers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import sqlalchemy as sa
from aiohttp.test_utils import TestServer

from bot.app import build_reminders, build_web
from bot.channels.base import Channel, Dispatch
from bot.channels.registry import build_channels
from bot.channels.services import ChannelServices
from bot.channels.webchat import WebChat
from bot.core import Core
from bot.reminders.delivery import ReminderLoop
from bot.storage.db.work import fetch_value
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
    async with FakeWeChat(clock, mode) as wechat:
        settings = wechat_settings(folder, wechat, **changes)

        def build(services: ChannelServices) -> Sequence[Channel]:
            replaced = replace(services, dispatch_or_raise=dispatch) if dispatch else services
            return build_channels(settings, replaced)

        async with whole(folder, clock=clock, build=build) as core:
            [channel] = core.channels
            async with TestServer(build_web(core, settings, WebChat(), core.channels)) as server:
                wechat.callback = str(server.make_url("/wechat"))
                running = asyncio.create_task(channel.run())
                yield Office(core, wechat, clock, build_reminders(core, core.channels), channel)
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)


async def disabled(at: Office) -> int:
    query = sa.select(sa.func.count()).where(addresses.c.disabled_at.is_not(None))
    return int(await at.core.database.query(fetch_value(query)))
