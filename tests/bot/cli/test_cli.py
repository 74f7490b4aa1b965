"""The command line as an operator meets it: answers, exit codes, one-line errors."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli.main import app
from bot.logs import configure_logs
from tests.support.paths import EVAL

DEV = EVAL / "dev.jsonl"


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("YANXIU_DATABASE_URL", f"sqlite:///{tmp_path}/cli.db")
    yield
    configure_logs("INFO", as_json=False)


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, list(arguments), input=stdin)


def test_ask_prints_the_answer_and_its_basis() -> None:
    result = run("ask", "示范班补助多少", "--as-of", "2025-04-15")
    assert result.exit_code == 0
    assert result.stdout.startswith("省级示范（2025年）：每期补助不超过5万元")
    assert "依据：《福建省" in result.stdout


def test_ask_json_has_exactly_the_fields_of_the_batch_format() -> None:
    row = json.loads(run("ask", "示范班补助多少", "--json").stdout)
    assert set(row) == {"id", "status", "text", "citations"}
    [citation] = row["citations"]
    assert set(citation) == {"notice", "plan_year", "clause", "quote"}
    assert (citation["plan_year"], citation["clause"]) == ("2025", "三")
    assert "按每期不超过5万元给予经费补助" in citation["quote"]


def test_ask_as_of_a_day_of_2023_cites_the_2023_notice() -> None:
    row = json.loads(run("ask", "示范班补助多少", "--json", "--as-of", "2023-03-01").stdout)
    assert "4万元" in row["text"]
    assert row["citations"][0]["plan_year"] == "2023"


def test_asked_for_2026_none_is_held() -> None:
    row = json.loads(run("ask", "2026年示范班补助多少", "--json").stdout)
    assert row["status"] == "declined"
    assert "没有收录2026年" in row["text"]


def test_a_batch_goes_on_after_a_line_it_cannot_read() -> None:
    lines = [
        '{"id": 1, "q": "邮编"}',
        "not json",
        "[]",
        '{"id": 4}',
        '{"id": 5, "q": "那示范的呢", "history": ["国家级补助多少"]}',
    ]
    result = run("ask", "--batch", "-", stdin="\n".join(lines))
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 1
    assert [row["id"] for row in rows] == [1, None, None, None, 5]
    assert rows[1]["error"] == "第2行不是有效的 JSON"
    assert "q" in rows[3]["error"]
    assert "5万元" in rows[4]["text"]


def test_a_batch_of_good_lines_ends_well(tmp_path: Path) -> None:
    (tmp_path / "batch.jsonl").write_text('{"id":"a","q":"邮编","as_of":"2023-01-20"}\n\n', encoding="utf-8")
    result = run("ask", "--batch", "batch.jsonl")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["id"] == "a"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["ask"], 2, "请给出一个问题"),
        (["ask", "--batch", "gone.jsonl"], 2, "无法读取 gone.jsonl"),
        (["ask", "邮编", "--as-of", "soon"], 2, "as-of"),
        (["notice", "show", "1999"], 1, "没有编号为 1999 的通知"),
        (["eval", "gone.jsonl"], 2, "无法读取"),
        (["nonsense"], 2, "nonsense"),
    ],
)
def test_bad_usage_is_one_clear_line(arguments: list[str], code: int, said: str) -> None:
    result = run(*arguments)
    assert result.exit_code == code
    assert said in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    "command", [[], ["serve"], ["chat"], ["ask"], ["eval"], ["notice", "list"], ["notice", "show"], ["db", "upgrade"]]
)
def test_every_command_has_help_with_an_example(command: list[str]) -> None:
    result = run(*command, "--help")
    assert result.exit_code == 0
    if command:
        assert "例：yanxiu" in result.output


def test_notices_are_listed_and_shown_with_clauses_facts_and_proof() -> None:
    assert "闽人社办〔2023〕6号" in run("notice", "list").stdout
    shown = run("notice", "show", "2025")
    assert shown.exit_code == 0
    for part in ("（原文未载）", "三 [", "subsidy-demo｜说明｜省级示范｜三", "✓ 核对通过"):
        assert part in shown.stdout


def test_eval_reports_shares_and_fails_below_a_bar(tmp_path: Path) -> None:
    lines = DEV.read_text(encoding="utf-8").splitlines()[:6]
    impossible = json.loads(lines[0]) | {"id": "never", "must": ["从未写过的话"]}
    (tmp_path / "cases.jsonl").write_text("\n".join([*lines, json.dumps(impossible)]), encoding="utf-8")
    shown = run("eval", "cases.jsonl", "--fails", "2", "--at-least", "1.0")
    assert shown.exit_code == 1
    assert "用例 7" in shown.stdout
    assert "缺 从未写过的话" in shown.stdout
    assert json.loads(run("eval", "cases.jsonl", "--json").stdout)["cases"] == 7


def test_the_terminal_chat_answers_takes_numbers_and_leaves() -> None:
    result = run("chat", stdin="至少多少人\n1\n+\n?\n退出\n")
    assert result.exit_code == 0
    assert "1. 国家级" in result.stdout
    assert "已记录👍" in result.stdout
    assert "上一个回答是这样来的" in result.stdout


def test_programs_talk_in_json_lines_each_person_on_a_day_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("没有内容")
    said = [
        {"user": "amy", "as_of": "2025-04-15", "say": "登记 示范班 6月10到13日 福州 60人"},
        {"user": "amy", "press": "mine:"},
        {"user": "ben", "as_of": "2023-03-01", "say": "示范班补助多少"},
        {"user": "ben", "say": "我的研修班"},
        {"user": "ben", "file": str(tmp_path / "note.txt")},
    ]
    result = run("chat", "--json", stdin="".join(json.dumps(one) + "\n" for one in said))
    assert result.exit_code == 0
    first, mine, asked, none, sent = map(json.loads, result.stdout.splitlines())
    assert "2025年6月10日" in first["text"]
    assert {"label", "token"} == set(first["choices"][0])
    assert mine["status"] in {"answered", "clarify", "smalltalk"}
    assert asked["citations"][0]["plan_year"] == "2023"
    assert "示范" not in none["text"]  # what amy is registering is not ben's
    assert sent["text"]


def test_a_line_that_is_no_message_is_said_and_the_others_are_answered() -> None:
    result = run("chat", "--json", stdin='{"say": "你好", "press": "x"}\n[]\n{"say": "你好"}\n')
    assert result.exit_code == 1
    wrong, list_, right = map(json.loads, result.stdout.splitlines())
    assert (wrong["line"], list_["line"]) == (1, 2)
    assert right["status"] == "smalltalk"


def test_db_upgrade_can_be_repeated() -> None:
    assert run("db", "upgrade").exit_code == 0
    assert "已是当前版本" in run("db", "upgrade").stdout


def test_settings_that_cannot_work_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YANXIU_PORT", "eighty")
    result = run("serve")
    assert result.exit_code == 2
    assert "YANXIU_PORT" in result.output
    monkeypatch.setenv("YANXIU_PORT", "0")
    monkeypatch.setenv("YANXIU_LOG_LEVEL", "LOUD")
    assert "LOUD" in run("serve").output


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(port: int, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "bot.cli.main", "serve"],
        env={**os.environ, "YANXIU_PORT": str(port), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture
def server() -> Iterator[tuple[int, subprocess.Popen[str]]]:
    port = free_port()
    process = start(port)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1).read()
            break
        except OSError:
            time.sleep(0.1)
    yield port, process
    process.kill()
    process.communicate()


@pytest.mark.slow
def test_serve_answers_over_http_and_stops_cleanly(server: tuple[int, subprocess.Popen[str]]) -> None:
    port, process = server
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/ask", data='{"q": "示范班补助多少"}'.encode(), method="POST"
    )
    answer = json.loads(urllib.request.urlopen(request, timeout=5).read())
    assert "5万元" in answer["text"]
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=15)
    assert process.returncode == 0
    assert "Traceback" not in output


@pytest.mark.slow
def test_a_taken_port_is_said_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = start(taken.getsockname()[1])
        output, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "YANXIU_PORT" in output
    assert "Traceback" not in output


@pytest.mark.slow
def test_a_database_that_cannot_be_written_is_said_in_one_line() -> None:
    process = start(free_port(), YANXIU_DATABASE_URL="sqlite:////proc/nowhere/yanxiu.db")
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "错误：" in output
    assert "Traceback" not in output


PLAN = [
    "--kind",
    "provincial_demo",
    "--opens",
    "2025-06-10",
    "--closes",
    "2025-06-13",
    "--trainees",
    "60",
    "--online",
    "20",
    "--staff",
    "6",
]


def test_a_plan_is_checked_and_gets_a_checklist_with_clause_and_both_dates() -> None:
    result = run("plan", *PLAN, "--as-of", "2025-04-15", "--json")
    assert result.exit_code == 0
    sheet = json.loads(result.stdout)
    filing = [item for item in sheet["checklist"] if item["stage"] == "filing"]
    assert [(i["title"], i["due"], i["prudent"]) for i in filing] == [
        ("开班通知", "2025-05-10", "2025-05-09"),
        ("实施方案", "2025-05-10", "2025-05-09"),
    ]
    assert all(line["citations"] for line in (*sheet["checkup"], *sheet["checklist"]))


def test_a_plan_for_people_names_stage_receiver_and_clause() -> None:
    shown = run("plan", *PLAN, "--as-of", "2025-04-15").stdout
    assert "□ 实施方案 → 省人社厅　最晚2025年5月10日（稳妥：5月9日前）〔一、按时完成研修项目〕" in shown


def test_a_check_that_finds_something_wrong_exits_with_one() -> None:
    result = run("check", "--kind", "national", "--trainees", "45", "--as-of", "2025-04-15")
    assert result.exit_code == 1
    assert "还差5人" in result.stdout
    assert run("check", *PLAN, "--as-of", "2025-04-15").exit_code == 0


def test_a_plan_of_an_uncovered_year_says_reference_on_every_line() -> None:
    arguments = ["--kind", "national", "--opens", "2026-10-10", "--closes", "2026-10-14", "--trainees", "60", "--json"]
    sheet = json.loads(run("check", *arguments).stdout)
    assert sheet["reference"] is True
    assert all(line["text"].startswith("参照2025年通知：") for line in sheet["checkup"])


@pytest.mark.parametrize(
    "arguments",
    [
        ["--opens", "2025-06-13", "--closes", "2025-06-10"],
        ["--opens", "2025-02-30"],
        ["--trainees", "20", "--online", "21"],
        ["--trainees", "-5"],
    ],
)
def test_a_plan_that_cannot_be_is_bad_usage(arguments: list[str]) -> None:
    assert run("plan", "--kind", "national", *arguments).exit_code == 2


def test_the_demo_fills_marks_and_removes_its_samples() -> None:
    filled = run("demo")
    assert filled.exit_code == 0
    assert "关联 " in filled.stdout
    assert run("demo").exit_code == 1
    assert "已撤掉6期示例" in run("demo", "--remove").stdout
    assert "已撤掉0期示例" in run("demo", "--remove").stdout


def test_reminders_of_a_database_without_tables_say_to_upgrade_it() -> None:
    result = run("remind", "status")
    assert result.exit_code == 1
    assert "yanxiu db upgrade" in result.stderr


def test_reminders_are_looked_at_and_sent_from_the_command_line() -> None:
    assert run("db", "upgrade").exit_code == 0
    for arguments, sentence in (
        (("remind", "status"), "已排 0 条，已送达 0 条"),
        (("remind", "list"), "没有排着的提醒"),
        (("remind", "log", "1"), "这期没有发送过提醒"),
        (("remind", "overdue"), "没有要督办的事项"),
        (("remind", "once"), "处理了 0 个人的到点提醒"),
    ):
        result = run(*arguments)
        assert result.exit_code == 0
        assert sentence in result.output
    assert run("remind", "log", "0").exit_code == 2
