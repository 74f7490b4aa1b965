"""`yanxiu remind`: planned, sent, failed and overdue reminders; simulation of a year."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from bot.cli import texts
from bot.cli.common import CommandError, Limit, held_knowledge, out, run, settings, shipped_knowledge
from bot.clock import system_clock
from bot.storage.reminders.reports import ReminderReports

T = TypeVar("T")

remind_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="查看和试算期限提醒。")


@remind_app.command("status", epilog="例：yanxiu remind status")
def status() -> None:
    """提醒的总数、最早一条排在何时、送达快慢、最近没送到的。"""
    found = run(_with_reports(lambda reports: reports.status(system_clock())))
    failures = run(_with_reports(lambda reports: reports.failures()))
    out.print(texts.REMINDER_COUNTS.format(found=found))
    if found.next_at:
        out.print(texts.NEXT_REMINDER.format(at=found.next_at))
    if found.lag_median is not None:
        out.print(texts.DELIVERY_LAG.format(median=found.lag_median, p99=found.lag_p99))
    for failure in failures:
        out.print(f"✗ {failure.at:%Y-%m-%d %H:%M} {failure.channel} {failure.outcome}：{failure.reason}")


@remind_app.command("list", epilog="例：yanxiu remind list --limit 20")
def upcoming(limit: Limit = 50) -> None:
    """接下来要发的提醒，按时间先后。"""
    rows = run(_with_reports(lambda reports: reports.upcoming(limit)))
    for row in rows:
        out.print(texts.UPCOMING.format(row=row))
    if not rows:
        out.print(texts.NO_REMINDERS)


@remind_app.command("log", epilog="例：yanxiu remind log 12")
def deliveries(seminar: Annotated[int, typer.Argument(help="研修班编号", min=1)], limit: Limit = 50) -> None:
    """一期研修班的提醒什么时候发给了谁、送到没有。"""
    rows = run(_with_reports(lambda reports: reports.deliveries(seminar, limit)))
    for row in rows:
        out.print(texts.DELIVERY.format(row=row, outcome=row.outcome or texts.SENDING, keys="、".join(row.keys)))
    if not rows:
        out.print(texts.NEVER_SENT)


@remind_app.command("overdue", epilog="例：yanxiu remind overdue --department 福州市人社局")
def overdue(department: Annotated[str, typer.Option("--department", help="只看这个主管部门的")] = "") -> None:
    """督办清单：过期一周没人处理的备案和结算，以及谁都联系不上的提醒，按主管部门分列。"""
    from bot.staff.escalation import escalations, grouped

    today = system_clock().date()
    rows = run(_with_reports(lambda reports: reports.neglected(today)))
    groups = grouped(escalations(rows, held_knowledge(), today), department)
    for name, members in groups.items():
        out.print(f"【{name}】")
        for one in members:
            out.print(f"· 《{one.seminar}》{one.text}")
    if not groups:
        out.print(texts.NOTHING_OVERDUE)


@remind_app.command("once", epilog="例：yanxiu remind once")
def once() -> None:
    """立即发送到点的提醒后退出（用已配置的渠道；网页要开着服务才收得到）。"""
    out.print(texts.REACHED.format(count=run(_once())))


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
        out.print(texts.SIMULATED_MORE.format(count=made.count))
    out.print(made.summary())
    if calendar:
        try:
            calendar.write_text(as_page(made), encoding="utf-8")
        except OSError as error:
            raise CommandError(texts.UNWRITABLE.format(file=calendar, reason=error.strerror)) from error
        out.print(texts.CALENDAR_SAVED.format(file=calendar))


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
