"""`yanxiu channels`: diagnosis, menus, bounced mail."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import typer

from bot.cli import texts
from bot.cli.common import BAD_USAGE, FOUND_WRONG, CommandError, out, read_source, run, settings
from bot.clock import system_clock

channels_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="微信、企业微信、群机器人、邮件等渠道。")


@channels_app.command("doctor", epilog="例：yanxiu channels doctor")
def doctor() -> None:
    """逐个检查已配置的渠道：令牌、回调地址、IP白名单、密钥、菜单，并说明该去哪里改什么。"""
    if not run(_doctor(settings())):
        raise typer.Exit(FOUND_WRONG)


@channels_app.command("menu", epilog="例：yanxiu channels menu")
def publish_menu() -> None:
    """把菜单发布到微信公众号和企业微信应用。"""
    if not run(_menu(settings())):
        raise CommandError(texts.NO_MENU_CHANNEL, BAD_USAGE)


@channels_app.command("bounce", epilog="例：yanxiu channels bounce 退信.eml（邮件服务器也可用管道送来：-）")
def bounce(file: Annotated[str, typer.Argument(help="退信原文（RFC 3464），- 为标准输入")]) -> None:
    """读取退信：不存在的邮箱不再发送，没送到的提醒改走别的渠道。"""
    raw = read_source(file, texts.BOUNCE_UNREADABLE)
    count = run(_bounce(settings(), raw))
    out.print(texts.BOUNCES_HANDLED.format(count=count) if count else texts.NO_BOUNCE)


async def _doctor(configured: Any) -> bool:
    from bot.channels.registry import CHANNELS
    from handlers.texts.channels import CHANNEL_NAMES

    well, any_on = True, False
    async with _services() as services:
        for build in CHANNELS:
            try:
                channel = build(configured, services)
            except ValueError as error:
                out.print(texts.CHANNEL_SETTING.format(problem=error))
                well, any_on = False, True
                continue
            if channel is None:
                continue
            any_on = True
            out.print(CHANNEL_NAMES.get(channel.name, channel.name))
            for finding in await channel.diagnose():
                well = well and not finding.problem
                said = f"：{finding.problem or finding.note}" if finding.problem or finding.note else ""
                mark = "✗" if finding.problem else "✓" if finding.tried else "·"
                out.print(f"  {mark} {finding.what}{said}")
            await channel.close()
        for one in await services.incidents.all():
            name = CHANNEL_NAMES.get(one.channel, one.channel)
            out.print(texts.CHANNEL_INCIDENT.format(channel=name, at=one.last_at, times=one.times, text=one.text))
    if not any_on:
        out.print(texts.NO_CHANNELS)
    return well


async def _menu(configured: Any) -> bool:
    from bot.channels.base import HasMenu, SendError
    from bot.channels.registry import CHANNELS
    from bot.channels.tencent.api_client import PlatformError
    from handlers.texts.channels import CHANNEL_NAMES

    done = False
    async with _services() as services:
        for build in CHANNELS:
            channel = build(configured, services)
            if channel and isinstance(channel, HasMenu):
                name = CHANNEL_NAMES[channel.name]
                try:
                    await channel.publish_menu()
                except (PlatformError, SendError) as error:
                    raise ValueError(texts.MENU_FAILED.format(channel=name, reason=error)) from error
                finally:
                    await channel.close()
                out.print(texts.MENU_PUBLISHED.format(channel=name))
                done = True
    return done


async def _bounce(configured: Any, raw: bytes) -> int:
    from bot.channels.email.bounces import take

    async with _services() as services:
        return await take(raw, services.contact_addresses, services.sent, system_clock())


@asynccontextmanager
async def _services() -> AsyncIterator[Any]:
    from bot.channels.services import ChannelServices
    from bot.storage.conversations.inbox import Inbox
    from bot.storage.db.database import Database
    from bot.storage.migrations import upgrade_database
    from bot.storage.reminders.contact_addresses import ContactAddresses

    nothing: Any = None

    async with Database(settings().database_url) as database:
        await upgrade_database(database)
        yield ChannelServices.over(
            database,
            dispatch=nothing,
            dispatch_or_raise=nothing,
            fetch=nothing,
            receive=nothing,
            inbox=Inbox(database),
            contact_addresses=ContactAddresses(database),
            clock=system_clock,
        )
