"""The kept questions, answered by words and meaning: how many are right, and how far confidence tells."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import pytest

from handlers.questions.batch import batch_row, read_question
from knowledge.evaluation import CaseResult, judge, summary
from tests.support.application import loaded
from tests.support.paths import EVAL

DAY = date(2025, 4, 15)
RATCHET = {"dev": 0.99, "blind": 0.975, "unseen": 0.965}
"""Right and cited at least; raised when it gets better, never lowered."""
WRONGLY = {"dev": 0.0, "blind": 0.02, "unseen": 0.06}
"""Answered although it should be declined, at most."""
BOUNDS = (0.5, 0.6, 0.7, 0.8, 99.0)
NOISE = 0.02
"""What chance alone moves the share of a few hundred answers by."""


@dataclass(frozen=True)
class Answered:
    """A kept question's judgement beside the confidence of its answer."""

    judgement: CaseResult
    confidence: float
    answered: bool


@pytest.fixture(scope="session")
def answered() -> dict[str, list[Answered]]:
    engine = loaded()
    found: dict[str, list[Answered]] = {}
    for name in RATCHET:
        for line in (EVAL / f"{name}.jsonl").read_text("utf-8").splitlines():
            question = read_question(line)
            answer = engine.answer(question.q, question.as_of or DAY, question.history)
            verdict = judge(json.loads(line), batch_row(question, answer))
            found.setdefault(name, []).append(Answered(verdict, answer.confidence, answer.status == "answered"))
    return found


@pytest.mark.parametrize("name", RATCHET)
def test_as_many_kept_questions_are_right_as_ever(answered: dict[str, list[Answered]], name: str) -> None:
    result = summary(row.judgement for row in answered[name])
    assert result["pass_and_cited"] >= RATCHET[name]
    assert result["lead_pass"] >= 0.94
    assert result["wrongly_answered"] <= WRONGLY[name]


def test_the_surer_an_answer_the_more_often_it_is_right(answered: dict[str, list[Answered]]) -> None:
    rows = [row for rows in answered.values() for row in rows if row.answered]
    shares, plot = [], []
    for low, high in zip((0.0, *BOUNDS), BOUNDS, strict=False):
        bucket = [row.judgement.passed for row in rows if low <= row.confidence < high]
        if bucket:
            shares.append(sum(bucket) / len(bucket))
            bar = "█" * round(40 * shares[-1])
            plot.append(f"{low:4.1f}–{high:<4.1f} {len(bucket):5d} {shares[-1]:6.1%} {bar}")
    assert shares[-1] >= 0.97, "\n".join(plot)
    assert all(surer >= less - NOISE for less, surer in pairwise(shares)), "\n".join(plot)
