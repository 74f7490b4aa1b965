"""`yanxiu plan` and `yanxiu check`: one seminar against its notice, for people and scripts."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Annotated

import typer

from bot.cli.common import BAD_USAGE, FOUND_WRONG, AsOf, CommandError, held_knowledge, out
from bot.clock import system_clock
from handlers.domain.assessment import Assessment, as_json, assess, due_text, finding_line
from knowledge.calendar import inclusive_days
from knowledge.model.notice import Funding, SeminarKind
from knowledge.rules.plan import Plan

Kind = Annotated[SeminarKind, typer.Option("--kind", help="项目类型")]
Day = datetime | None
Opens = Annotated[Day, typer.Option("--opens", formats=["%Y-%m-%d"], help="报到（开班）日期")]
Closes = Annotated[Day, typer.Option("--closes", formats=["%Y-%m-%d"], help="离开（结束）日期")]
Trainees = Annotated[int | None, typer.Option("--trainees", min=0, help="学员总数，含线上")]
Online = Annotated[int | None, typer.Option("--online", min=0, help="其中线上学员数")]
Staff = Annotated[int | None, typer.Option("--staff", min=0, help="工作人员数")]
Money = Annotated[Funding | None, typer.Option("--funding", help="经费来源")]
Budget = Annotated[float | None, typer.Option("--subsidy", min=0, help="申请补助金额（元）")]
Year = Annotated[int | None, typer.Option("--year", help="计划年度（默认开班年份）")]
AsJson = Annotated[bool, typer.Option("--json", help="输出一行 JSON")]


def plan(
    kind: Kind,
    opens: Opens = None,
    closes: Closes = None,
    trainees: Trainees = None,
    online: Online = None,
    staff: Staff = None,
    funding: Money = None,
    subsidy: Budget = None,
    year: Year = None,
    as_of: AsOf = None,
    as_json_line: AsJson = False,
) -> None:
    """一期研修班的体检和清单：每项附条款、期限（字面和稳妥两个日期）和接收单位。"""
    assessment = _assessment(kind, opens, closes, trainees, online, staff, funding, subsidy, year, as_of)
    if as_json_line:
        typer.echo(json.dumps(as_json(assessment), ensure_ascii=False))
        return
    _print_checkup(assessment)
    _print_checklist(assessment)


def check(
    kind: Kind,
    opens: Opens = None,
    closes: Closes = None,
    trainees: Trainees = None,
    online: Online = None,
    staff: Staff = None,
    funding: Money = None,
    subsidy: Budget = None,
    year: Year = None,
    as_of: AsOf = None,
    as_json_line: AsJson = False,
) -> None:
    """只做体检；有一项不符合时退出码为 1。"""
    assessment = _assessment(kind, opens, closes, trainees, online, staff, funding, subsidy, year, as_of)
    if as_json_line:
        result = as_json(assessment)
        del result["checklist"]
        typer.echo(json.dumps(result, ensure_ascii=False))
    else:
        _print_checkup(assessment)
    if assessment.failed:
        raise typer.Exit(FOUND_WRONG)


def _assessment(
    kind: SeminarKind,
    opens: Day,
    closes: Day,
    trainees: int | None,
    online: int | None,
    staff: int | None,
    funding: Funding | None,
    subsidy: float | None,
    year: int | None,
    as_of: Day,
) -> Assessment:
    opening, closing = (day.date() if day else None for day in (opens, closes))
    if opening and closing and closing < opening:
        raise CommandError(f"结束日期 {closing} 早于开班日期 {opening}", BAD_USAGE)
    if trainees is not None and online is not None and online > trainees:
        raise CommandError(f"线上学员 {online} 人多于学员总数 {trainees} 人", BAD_USAGE)
    today = as_of.date() if as_of else system_clock().date()
    planned = Plan(
        kind,
        funding=funding,
        headcount=trainees,
        online=online,
        staff=staff,
        days=inclusive_days(opening, closing) if opening and closing else None,
        opening=opening,
        closing=closing,
        budget=subsidy,
    )
    return assess(planned, year or _year(opening, closing, today), held_knowledge(), today)


def _year(opening: date | None, closing: date | None, today: date) -> int:
    return (opening or closing or today).year


def _print_checkup(assessment: Assessment) -> None:
    notice = assessment.ruling.notice
    out.print(f"依据：{notice.title}")
    if assessment.ruling.reference:
        out.print("这一年度的通知尚未收录，以下只供参照。")
    out.print("\n体检")
    for finding in assessment.findings:
        clause = notice.heading_of(finding.facts[0].fact.clause)
        out.print(f"{finding_line(assessment, finding)}〔{clause}〕")


def _print_checklist(assessment: Assessment) -> None:
    stage = None
    for item in assessment.items:
        if item.stage is not stage:
            stage = item.stage
            out.print(f"\n{stage.label}")
        receiver = f" → {item.receiver}" if item.receiver else ""
        clause = assessment.ruling.notice.heading_of(item.cited.fact.clause)
        out.print(f"□ {assessment.label}{item.title}{receiver}　{due_text(item)}〔{clause}〕")
