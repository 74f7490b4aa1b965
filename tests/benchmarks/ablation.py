"""What each part of the answer path is worth: without it, and against plain retrieval, on the same questions.

`python -m tests.benchmarks.ablation`
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from unittest.mock import patch

from bot.core import load_engine
from handlers.questions.batch import BatchQuestion, answer_question
from knowledge.answering import decide
from knowledge.answering.engine import Engine
from knowledge.answering.lexical_index import TopicIndex
from knowledge.evaluation import CaseResult, judge
from knowledge.loading import load_knowledge
from knowledge.model.snapshot import Knowledge
from tests.benchmarks.cases import AS_OF, Case, Reply, case_files, cases
from tests.benchmarks.peers import peers

Part = tuple[object, str, object]
"""A function, by its owner and name, and the nothing that it finds when taken out."""

ROWS: dict[str, tuple[tuple[Part, ...], bool]] = {
    "只按字词": ((), False),
    "只按语义": (((TopicIndex, "search", ()), (TopicIndex, "search_features", ())), True),
    "融合但不用规则": (((decide, "_derived_lines", []),), True),
    "融合＋规则": ((), True),
}
"""Per row what is taken out, and whether the sentence model takes part."""


def main() -> None:
    """Print one table per evaluation file."""
    knowledge = load_knowledge()
    rivals = peers(knowledge)
    for path in case_files():
        asked = cases(path)
        print(f"\n{path.stem}（{len(asked)} 题，未注明日期的按 {AS_OF} 提问）")
        print("  答对　　答对且引对　中位毫秒")
        for name, (parts, meaning) in ROWS.items():
            engine = _engine(knowledge, meaning=meaning)
            with _without(parts):
                _measure(name, partial(_own_answer, engine), asked)
        for name, reply in rivals.items():
            _measure(name, reply, asked)


def _engine(knowledge: Knowledge, *, meaning: bool) -> Engine:
    """A new engine, so that no row profits from what another one remembered."""
    return load_engine(knowledge) if meaning else Engine(knowledge)


@contextmanager
def _without(parts: Sequence[Part]) -> Iterator[None]:
    """Those functions always find the given nothing."""
    with ExitStack() as stack:
        for owner, name, nothing in parts:
            stack.enter_context(patch.object(owner, name, return_value=nothing))
        yield


def _own_answer(engine: Engine, question: BatchQuestion) -> dict[str, object]:
    return answer_question(engine, question, AS_OF)


def _measure(name: str, reply: Reply, asked: Sequence[Case]) -> None:
    """Ask every question and print one line of the table."""
    judged: list[CaseResult] = []
    times: list[float] = []
    for case in asked:
        started = time.perf_counter()
        answer = reply(case.question)
        times.append((time.perf_counter() - started) * 1000)
        judged.append(judge(case.expected, answer))
    right = sum(j.right for j in judged) / len(judged)
    passed = sum(j.passed for j in judged) / len(judged)
    print(f"  {right:6.1%}　　{passed:6.1%}　　　{statistics.median(times):8.2f}　{name}", flush=True)


if __name__ == "__main__":
    main()
