"""`yanxiu plan` and `yanxiu check`: one seminar against its notice, for people and scripts."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Annotated

import typer

from bot.cli import texts
from bot.cli.common import BAD_USAGE, FOUND_WRONG, AsJson, AsOf, CommandError, held_knowledge, out
from bot.clock import system_clock
from handlers.domain.assessment import Assessment, as_json, assess, due_text, finding_line
from knowledge.calendar import inclusive_days
from knowledge.model.notice import Funding, SeminarKind
from knowledge.rules.plan import Plan

Opens = Annotated[datetime | None, typer.Option("--opens", formats=["%Y-%m-%d"], help="报到（开班）日期")]
Closes = Annotated[datetime | None, typer.Option("--closes", formats=["%Y-%m-%d"], help="离开（结束）日期")]


def _command(report: Callable[[Assessment, bool], None]) -> Callable[..., None]:
    """A command named and described like its report, with the options that describe a seminar."""

    def command(
        kind: Annotated[SeminarKind, typer.Option("--kind", help="项目类型")],
        opens: Opens = None,
        closes: Closes = None,
        trainees: Annotated[int | None, typer.Option("--trainees", min=0, help="学员总数，含线上")] = None,
        online: Annotated[int | None, typer.Option("--online", min=0, help="其中线上学员数")] = None,
        staff: Annotated[int | None, typer.Option("--staff", min=0, help="工作人员数")] = None,
        funding: Annotated[Funding | None, typer.Option("--funding", help="经费来源")] = None,
        subsidy: Annotated[float | None, typer.Option("--subsidy", min=0, help="申请补助金额（元）")] = None,
        year: Annotated[int | None, typer.Option("--year", help="计划年度（默认开班年份）")] = None,
        as_of: AsOf = None,
        as_json_line: AsJson = False,
    ) -> None:
        opening, closing = (day.date() if day else None for day in (opens, closes))
        if opening and closing and closing < opening:
            raise CommandError(texts.CLOSES_BEFORE_OPENING.format(closing=closing, opening=opening), BAD_USAGE)
        if trainees is not None and online is not None and online > trainees:
            raise CommandError(texts.MORE_ONLINE_THAN_ALL.format(online=online, trainees=trainees), BAD_USAGE)
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
        plan_year = year or (opening or closing or today).year
        report(assess(planned, plan_year, held_knowledge(), today), as_json_line)

    command.__name__, command.__doc__ = report.__name__, report.__doc__
    return command


@_command
def plan(assessment: Assessment, as_json_line: bool) -> None:
    """一期研修班的体检和清单：每项附条款、期限（字面和稳妥两个日期）和接收单位。"""
    if as_json_line:
        typer.echo(json.dumps(as_json(assessment), ensure_ascii=False))
        return
    _print_checkup(assessment)
    _print_checklist(assessment)


@_command
def check(assessment: Assessment, as_json_line: bool) -> None:
    """只做体检；有一项不符合时退出码为 1。"""
    if as_json_line:
        result = as_json(assessment)
        del result["checklist"]
        typer.echo(json.dumps(result, ensure_ascii=False))
    else:
        _print_checkup(assessment)
    if assessment.failed:
        raise typer.Exit(FOUND_WRONG)


def _print_checkup(assessment: Assessment) -> None:
    notice = assessment.ruling.notice
    out.print(texts.BASIS.format(title=notice.title))
    if assessment.ruling.reference:
        out.print(texts.REFERENCE_ONLY)
    out.print(texts.CHECKUP_HEADING)
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
