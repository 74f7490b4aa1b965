"""The evaluation questions, as the benchmarks ask them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from handlers.questions.batch import BatchQuestion, read_question
from tests.support.paths import EVAL

AS_OF = date(2025, 4, 15)
FIRST = "dev"

Reply = Callable[[BatchQuestion], dict[str, Any]]
"""A question → its answer in the batch format."""


@dataclass(frozen=True)
class Case:
    """A question with what is expected of its answer."""

    expected: dict[str, Any]
    question: BatchQuestion


def case_files() -> list[Path]:
    """Every evaluation file, the one used in development first."""
    return sorted(EVAL.glob("*.jsonl"), key=lambda path: (path.stem != FIRST, path.stem))


def cases(path: Path) -> list[Case]:
    """The cases of one file."""
    return [Case(json.loads(line), read_question(line)) for line in path.read_text("utf-8").splitlines() if line]


def distinct_questions() -> list[BatchQuestion]:
    """The questions of all files, each wording with its conversation once."""
    found = [case.question for path in case_files() for case in cases(path)]
    return list({(q.q, q.history): q for q in found}.values())
