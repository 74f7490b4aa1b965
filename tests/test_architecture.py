"""The shape of the project: what README promises, and how large things may grow."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from bot.settings import Settings

ROOT = Path(__file__).parent.parent
SENTENCES = ROOT / "handlers" / "texts"
CODE = sorted(p for package in ("bot", "handlers", "knowledge") for p in (ROOT / package).rglob("*.py"))


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
    used = "\n".join(p.read_text(encoding="utf-8") for p in CODE if p.parent != SENTENCES)
    for path in SENTENCES.glob("*.py"):
        for name in re.findall(r"(?m)^([A-Z]\w+) =", path.read_text(encoding="utf-8")):
            assert re.search(rf"(texts|sentences)\.{name}\b|texts\.\w+ import .*\b{name}\b", used), (
                f"{path.name}: {name}"
            )


def test_no_rule_knows_a_figure_of_a_notice() -> None:
    """Rules take their bounds from facts: no number above ten but conversions stands in them."""
    conversions = {100, 10000}
    for path in (ROOT / "knowledge" / "rules").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and type(node.value) in {int, float}:
                assert node.value <= 1 or node.value in conversions, f"{path.name}: {node.value}"
