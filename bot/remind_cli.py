"""`yanxiu remind`: what is planned, what went out, what failed."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from bot.clock import system_clock
from bot.command_line import out, plain_errors, settings
from bot.storage.reminders import Failure, Status, Upcoming

remind_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="查看期限提醒。")
NOTHING = "没有排着的提醒。"


@remind_app.command("status", epilog="例：yanxiu remind status")
def status() -> None:
    """提醒的总数、最早一条排在何时、最近没送到的。"""
    with plain_errors():
        found, failures = asyncio.run(_status())
    out.print(f"已排 {found.planned} 条，已送达 {found.sent} 条，作废 {found.dropped} 条；到点未送 {found.late} 条。")
    if found.next_at:
        out.print(f"最早一条：{found.next_at:%Y-%m-%d %H:%M}")
    for failure in failures:
        out.print(f"✗ {failure.at:%Y-%m-%d %H:%M} {failure.channel} {failure.outcome}：{failure.reason}")


@remind_app.command("list", epilog="例：yanxiu remind list --limit 20")
def upcoming(limit: Annotated[int, typer.Option("--limit", min=1, help="最多列出几条")] = 50) -> None:
    """接下来要发的提醒，按时间先后。"""
    with plain_errors():
        rows = asyncio.run(_upcoming(limit))
    for row in rows:
        out.print(f"{row.at:%Y-%m-%d %H:%M}　{row.seminar}　{row.key}　{row.step}　（{row.prudent} 到期）")
    if not rows:
        out.print(NOTHING)


async def _status() -> tuple[Status, tuple[Failure, ...]]:
    from bot.storage.database import Database
    from bot.storage.reminders import Reminders

    async with Database(settings().database_url) as database:
        held = Reminders(database)
        return await held.status(system_clock()), await held.failures()


async def _upcoming(limit: int) -> tuple[Upcoming, ...]:
    from bot.storage.database import Database
    from bot.storage.reminders import Reminders

    async with Database(settings().database_url) as database:
        return await Reminders(database).upcoming(limit)
