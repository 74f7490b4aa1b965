"""`yanxiu staff`: accounts, verification of the audit log, questions forwarded to staff."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from bot.cli import texts
from bot.cli.common import BAD_USAGE, CommandError, Limit, out, run, settings
from bot.cli.output import print_left_questions
from bot.clock import system_clock
from bot.storage.db.database import Database
from bot.storage.staff.accounts import Accounts, NameTaken, Purpose, StaffRole
from bot.storage.staff.audit import Actor, Audit

T = TypeVar("T")

COMMAND_LINE = Actor(None, "命令行")
staff_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="主管处室的工作。")
audit_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="操作记录。")
staff_app.add_typer(audit_app, name="audit")


@staff_app.command("questions", epilog="例：yanxiu staff questions")
def staff_questions(limit: Limit = 50) -> None:
    """列出用户留给工作人员的问题，等得最久的在前。"""
    from bot.storage.conversations.forwarded_questions import StaffQuestions

    print_left_questions(out, run(_with(lambda database: StaffQuestions(database).waiting(limit))))


@staff_app.command("add", epilog="例：yanxiu staff add lin --display 林处长 --role administrator")
def add(
    name: Annotated[str, typer.Argument(help="用户名，字母和数字")],
    display: Annotated[str, typer.Option("--display", help="姓名")],
    role: Annotated[StaffRole, typer.Option("--role", help="权限，后者含前者")] = StaffRole.READER,
) -> None:
    """新建工作人员账号，给出设置密码的一次性链接（3天内有效）。第一个账号应为 administrator。"""
    try:
        token = run(_with(lambda database: _added(database, name, display, role)))
    except NameTaken:
        raise CommandError(texts.NAME_TAKEN.format(name=name), BAD_USAGE) from None
    _print_link(token)


@staff_app.command("invite", epilog="例：yanxiu staff invite lin")
def invite(name: Annotated[str, typer.Argument(help="用户名")]) -> None:
    """重新生成设置密码的一次性链接。"""
    token = run(_with(lambda database: _invited(database, name)))
    if token is None:
        raise CommandError(texts.NO_ACCOUNT.format(name=name), BAD_USAGE)
    _print_link(token)


@staff_app.command("list", epilog="例：yanxiu staff list")
def accounts() -> None:
    """列出账号。"""
    found = run(_with(lambda database: Accounts(database).all()))
    for one in found:
        active = texts.ACCOUNT_ACTIVE if one.password else texts.ACCOUNT_WITHOUT_PASSWORD
        state = texts.ACCOUNT_DISABLED if one.disabled_at else active
        out.print(f"{one.name}　{one.display}　{one.role.label}　{state}")
    if not found:
        out.print(texts.NO_ACCOUNTS)


@audit_app.command("verify", epilog="例：yanxiu staff audit verify")
def verify() -> None:
    """核对操作记录的链：有一条被改动、删除或调换就报出来，退出码 1。"""
    held, last, wrong = run(_with(lambda database: Audit(database).verify()))
    if wrong:
        raise CommandError(texts.AUDIT_BROKEN.format(count=held, problem=wrong))
    out.print(texts.AUDIT_INTACT.format(count=held, digest=last))


@audit_app.command("list", epilog="例：yanxiu staff audit list --limit 20")
def entries(limit: Limit = 50) -> None:
    """最近的操作，新的在前。"""
    for one in run(_with(lambda database: Audit(database).newest(limit))):
        out.print(f"{one.at:%Y-%m-%d %H:%M}　{one.who}　{one.action}　{one.subject}")


def _print_link(token: str) -> None:
    configured = settings()
    base = configured.public_url.rstrip("/") or configured.local_url
    out.print(texts.INVITATION.format(base=base, token=token))


async def _added(database: Database, name: str, display: str, role: StaffRole) -> str:
    held = Accounts(database)
    made = await held.create(name, display, role, COMMAND_LINE, system_clock())
    return await held.invite(made.id, Purpose.PASSWORD, system_clock())


async def _invited(database: Database, name: str) -> str | None:
    held = Accounts(database)
    found = await held.by_name(name)
    return await held.invite(found.id, Purpose.PASSWORD, system_clock()) if found else None


async def _with(work: Callable[[Database], Awaitable[T]]) -> T:
    from bot.storage.migrations import upgrade_database

    async with Database(settings().database_url) as database:
        await upgrade_database(database)
        return await work(database)
