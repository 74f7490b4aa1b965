"""The command line: every command with help, an example, exit code 0/1/2 and one-line errors."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from bot.cli import texts
from bot.cli.channels import channels_app
from bot.cli.common import (
    BAD_USAGE,
    FOUND_WRONG,
    AsJson,
    AsOf,
    CommandError,
    held_knowledge,
    out,
    read_source,
    run,
    settings,
    shipped_knowledge,
)
from bot.cli.notices import notice_app
from bot.cli.output import print_judgements
from bot.cli.plan import check, plan
from bot.cli.reminders import remind_app
from bot.cli.staff import staff_app
from bot.clock import system_clock
from handlers.questions.batch import BatchQuestion, answer_line, answer_question, batch_row
from knowledge.evaluation import judge, step_medians, summary

T = TypeVar("T")

app = typer.Typer(
    no_args_is_help=True, add_completion=False, rich_markup_mode=None, help="研修助手：高级研修项目通知问答。"
)
db_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="数据库维护。")
app.add_typer(notice_app, name="notice")
app.add_typer(db_app, name="db")
app.add_typer(staff_app, name="staff")
app.add_typer(remind_app, name="remind")
app.add_typer(channels_app, name="channels")
app.command(epilog="例：yanxiu plan --kind provincial_demo --opens 2025-06-10 --closes 2025-06-13 --trainees 60")(plan)
app.command(epilog="例：yanxiu check --kind national --opens 2025-10-10 --closes 2025-10-14 --trainees 45 --json")(
    check
)


class Grouping(StrEnum):
    KIND = "kind"
    EXPECT = "expect"


@app.command(epilog="例：yanxiu serve")
def serve() -> None:
    """启动网页对话和已配置的渠道。"""
    from bot.app import PortTaken
    from bot.app import serve as run_server

    configured = settings()
    run(_until_signalled(lambda stop: run_server(configured, stop)), PortTaken)


@app.command(epilog="例：yanxiu chat")
def chat(as_json: AsJson = False) -> None:
    """在终端里对话；--json 供程序用，每行一个 JSON 对象。"""
    if not as_json:
        run(_chat())
    elif not run(_json_chat()):
        raise typer.Exit(FOUND_WRONG)


@app.command(epilog='例：yanxiu ask "示范班补助多少" --json')
def ask(
    question: Annotated[str | None, typer.Argument(help="问题")] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
    batch: Annotated[str | None, typer.Option("--batch", help="逐行 JSON 的文件，- 为标准输入")] = None,
) -> None:
    """回答一个问题，或批量回答。"""
    if (question is None) == (batch is None):
        raise CommandError(texts.QUESTION_OR_BATCH, BAD_USAGE)
    today = as_of.date() if as_of else system_clock().date()
    if batch is not None:
        _batch(batch, today)
        return
    row = answer_question(_engine(), BatchQuestion(q=question or ""), today)
    typer.echo(json.dumps(row, ensure_ascii=False) if as_json else row["text"])


@app.command("eval", epilog="例：yanxiu eval tests/eval/dev.jsonl --fails 10")
def evaluate(
    cases: Annotated[Path, typer.Argument(help="逐行 JSON 的用例文件")],
    fails: Annotated[int, typer.Option("--fails", min=0, help="列出前几个不对的用例")] = 0,
    as_json: AsJson = False,
    by: Annotated[Grouping, typer.Option("--by", help="按题型还是按期望的答复方式分组")] = Grouping.KIND,
    at_least: Annotated[float, typer.Option("--at-least", min=0, max=1, help="低于这一正确率时退出码为 1")] = 0.0,
) -> None:
    """用用例检验回答：正确率、引用率、要点是否在前两百字、误答率、篇幅和各步耗时。"""
    engine = _engine()
    judged, timings = [], []
    for number, line in enumerate(_lines(str(cases)), start=1):
        try:
            case = json.loads(line)
            question = BatchQuestion(q=case["q"], history=tuple(case.get("history", ())), as_of=case.get("as_of"))
            answer = engine.answer(question.q, question.as_of or date(2025, 4, 15), question.history)
            row = batch_row(question, answer)
            judged.append((case, row, judge(case, row)))
            timings.append(answer.timings)
        except (ValueError, KeyError) as error:
            raise CommandError(texts.CASE_INVALID.format(file=cases, number=number, reason=error), BAD_USAGE) from error
    result = summary(j for _, _, j in judged) | {"milliseconds": step_medians(timings)}
    if by is not Grouping.KIND:
        result["by_kind"] = summary(replace(j, kind=case[by.value]) for case, _, j in judged)["by_kind"]
    if as_json:
        typer.echo(json.dumps(result, ensure_ascii=False))
    else:
        print_judgements(out, result, [row for row in judged if not row[2].passed][:fails])
    if result["pass_and_cited"] < at_least:
        raise typer.Exit(FOUND_WRONG)


@app.command(epilog="例：yanxiu demo && yanxiu chat")
def demo(remove: Annotated[bool, typer.Option("--remove", help="把示例撤掉")] = False) -> None:
    """放入一年里各阶段的示例研修班（名称都带【示例】），在 yanxiu chat 里看；其他渠道用给出的码关联。"""
    out.print(run(_demo(remove)))


@db_app.command("upgrade", epilog="例：yanxiu db upgrade")
def upgrade_database_schema() -> None:
    """把数据库升级到当前版本。"""
    from bot.storage.migrations import upgrade

    run(upgrade(settings().database_url))
    out.print(texts.DATABASE_CURRENT)


def main() -> None:
    app()


async def _until_signalled(run: Callable[[asyncio.Event], Coroutine[Any, Any, T]]) -> T:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return await run(stop)


async def _demo(remove: bool) -> str:
    from bot.cli.demo import DEMO_ADDRESS, clear, fill
    from bot.storage.db.database import Database
    from bot.storage.migrations import upgrade_database
    from bot.storage.seminars.seminars import Seminars
    from bot.storage.seminars.teams import Teams

    now = system_clock()
    async with Database(settings().database_url) as database:
        await upgrade_database(database)
        seminars = Seminars(database)
        if remove:
            return texts.DEMO_REMOVED.format(count=await clear(seminars, now))
        number = await fill(seminars, shipped_knowledge(), now)
        code = await Teams(database).link_code(await seminars.person(DEMO_ADDRESS, now), now)
    return texts.DEMO_ADDED.format(count=number, code=code)


async def _chat() -> None:
    from bot.channels.terminal import TerminalChannel
    from bot.core import open_core

    async with open_core(settings()) as core:
        await TerminalChannel(core.dispatch, input, typer.echo, core.documents.fetch, core.files.receive).run()


async def _json_chat() -> bool:
    from bot.cli.json_chat import JsonChat, SetClock
    from bot.core import open_core

    clock = SetClock()
    async with open_core(settings(), clock) as core:
        return await JsonChat(core=core, clock=clock, read=sys.stdin.readline, write=typer.echo).run()


def _engine() -> Any:
    from bot.core import load_engine

    return load_engine(held_knowledge())


def _batch(source: str, today: date) -> None:
    engine, wrong = _engine(), False
    for number, line in enumerate(_lines(source), start=1):
        row = answer_line(engine, line, number, today)
        wrong = wrong or "error" in row
        typer.echo(json.dumps(row, ensure_ascii=False))
    if wrong:
        raise typer.Exit(FOUND_WRONG)


def _lines(source: str) -> Iterator[str]:
    for line in read_source(source).decode("utf-8-sig", errors="replace").splitlines():
        if line.strip():
            yield line


if __name__ == "__main__":
    main()
