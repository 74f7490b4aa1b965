"""A hundred thousand clauses: what they cost, and whether known answers stay the same.

`python -m tests.benchmarks.scale`. Every configuration runs in a process of its own.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from typing import Any

import psutil  # type: ignore[import-untyped]

from bot.engine.sentence_model import load_semantic
from bot.logs import configure_logs
from handlers.questions.batch import BatchQuestion, answer_question
from knowledge.answering.engine import Engine
from knowledge.loading import load_knowledge
from knowledge.model.snapshot import Knowledge
from knowledge.validation import notice_problems
from tests.benchmarks.cases import AS_OF, distinct_questions
from tests.benchmarks.synthetic import TOPICS, YEARS, enlarged, unseen_question

SHOWN = 5
PROBED = 200
"""Synthetic topics that are asked about."""
MEGABYTE = 2**20


@dataclass(frozen=True)
class Run:
    """What was measured in one process: seconds, megabytes, milliseconds, answers."""

    clauses: int
    built: float
    memory: float
    times: list[float]
    answers: list[dict[str, Any]]
    found: float
    """Share of questions about synthetic topics that were answered from them."""


def main() -> None:
    """Print costs, then differences, by words alone and with the sentence model."""
    for meaning in (False, True):
        runs = [_in_own_process(large, meaning) for large in (False, True)]
        if not all(runs):
            print("未安装语义模型，只测字词")
            return
        small, large = (run for run in runs if run)
        print(f"\n{'字词＋语义' if meaning else '只按字词'}")
        _print_costs(small)
        _print_costs(large)
        _print_differences(small, large)


def _in_own_process(large: bool, meaning: bool) -> Run | None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_run, large, meaning).result()


def _run(large: bool, meaning: bool) -> Run | None:
    configure_logs("WARNING", False)
    knowledge = enlarged(load_knowledge()) if large else load_knowledge()
    _prove(knowledge)
    started = time.perf_counter()
    engine = _engine(knowledge, meaning)
    built = time.perf_counter() - started
    if engine is None:
        return None
    memory = psutil.Process().memory_info().rss / MEGABYTE
    times, answers = [], []
    for question in distinct_questions():
        started = time.perf_counter()
        engine.answer(question.q, question.as_of or AS_OF, question.history)
        times.append((time.perf_counter() - started) * 1000)
        answers.append(answer_question(engine, question, AS_OF))
    clauses = sum(len(notice.clauses) for notice in knowledge.notices)
    return Run(clauses, built, memory, times, answers, _found(engine) if large else 1.0)


def _prove(knowledge: Knowledge) -> None:
    """Synthetic notices must hold up to what is demanded of real ones. Raises ValueError."""
    for notice in (knowledge.notices[0], knowledge.notices[-1]):
        if wrong := next(notice_problems(notice), ""):
            raise ValueError(f"{notice.id}：{wrong}")


def _engine(knowledge: Knowledge, meaning: bool) -> Engine | None:
    """The engine as the application builds it."""
    semantic = load_semantic() if meaning else None
    return Engine(knowledge, semantic) if semantic or not meaning else None


def _found(engine: Engine) -> float:
    """How often a question in words of its own finds its synthetic topic."""
    topics = list(islice((t for t in engine.knowledge.topics if t.id.startswith("synthetic")), 0, TOPICS))
    asked = topics[:: TOPICS // PROBED]
    hits = sum(topic.id in engine.answer(unseen_question(topic), AS_OF).topics[:1] for topic in asked)
    return hits / len(asked)


def _print_costs(run: Run) -> None:
    cuts = statistics.quantiles(run.times, n=100)
    print(
        f"  {run.clauses:>6} 条：建索引 {run.built:.1f} 秒，进程内存 {run.memory:.0f} MB，"
        f"回答一次 中位 {cuts[49]:.2f} ms、p99 {cuts[98]:.2f} ms、最长 {max(run.times):.2f} ms"
    )


def _print_differences(small: Run, large: Run) -> None:
    differing = list(_differing(small, large))
    total = len(small.answers)
    print(f"  已有问题的答复（状态、文字、引文）完全相同：{total - len(differing)}/{total}")
    print(f"  新增的话题（{TOPICS} 个，{len(YEARS)} 份通知）用没见过的问法能找到：{large.found:.0%}")
    for question, before, after in differing[:SHOWN]:
        print(f"    {question.q}\n      原：{_brief(before)}\n      现：{_brief(after)}")


def _differing(small: Run, large: Run) -> Iterator[tuple[BatchQuestion, dict[str, Any], dict[str, Any]]]:
    for question, before, after in zip(distinct_questions(), small.answers, large.answers, strict=True):
        if before != after:
            yield question, before, after


def _brief(answer: dict[str, Any]) -> str:
    return f"[{answer['status']}] {answer['text'][:90]}".replace("\n", " ")


if __name__ == "__main__":
    main()
