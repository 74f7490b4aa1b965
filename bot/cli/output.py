"""How the command line shows notices, clauses, facts and evaluations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console

from handlers.domain.messages import LeftQuestion
from knowledge.evaluation import CaseResult
from knowledge.model.notice import Fact, Notice, Stance

UNKNOWN = "（原文未载）"
STANCES = {
    Stance.STATES: "说明",
    Stance.REQUIRES: "要求",
    Stance.FORBIDS: "禁止",
    Stance.PERMITS: "允许",
    Stance.SILENT: "未规定",
}
EXCERPT = 60


def print_notices(out: Console, notices: Iterable[Notice]) -> None:
    for notice in notices:
        issued = notice.issued_on.isoformat() if notice.issued_on else UNKNOWN
        out.print(f"■ {notice.id}（{notice.plan_year}年 {notice.genre}）")
        out.print(f"  标题：{notice.title}")
        out.print(f"  文号：{notice.doc_no or UNKNOWN}　印发日期：{issued}　发文：{notice.issuer}")
        annexes = "已收录" if notice.annexes_held else "未收录"
        out.print(f"  附件：{annexes}　咨询：{notice.contact.office} {notice.contact.phone}")
        out.print(f"  条款 {len(notice.clauses)} 条，事实 {len(notice.facts)} 条")


def print_clauses(out: Console, notice: Notice) -> None:
    out.print("\n条款")
    for clause in notice.clauses:
        text = notice.text_of(clause.number).replace("\n", " ")
        shown = text if len(text) <= EXCERPT else text[:EXCERPT] + "…"
        out.print(f"{'  ' * clause.level}{clause.number} [{clause.start}–{clause.end}] {shown}")


def print_facts(out: Console, notice: Notice) -> None:
    out.print("\n事实")
    for fact in notice.facts:
        out.print(f"· {fact.id}｜{STANCES[fact.stance]}｜{_kinds(fact)}｜{fact.clause}")
        out.print(f"    答：{fact.say}")
        out.print(f"    引：“{fact.quote}”")
    out.print("")


def _kinds(fact: Fact) -> str:
    return "、".join(kind.label for kind in fact.kinds) or "各类项目"


def print_judgements(
    out: Console, result: dict[str, Any], wrong: Sequence[tuple[dict[str, Any], dict[str, Any], CaseResult]]
) -> None:
    right, cited, lead = (f"{result[key]:.1%}" for key in ("pass", "pass_and_cited", "lead_pass"))
    out.print(f"用例 {result['cases']}　正确 {right}　正确且有引用 {cited}　要点在前二百字 {lead}")
    out.print(f"误答（应拒答却作答）{result['wrongly_answered']:.1%}　篇幅中位 {result['median_length']:.0f} 字")
    out.print("各步毫秒（中位）：" + "，".join(f"{step} {ms:g}" for step, ms in result["milliseconds"].items()))
    out.print("　".join(f"{kind} {share}" for kind, share in result["by_kind"].items()))
    for case, row, judgement in wrong:
        out.print(f"\n✗ {case['id']}（{case['kind']}）{case['q']}")
        out.print(f"  {'；'.join(judgement.faults) or '没有引用应引的条款'}")
        out.print(f"  答：{row['text'][:120]}")


def print_left_questions(out: Console, left: Sequence[LeftQuestion]) -> None:
    if not left:
        out.print("没有留给工作人员的问题。")
    for waiting in left:
        asked = waiting.question
        out.print(f"■ {waiting.left_at:%Y-%m-%d %H:%M}（{asked.address.channel}）{asked.text}")
        out.print(f"  当时的回答：{asked.answer.splitlines()[0][:EXCERPT]}")
