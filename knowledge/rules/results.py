"""What a rule found: a verdict in words, the figures it computed, the facts it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from knowledge.model.numbers import figures_in
from knowledge.model.snapshot import CitedFact


class Verdict(StrEnum):
    """MISSING where the plan does not say enough."""

    PASS = "pass"
    FAIL = "fail"
    NOT_STATED = "not_stated"
    COMPUTED = "computed"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Finding:
    """Every figure of `text` is computed by the rule or stands in its facts."""

    rule: str
    verdict: Verdict
    text: str
    facts: tuple[CitedFact, ...]

    @property
    def figures(self) -> frozenset[str]:
        return figures_in(self.text)


def chinese_date(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def number(value: float) -> str:
    """Without a needless decimal point: 4.0 → 4."""
    return f"{value:g}"


def yuan(value: float) -> str:
    """As the notices write it: 52000 → 5.2万元."""
    return f"{number(value / 10000)}万元" if value >= 10000 else f"{number(value)}元"
