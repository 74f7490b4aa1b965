"""`yanxiu notice`: what is held, and reading a new one."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.command_line import BAD_USAGE, FOUND_WRONG, Failure, out, plain_errors, shipped_knowledge
from bot.printing import print_clauses, print_facts, print_notices
from bot.uploads.inspection import BadFile
from knowledge.check import problems
from knowledge.importing.alignment import earlier_of_series
from knowledge.importing.draft import Draft
from knowledge.schema import Notice

notice_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="查看已收录的通知，试读新的通知。")
UNKNOWN = "（文中没有）"
FATES = {"unchanged": "原样", "figures": "数字有变", "reworded": "措辞有变"}


@notice_app.command("list", epilog="例：yanxiu notice list")
def list_notices() -> None:
    """列出已收录的通知。"""
    print_notices(out, shipped_knowledge().notices)


@notice_app.command("show", epilog="例：yanxiu notice show 2025-shishi")
def show_notice(notice_id: Annotated[str, typer.Argument(help="通知编号或年度")]) -> None:
    """显示一份通知的元数据、条款和事实，并核对数据。"""
    knowledge = shipped_knowledge()
    notice = next((n for n in knowledge.notices if notice_id in {n.id, str(n.plan_year)}), None)
    if notice is None:
        held = "、".join(n.id for n in knowledge.notices)
        raise Failure(f"没有编号为 {notice_id} 的通知；已收录：{held}")
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
    from bot.importing.texts import raw_text
    from knowledge.importing.draft import draft

    try:
        data = file.read_bytes()
    except OSError as error:
        raise Failure(f"无法读取 {file}：{error.strerror}", BAD_USAGE) from error
    with plain_errors(BadFile):
        made = _as_read(draft(asyncio.run(raw_text(file.name, data))), against)
    if as_json:
        typer.echo(json.dumps(made, ensure_ascii=False))
    else:
        _print_draft(made)


def _as_read(read: Draft, against: str) -> dict[str, Any]:
    """The draft with its proposed facts, for output."""
    from knowledge.answering.engine import Engine
    from knowledge.importing.draft import as_json
    from knowledge.importing.proposing import as_rows, plan_year_of, proposed_facts

    library = shipped_knowledge()
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
    """The held notice to compare with: the one that is named, else the newest whose title is like this one's."""
    held = sorted(shipped_knowledge().notices, key=lambda notice: -notice.plan_year)
    if against:
        named = [notice for notice in held if against in {notice.id, str(notice.plan_year)}]
        if not named:
            raise Failure(f"没有编号为 {against} 的通知；已收录：{'、'.join(notice.id for notice in held)}", BAD_USAGE)
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
