"""The shape of the project: what README promises, and how large things may grow."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.settings import Settings

ROOT = Path(__file__).parent.parent
CONVERSATION_TEXTS = ROOT / "handlers" / "texts"
CODE = sorted(p for package in ("bot", "handlers", "knowledge") for p in (ROOT / package).rglob("*.py"))
CHINESE = re.compile(r"[\u4e00-\u9fff]")
PUNCTUATION = re.compile(r"[，。；：！？（）“”《》…]")
WITH_SENTENCES = (
    "bot/web/staff",
    "bot/staff",
    "bot/cli",
    "bot/files",
    "bot/documents",
    "bot/storage",
    "handlers",
    "knowledge",
)
"""Packages whose sentences stand in modules of sentences; add one here once its own do."""
SENTENCES = (
    "*/texts.py",
    "handlers/texts/*.py",
    "bot/storage/channels/incidents.py",  # names of actions in the audit log
    "handlers/domain/seminar.py",  # labels of roles and states
    "handlers/seminars/registration_steps.py",  # the form: each field's label beside its parser
    "knowledge/answering/wording.py",
    "knowledge/rules/*.py",  # verdicts: each figure is computed beside its words
    "knowledge/validation.py",  # a list of problems
    "knowledge/publications.py",  # likewise
    "knowledge/loading.py",  # errors of data files, for who edits them
    "knowledge/evaluation.py",  # faults of a case
    "knowledge/model/notice.py",  # labels of kinds, the one rule of the schema
    "knowledge/answering/engine.py",  # the trace behind "why"
    "bot/documents/*.py",  # templates of documents
    "bot/cli/demo.py",  # sample seminars
    "bot/files/tables.py",  # vocabulary of tables
    "knowledge/language/*.py",  # vocabulary of the people who ask
    "knowledge/importing/*.py",  # vocabulary of the notices
)
INTERFACE = {"Option", "Argument", "Typer", "command"}
"""Calls of Typer: help stands beside the option it explains."""


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_every_setting_is_documented(name: str) -> None:
    assert f"YANXIU_{name.upper()}" in (ROOT / "bot" / "README.md").read_text(encoding="utf-8")


def test_only_the_agreed_names_stand_at_the_top() -> None:
    agreed = {"bot", "handlers", "knowledge", "tests", "pyproject.toml", "README.md", "Makefile", "requirements.lock"}
    found = {p.name for p in ROOT.iterdir() if not p.name.startswith(".") and not p.name.endswith((".egg-info", ".db"))}
    assert found - {"yanxiu.db-wal", "yanxiu.db-shm"} == agreed


def test_the_lock_file_names_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    assert "--hash=sha256:" in lock


def test_modules_and_functions_stay_small() -> None:
    for path in CODE:
        source = path.read_text(encoding="utf-8")
        assert source.count("\n") <= 350, path
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert (node.end_lineno or 0) - node.lineno <= 60, f"{path}:{node.name}"


def test_every_fixed_sentence_is_used() -> None:
    code = "\n".join(p.read_text(encoding="utf-8") for p in CODE if p.parent != CONVERSATION_TEXTS)
    used = set(re.findall(r"(?:texts|sentences)\.([A-Z]\w+)", code))
    used.update(re.findall(r"\w+", " ".join(re.findall(r"texts\.\w+ import (.*)", code))))
    for path in CONVERSATION_TEXTS.glob("*.py"):
        assert set(re.findall(r"(?m)^([A-Z]\w+) =", path.read_text(encoding="utf-8"))) <= used, path


@pytest.mark.parametrize("package", WITH_SENTENCES)
def test_sentences_for_people_stand_in_modules_of_sentences(package: str) -> None:
    for path in sorted((ROOT / package).rglob("*.py")):
        if not any(path.match(pattern) for pattern in SENTENCES):
            assert not list(_sentences(ast.parse(path.read_text(encoding="utf-8")))), path


def _sentences(node: ast.AST) -> Iterator[str]:
    """Literals of six Chinese characters or with Chinese punctuation, but for docstrings, logs, patterns and help."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        owner = node.func.value.id if isinstance(node.func.value, ast.Name) else ""
        if owner in {"re", "log", "_log"} or node.func.attr in INTERFACE:
            return
    if isinstance(node, ast.JoinedStr | ast.Constant):
        parts = node.values if isinstance(node, ast.JoinedStr) else [node]
        words = "".join(part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str))
        if len(CHINESE.findall(words)) >= 6 or (CHINESE.search(words) and PUNCTUATION.search(words)):
            yield words
    for child in ast.iter_child_nodes(node):
        yield from _sentences(child)


def test_no_rule_knows_a_figure_of_a_notice() -> None:
    """Rules take their bounds from facts: no number above ten but conversions stands in them."""
    conversions = {100, 10000}
    for path in (ROOT / "knowledge" / "rules").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and type(node.value) in {int, float}:
                assert node.value <= 1 or node.value in conversions, f"{path.name}: {node.value}"


def test_tests_share_by_support_and_not_by_importing_each_other() -> None:
    for path in (ROOT / "tests").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom | ast.Import):
                modules = [getattr(node, "module", None) or "", *(name.name for name in node.names)]
                parts = {part for module in modules for part in module.split(".")} - {"test_utils"}  # aiohttp's
                assert not [part for part in parts if part == "conftest" or part.startswith("test_")], path
