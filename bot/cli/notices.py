"""`yanxiu notice`: list, show, import, compare, publish, roll back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli import texts
from bot.cli.common import (
    BAD_USAGE,
    FOUND_WRONG,
    AsJson,
    CommandError,
    held_knowledge,
    out,
    plain_errors,
    read_source,
    run,
    settings,
    shipped_knowledge,
)
from bot.cli.output import print_clauses, print_draft, print_facts, print_notices
from bot.cli.staff import COMMAND_LINE
from bot.files.inspection import BadFile
from bot.staff.publishing import occasion_of
from bot.staff.services import StaffServices
from knowledge.importing.alignment import earlier_of_series
from knowledge.importing.draft import NoticeDraft
from knowledge.model.notice import Notice
from knowledge.publications import Subject
from knowledge.validation import problems

notice_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="查看已收录的通知，试读新的通知。")


@notice_app.command("list", epilog="例：yanxiu notice list")
def list_notices() -> None:
    """列出已收录的通知。"""
    print_notices(out, held_knowledge().notices)


@notice_app.command("show", epilog="例：yanxiu notice show 2025-shishi")
def show_notice(notice_id: Annotated[str, typer.Argument(help="通知编号或年度")]) -> None:
    """显示一份通知的元数据、条款和事实，并核对数据。"""
    knowledge = held_knowledge()
    notice = _named(knowledge.notices, notice_id)
    print_notices(out, (notice,))
    print_clauses(out, notice)
    print_facts(out, notice)
    found = problems(knowledge)
    out.print("\n".join(f"✗ {p}" for p in found) or texts.NOTICE_CHECKED)
    if found:
        raise typer.Exit(FOUND_WRONG)


@notice_app.command("import", epilog="例：yanxiu notice import 2026年通知.docx --json")
def import_notice(
    file: Annotated[Path, typer.Argument(help="通知文件：docx、pdf、html 或 txt")],
    as_json: AsJson = False,
    against: Annotated[str, typer.Option("--against", help="与哪份已收录的通知比（编号或年度），默认最近的同类")] = "",
) -> None:
    """试读一份通知：标题、文号、日期、条款、联系方式、数字，与已收录的同类通知逐条对照。只读不收录。"""
    from bot.files.text import raw_text
    from knowledge.importing.draft import draft

    data = read_source(file)
    with plain_errors(BadFile):
        made = _as_read(draft(asyncio.run(raw_text(file.name, data))), against)
    if as_json:
        typer.echo(json.dumps(made, ensure_ascii=False))
    else:
        print_draft(out, made)


@notice_app.command("diff", epilog="例：yanxiu notice diff 2023 2025")
def diff_notices(
    before: Annotated[str, typer.Argument(help="前一份（编号或年度）")],
    after: Annotated[str, typer.Argument(help="后一份（编号或年度）")],
) -> None:
    """两份通知的事实有哪些新增、变化、没有了。"""
    from bot.staff.impact import fact_changes

    held = held_knowledge().notices
    for change in fact_changes(_named(held, before), _named(held, after)):
        was = change.before.say if change.before else ""
        now = change.after.say if change.after else ""
        out.print(f"{change.label}　{(change.after or change.before).id}：{' → '.join(filter(None, (was, now)))}")  # type: ignore[union-attr]


@notice_app.command("publish", epilog='例：yanxiu notice publish 3 --reason "收录2026年实施通知"')
def publish_notice(
    draft: Annotated[int, typer.Argument(help="草稿编号，见工作台“通知”页的地址", min=1)],
    reason: Annotated[str, typer.Option("--reason", help="说明，记入历史")],
) -> None:
    """发布一份审阅完的草稿；还有待定的事实或核对不过就不发布。"""
    out.print(run(_with_services(lambda services: publish_draft(services, draft, reason))))


@notice_app.command("rollback", epilog='例：yanxiu notice rollback 2026-shishi --reason "发布有误"')
def roll_back(
    notice_id: Annotated[str, typer.Argument(help="通知编号")],
    reason: Annotated[str, typer.Option("--reason", help="原因，记入历史")],
) -> None:
    """恢复到这份通知最近一次发布之前；恢复本身也记为一版。"""
    out.print(run(_with_services(lambda services: restore(services, notice_id, reason))))


async def publish_draft(services: StaffServices, draft_id: int, reason: str) -> str:
    draft = await services.drafts.one(draft_id)
    if draft is None or draft.head.stage.value not in {"open", "waiting"}:
        raise ValueError(texts.NO_OPEN_DRAFT.format(draft=draft_id))
    if services.second_person:
        raise ValueError(texts.SECOND_PERSON)
    if problems := services.problems_of(draft):
        raise ValueError("；".join(problems))
    change, replaces, held = await services.change_of(draft)
    occasion = occasion_of(change, held, reason)
    revision = await services.publishing.publish(
        change, replaces, reason, COMMAND_LINE, occasion=occasion, draft=(draft_id, draft.head.version)
    )
    return texts.PUBLISHED.format(title=draft.head.title, revision=revision)


async def restore(services: StaffServices, notice_id: str, reason: str) -> str:
    """Undoes the last revision. Raises ValueError."""
    going = await services.before(Subject.NOTICE, notice_id)
    if going is None:
        raise ValueError(texts.NEVER_PUBLISHED.format(notice=notice_id))
    change, head = going
    held = services.knowledge.notice_by_id.get(notice_id)
    occasion = occasion_of(change, held, reason)
    revision = await services.publishing.publish(change, head, reason, COMMAND_LINE, occasion=occasion)
    return texts.RESTORED.format(revision=revision)


async def _with_services(work: Callable[[StaffServices], Awaitable[str]]) -> str:
    from bot.core import open_core
    from knowledge.answering.engine import Engine

    async with open_core(settings(), engine=Engine(shipped_knowledge())) as core:
        return await work(core.desk)


def _named(notices: Sequence[Notice], name: str, code: int = FOUND_WRONG) -> Notice:
    found = next((one for one in notices if name in {one.id, str(one.plan_year)}), None)
    if found is None:
        raise CommandError(texts.NO_NOTICE.format(name=name, held="、".join(one.id for one in notices)), code)
    return found


def _as_read(read: NoticeDraft, against: str) -> dict[str, Any]:
    from knowledge.answering.engine import Engine
    from knowledge.importing.draft import as_json
    from knowledge.importing.proposed import as_rows, plan_year_of
    from knowledge.importing.proposing import proposed_facts

    library = held_knowledge()
    earlier = _earlier(read.metadata.title, against)
    year = plan_year_of(read)
    found = proposed_facts(read, library, earlier, Engine(library).topic_of, year or library.plan_years[0])
    gone = [f.id for f in earlier.facts if all(f.quote != one.was for one in found)] if earlier else []
    return as_json(read) | {
        "plan_year": year,
        "against": earlier.id if earlier else None,
        "facts": list(as_rows(found)),
        "gone": gone,
    }


def _earlier(title: str, against: str) -> Notice | None:
    held = sorted(held_knowledge().notices, key=lambda notice: -notice.plan_year)
    return _named(held, against, BAD_USAGE) if against else earlier_of_series(title, held)
