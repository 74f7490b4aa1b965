"""`yanxiu channels`: are the channels set up rightly, the menu, mail that came back."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.common import BAD_USAGE, FOUND_WRONG, CommandError, out, plain_errors, settings
from bot.clock import system_clock

channels_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="微信、企业微信、群机器人、邮件等渠道。")


@channels_app.command("doctor", epilog="例：yanxiu channels doctor")
def doctor() -> None:
    """逐个检查已配置的渠道：令牌、回调地址、IP白名单、密钥、菜单，并说明该去哪里改什么。"""
    with plain_errors():
        well = asyncio.run(_doctor(settings()))
    if not well:
        raise typer.Exit(FOUND_WRONG)


@channels_app.command("menu", epilog="例：yanxiu channels menu")
def publish_menu() -> None:
    """把菜单发布到微信公众号和企业微信应用。"""
    with plain_errors():
        done = asyncio.run(_menu(settings()))
    if not done:
        raise CommandError("没有配置微信公众号或企业微信，没有地方发布菜单", BAD_USAGE)


@channels_app.command("bounce", epilog="例：yanxiu channels bounce 退信.eml（邮件服务器也可用管道送来：-）")
def bounce(file: Annotated[str, typer.Argument(help="退信原文（RFC 3464），- 为标准输入")]) -> None:
    """读取退信：不存在的邮箱不再发送，没送到的提醒改走别的渠道。"""
    try:
        raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise CommandError(f"读不了 {file}：{error.strerror}", BAD_USAGE) from error
    with plain_errors():
        count = asyncio.run(_bounce(settings(), raw))
    out.print(f"已处理{count}个退信地址。" if count else "这不是退信，或没有失败的收件人，什么都没有改。")


async def _doctor(configured: Any) -> bool:
    from bot.channels.registry import CHANNELS
    from handlers.texts.channels import CHANNEL_NAMES

    well, any_on = True, False
    async with _services() as services:
        for build in CHANNELS:
            try:
                channel = build(configured, services)
            except ValueError as error:
                out.print(f"✗ 设置：{error}")
                well, any_on = False, True
                continue
            if channel is None:
                continue
            any_on = True
            out.print(f"{CHANNEL_NAMES.get(channel.name, channel.name)}")
            for finding in await channel.diagnose():
                well = well and not finding.problem
                said = f"：{finding.problem or finding.note}" if finding.problem or finding.note else ""
                mark = "✗" if finding.problem else "✓" if finding.tried else "·"
                out.print(f"  {mark} {finding.what}{said}")
            await channel.close()
        for trouble in await services.incidents.all():
            name = CHANNEL_NAMES.get(trouble.channel, trouble.channel)
            out.print(f"！{name} {trouble.last_at:%m-%d %H:%M} 起过问题（{trouble.times}次）：{trouble.text}")
    if not any_on:
        out.print(
            "还没有配置任何渠道，网页和终端照常可用。各渠道怎么配见 README“渠道”一节，从这几项设置开始：\n"
            "  微信 YANXIU_WECHAT_APP_ID，企业微信 YANXIU_WECOM_CORP_ID，邮件 YANXIU_SMTP_HOST，\n"
            "  群机器人 YANXIU_ROBOT_WEBHOOKS，Telegram YANXIU_TELEGRAM_TOKEN"
        )
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
                    raise ValueError(f"{name}的菜单没有发布：{error}；先运行 yanxiu channels doctor") from error
                finally:
                    await channel.close()
                out.print(f"{name}的菜单已发布（公众号的菜单最迟24小时内在手机上更新，重新关注可立即看到）。")
                done = True
    return done


async def _bounce(configured: Any, raw: bytes) -> int:
    from bot.channels.email.bounces import take

    async with _services() as services:
        return await take(raw, services.contact_addresses, services.sent, system_clock())


@asynccontextmanager
async def _services() -> AsyncIterator[Any]:
    """What channels need, without conversations: nothing is answered here."""
    from bot.channels.services import Services
    from bot.storage.conversations.inbox import Inbox
    from bot.storage.db.database import Database
    from bot.storage.migrations import upgrade_database
    from bot.storage.reminders.contact_addresses import ContactAddresses

    nothing: Any = None  # no conversation takes place here

    async with Database(settings().database_url) as database:
        await upgrade_database(database)
        yield Services.over(
            database,
            dispatch=nothing,
            dispatch_or_raise=nothing,
            fetch=nothing,
            receive=nothing,
            inbox=Inbox(database),
            contact_addresses=ContactAddresses(database),
            clock=system_clock,
        )
