"""`yanxiu notice`: what is held, and reading a new one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.common import (
    BAD_USAGE,
    FOUND_WRONG,
    CommandError,
    held_knowledge,
    out,
    plain_errors,
    settings,
    shipped_knowledge,
)
from bot.cli.output import print_clauses, print_facts, print_notices
from bot.cli.staff import COMMAND_LINE
from bot.files.inspection import BadFile
from bot.staff.publishing import occasion_of
from bot.staff.services import StaffServices
from knowledge.importing.alignment import earlier_of_series
from knowledge.importing.draft import NoticeDraft
from knowledge.model.notice import Notice
from knowledge.model.snapshot import Knowledge
from knowledge.publications import Subject
from knowledge.validation import problems

notice_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="查看已收录的通知，试读新的通知。")
UNKNOWN = "（文中没有）"
FATES = {"unchanged": "原样", "figures": "数字有变", "reworded": "措辞有变"}


@notice_app.command("list", epilog="例：yanxiu notice list")
def list_notices() -> None:
    """列出已收录的通知。"""
    print_notices(out, held_knowledge().notices)


@notice_app.command("show", epilog="例：yanxiu notice show 2025-shishi")
def show_notice(notice_id: Annotated[str, typer.Argument(help="通知编号或年度")]) -> None:
    """显示一份通知的元数据、条款和事实，并核对数据。"""
    knowledge = held_knowledge()
    notice = _named(knowledge, notice_id)
    print_notices(out, (notice,))
    print_clauses(out, notice)
    print_facts(out, notice)
    found = problems(knowledge)
    out.print(
        "\n".join(f"✗ {p}" for p in found)
        if found
        else "✓ 核对通过：引文逐字在条款中，数字都有归属，未规定事项都已写明。"
    )
    if found:
        raise typer.Exit(FOUND_WRONG)


@notice_app.command("import", epilog="例：yanxiu notice import 2026年通知.docx --json")
def import_notice(
    file: Annotated[Path, typer.Argument(help="通知文件：docx、pdf、html 或 txt")],
    as_json: Annotated[bool, typer.Option("--json", help="输出一行 JSON")] = False,
    against: Annotated[str, typer.Option("--against", help="与哪份已收录的通知比（编号或年度），默认最近的同类")] = "",
) -> None:
    """试读一份通知：标题、文号、日期、条款、联系方式、数字，与已收录的同类通知逐条对照。只读不收录。"""
    from bot.files.text import raw_text
    from knowledge.importing.draft import draft

    try:
        data = file.read_bytes()
    except OSError as error:
        raise CommandError(f"无法读取 {file}：{error.strerror}", BAD_USAGE) from error
    with plain_errors(BadFile):
        made = _as_read(draft(asyncio.run(raw_text(file.name, data))), against)
    if as_json:
        typer.echo(json.dumps(made, ensure_ascii=False))
    else:
        _print_draft(made)


@notice_app.command("diff", epilog="例：yanxiu notice diff 2023 2025")
def diff_notices(
    before: Annotated[str, typer.Argument(help="前一份（编号或年度）")],
    after: Annotated[str, typer.Argument(help="后一份（编号或年度）")],
) -> None:
    """两份通知的事实有哪些新增、变化、没有了。"""
    from bot.staff.impact import fact_changes

    knowledge = held_knowledge()
    for change in fact_changes(_named(knowledge, before), _named(knowledge, after)):
        was = change.before.say if change.before else ""
        now = change.after.say if change.after else ""
        out.print(f"{change.label}　{(change.after or change.before).id}：{' → '.join(filter(None, (was, now)))}")  # type: ignore[union-attr]


@notice_app.command("publish", epilog='例：yanxiu notice publish 3 --reason "收录2026年实施通知"')
def publish_notice(
    draft: Annotated[int, typer.Argument(help="草稿编号，见工作台“通知”页的地址", min=1)],
    reason: Annotated[str, typer.Option("--reason", help="说明，记入历史")],
) -> None:
    """发布一份审阅完的草稿；还有待定的事实或核对不过就不发布。"""
    with plain_errors():
        out.print(asyncio.run(_at_the_desk(lambda desk: publish_draft(desk, draft, reason))))


@notice_app.command("rollback", epilog='例：yanxiu notice rollback 2026-shishi --reason "发布有误"')
def roll_back(
    notice_id: Annotated[str, typer.Argument(help="通知编号")],
    reason: Annotated[str, typer.Option("--reason", help="原因，记入历史")],
) -> None:
    """恢复到这份通知最近一次发布之前；恢复本身也记为一版。"""
    with plain_errors():
        out.print(asyncio.run(_at_the_desk(lambda desk: restore(desk, notice_id, reason))))


async def publish_draft(desk: StaffServices, draft_id: int, reason: str) -> str:
    """Raises ValueError."""
    draft = await desk.drafts.one(draft_id)
    if draft is None or draft.head.stage.value not in {"open", "waiting"}:
        raise ValueError(f"没有编号为 {draft_id} 的待发布草稿")
    if desk.second_person:
        raise ValueError("设了双人复核，请在工作台里由另一人批准")
    if problems := desk.problems_of(draft):
        raise ValueError("；".join(problems))
    change, replaces, held = await desk.change_of(draft)
    occasion = occasion_of(change, held, reason)
    revision = await desk.publishing.publish(
        change, replaces, reason, COMMAND_LINE, occasion=occasion, draft=(draft_id, draft.head.version)
    )
    return f"已发布《{draft.head.title}》，第{revision}版。"


async def restore(desk: StaffServices, notice_id: str, reason: str) -> str:
    """Undoes the last revision. Raises ValueError."""
    going = await desk.before(Subject.NOTICE, notice_id)
    if going is None:
        raise ValueError(f"{notice_id} 没有发布过，无可恢复")
    change, head = going
    held = desk.knowledge.notice_by_id.get(notice_id)
    occasion = occasion_of(change, held, reason)
    revision = await desk.publishing.publish(change, head, reason, COMMAND_LINE, occasion=occasion)
    return f"已恢复，第{revision}版。"


async def _at_the_desk(work: Callable[[StaffServices], Awaitable[str]]) -> str:
    from bot.core import open_core
    from knowledge.answering.engine import Engine

    async with open_core(settings(), engine=Engine(shipped_knowledge())) as core:
        return await work(core.desk)


def _named(knowledge: Knowledge, name: str) -> Notice:
    found = next((one for one in knowledge.notices if name in {one.id, str(one.plan_year)}), None)
    if found is None:
        raise CommandError(f"没有编号为 {name} 的通知；已收录：{'、'.join(n.id for n in knowledge.notices)}")
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
    """The notice named, else the newest with a similar title."""
    held = sorted(held_knowledge().notices, key=lambda notice: -notice.plan_year)
    if against:
        named = [notice for notice in held if against in {notice.id, str(notice.plan_year)}]
        if not named:
            raise CommandError(
                f"没有编号为 {against} 的通知；已收录：{'、'.join(notice.id for notice in held)}", BAD_USAGE
            )
        return named[0]
    return earlier_of_series(title, held)


def _print_draft(made: dict[str, Any]) -> None:
    labels = {"title": "标题", "issuer": "发文单位", "doc_no": "文号", "date": "日期", "addressees": "主送"}
    for key, label in labels.items():
        out.print(f"{label}：{made[key] or UNKNOWN}")
    contacts = [word for words in made["contacts"].values() for word in words]
    out.print(f"联系方式：{'，'.join(contacts) or UNKNOWN}")
    out.print(f"附件：{'；'.join(made['attachments']) or UNKNOWN}")
    out.print(f"条款 {len(made['clauses'])} 条：")
    for clause in made["clauses"]:
        out.print(f"{'　' * clause['level']}{clause['number']} {clause['starts']}…")
    for kind, label in {"deadlines": "期限", "money": "金额", "counts": "数量", "percent": "比例"}.items():
        found = "，".join(one["text"] for one in made["figures"][kind])
        out.print(f"{label}：{found or UNKNOWN}")
    out.print(f"拟定事实 {len(made['facts'])} 条" + (f"（与 {made['against']} 逐条对照）" if made["against"] else ""))
    for fate, label in [*FATES.items(), (None, "文中新读出")]:
        rows = [row for row in made["facts"] if row["fate"] == fate]
        out.print(f"{label} {len(rows)} 条")
        for row in rows if fate != "unchanged" else []:
            was = f"（原为：{row['was']}）" if row["was"] else ""
            out.print(f"　{row['confidence']:.2f} {row['clause']} {row['quote']}{was}")
    if made["gone"]:
        out.print(f"没有找到 {len(made['gone'])} 条：{'、'.join(made['gone'])}")
