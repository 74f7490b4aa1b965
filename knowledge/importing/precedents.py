"""How held notices file what they fix: the usual topic of a metric, duty or clause, the usual duty of a topic."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TypeVar

from knowledge.model.notice import Fact

A = TypeVar("A")
B = TypeVar("B")
OWN_CLAUSES = ("标题", "文号", "主送", "联系方式", "附件", "落款")


class Precedents:
    def __init__(self, held: Iterable[Fact]) -> None:
        facts = list(held)
        self.topic_of_metric = _usual((limit.metric, fact.topic) for fact in facts for limit in fact.limits)
        self.topic_of_duty = _usual((f.deadline.duty, f.topic) for f in facts if f.deadline)
        self.topic_of_clause = _usual((f.clause, f.topic) for f in facts if f.clause in OWN_CLAUSES)
        self.duty_of_topic = _usual((f.topic, f.duty) for f in facts if f.duty)


def _usual(pairs: Iterable[tuple[A, B]]) -> dict[A, B]:
    counted: dict[A, Counter[B]] = {}
    for key, value in pairs:
        counted.setdefault(key, Counter())[value] += 1
    return {key: counter.most_common(1)[0][0] for key, counter in counted.items()}
