"""`yanxiu remind`: what is planned, what went out, what failed, what nobody deals with; a year in advance."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from bot.cli.common import CommandError, held_knowledge, out, plain_errors, settings, shipped_knowledge
from bot.clock import system_clock
from bot.storage.reminders.reports import ReminderReports

T = TypeVar("T")

remind_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="查看和试算期限提醒。")
NOTHING = "没有排着的提醒。"
NOTHING_NEGLECTED = "没有要督办的事项。"
NEVER_SENT = "这期没有发送过提醒。"


@remind_app.command("status", epilog="例：yanxiu remind status")
def status() -> None:
    """提醒的总数、最早一条排在何时、送达快慢、最近没送到的。"""
    with plain_errors():
        found = asyncio.run(_with_reports(lambda reports: reports.status(system_clock())))
        failures = asyncio.run(_with_reports(lambda reports: reports.failures()))
    out.print(
        f"已排 {found.planned} 条，已送达 {found.sent} 条，作废 {found.dropped} 条，"
        f"找不到人 {found.unreachable} 条；到点未送 {found.late} 条。"
    )
    if found.next_at:
        out.print(f"最早一条：{found.next_at:%Y-%m-%d %H:%M}")
    if found.lag_median is not None:
        out.print(f"到点后多久送达（最近一千条）：中位 {found.lag_median:.1f} 秒，99% 在 {found.lag_p99:.1f} 秒内")
    for failure in failures:
        out.print(f"✗ {failure.at:%Y-%m-%d %H:%M} {failure.channel} {failure.outcome}：{failure.reason}")


@remind_app.command("list", epilog="例：yanxiu remind list --limit 20")
def upcoming(limit: Annotated[int, typer.Option("--limit", min=1, help="最多列出几条")] = 50) -> None:
    """接下来要发的提醒，按时间先后。"""
    with plain_errors():
        rows = asyncio.run(_with_reports(lambda reports: reports.upcoming(limit)))
    for row in rows:
        out.print(f"{row.at:%Y-%m-%d %H:%M}　{row.seminar}　{row.key}　{row.step}　（{row.prudent} 到期）")
    if not rows:
        out.print(NOTHING)


@remind_app.command("log", epilog="例：yanxiu remind log 12")
def deliveries(
    seminar: Annotated[int, typer.Argument(help="研修班编号", min=1)],
    limit: Annotated[int, typer.Option("--limit", min=1, help="最多列出几条")] = 50,
) -> None:
    """一期研修班的提醒什么时候发给了谁、送到没有。"""
    with plain_errors():
        rows = asyncio.run(_with_reports(lambda reports: reports.deliveries(seminar, limit)))
    for row in rows:
        keys = "、".join(row.keys)
        out.print(f"{row.at:%Y-%m-%d %H:%M}　{row.person_id}号　{row.channel}　{row.outcome or '正在发送'}　{keys}")
    if not rows:
        out.print(NEVER_SENT)


@remind_app.command("overdue", epilog="例：yanxiu remind overdue --department 福州市人社局")
def overdue(
    department: Annotated[str, typer.Option("--department", help="只看这个主管部门的")] = "",
) -> None:
    """督办清单：过期一周没人处理的备案和结算，以及谁都联系不上的提醒，按主管部门分列。"""
    from bot.staff.escalation import escalations, grouped

    today = system_clock().date()
    with plain_errors():
        rows = asyncio.run(_with_reports(lambda reports: reports.neglected(today)))
        groups = grouped(escalations(rows, held_knowledge(), today), department)
    for name, members in groups.items():
        out.print(f"【{name}】")
        for one in members:
            out.print(f"· 《{one.seminar}》{one.text}")
    if not groups:
        out.print(NOTHING_NEGLECTED)


@remind_app.command("once", epilog="例：yanxiu remind once")
def once() -> None:
    """立即发送到点的提醒后退出（用已配置的渠道；网页要开着服务才收得到）。"""
    with plain_errors():
        reached = asyncio.run(_once())
    out.print(f"处理了 {reached} 个人的到点提醒。")


@remind_app.command("simulate", epilog="例：yanxiu remind simulate --year 2025 --calendar 提醒.html")
def simulate(
    year: Annotated[int, typer.Option("--year", min=2000, max=2100, help="哪一年")] = 2025,
    seminars: Annotated[int, typer.Option("--seminars", min=1, max=1_000_000, help="多少期研修班")] = 83,
    show: Annotated[int, typer.Option("--show", min=0, help="列出前几条")] = 40,
    calendar: Annotated[Path | None, typer.Option("--calendar", help="把全年画成日历，存到这个网页文件")] = None,
) -> None:
    """试算一年：各类研修班按日历排开，谁在哪天会收到什么提醒。不读也不写数据库。"""
    from bot.reminders.simulation import as_page, simulate_year

    made = simulate_year(year, seminars, held_knowledge())
    for line in made.lines(show):
        out.print(line)
    if made.count > show:
        out.print(f"……共 {made.count} 条")
    out.print(made.summary())
    if calendar:
        try:
            calendar.write_text(as_page(made), encoding="utf-8")
        except OSError as error:
            raise CommandError(f"写不了 {calendar}：{error.strerror}") from error
        out.print(f"日历已存到 {calendar}")


async def _with_reports(read: Callable[[ReminderReports], Awaitable[T]]) -> T:
    from bot.storage.db.database import Database

    async with Database(settings().database_url) as database:
        return await read(ReminderReports(database))


async def _once() -> int:
    from bot.app import build_reminders
    from bot.channels.registry import build_channels
    from bot.core import open_core
    from knowledge.answering.engine import Engine

    configured = settings()
    build = partial(build_channels, configured)
    async with open_core(configured, engine=Engine(shipped_knowledge()), build=build) as core:
        loop = build_reminders(core, core.channels)
        reached = 0
        try:
            while turned := await loop.tick():
                reached += turned
        finally:
            for channel in core.channels:
                await channel.close()
        return reached
