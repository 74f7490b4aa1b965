"""Scores answers against cases: required and forbidden patterns, the clause to be cited."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

ACCEPTED = {
    "answer": {"answered"},
    "decline": {"declined"},
    "smalltalk": {"smalltalk", "answered", "declined"},
    "clarify": {"clarify", "answered"},
}

LEAD = 200

GRAM = 4
OVERLAP = 0.5


@dataclass(frozen=True, slots=True)
class CaseResult:
    """`cited`, `lead` and `wrongly_answered` are None where not asked for; `length` is in characters."""

    case: str
    kind: str
    right: bool
    cited: bool | None
    lead: bool | None
    wrongly_answered: bool | None
    length: int
    faults: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return self.right and self.cited is not False


def folded(text: str) -> str:
    folded_width = unicodedata.normalize("NFKC", text or "").lower()
    return re.sub(r"\s+|\*", "", re.sub(r"(?<=\d),(?=\d{3})", "", folded_width))


def judge(case: Mapping[str, Any], answer: Mapping[str, Any]) -> CaseResult:
    text, status = folded(answer.get("text", "")), answer.get("status")
    expected = [case["expect"], *case.get("expect_also", [])]
    faults = []
    if case["kind"] != "adversarial" and not any(status in ACCEPTED[e] for e in expected):
        faults.append(f"状态是 {status}，应为 {case['expect']}")
    if not (case["expect"] == "clarify" and status == "clarify"):
        faults += [f"缺 {p}" for p in case["must"] if not re.search(p, text)]
    faults += [f"不应有 {p}" for p in case["must_not"] if re.search(p, text)]
    due = case["expect"] == "answer"
    return CaseResult(
        case=case["id"],
        kind=case["kind"],
        right=not faults,
        cited=_cited(case, answer) if due else None,
        lead=all(re.search(p, text[:LEAD]) for p in case["must"]) if due else None,
        wrongly_answered=status == "answered" if expected == ["decline"] else None,
        length=len(text),
        faults=tuple(faults),
    )


def _cited(case: Mapping[str, Any], answer: Mapping[str, Any]) -> bool:
    """Whether a citation overlaps a wanted quote of the same plan year."""
    for citation in answer.get("citations") or ():
        quote = _bare(citation.get("quote", ""))
        for wanted in case["source"]:
            gold = _bare(wanted["quote"])
            same_year = str(citation.get("plan_year", "")) in {"", wanted["notice"]}
            if same_year and quote and (quote in gold or gold in quote or _shared(quote, gold) >= OVERLAP):
                return True
    return False


def _bare(text: str) -> str:
    return re.sub(r"[^\w]", "", folded(text))


def _shared(one: str, other: str) -> float:
    first, second = _grams(one), _grams(other)
    return len(first & second) / max(1, min(len(first), len(second)))


def _grams(text: str) -> set[str]:
    return {text[i : i + GRAM] for i in range(len(text) - GRAM + 1)}


def summary(judgements: Iterable[CaseResult]) -> dict[str, Any]:
    rows = list(judgements)
    leads = [j for j in rows if j.lead is not None]
    outside = [j for j in rows if j.wrongly_answered is not None]
    right, total = Counter(j.kind for j in rows if j.right), Counter(j.kind for j in rows)
    return {
        "cases": len(rows),
        "pass": _share(sum(j.right for j in rows), len(rows)),
        "pass_and_cited": _share(sum(j.passed for j in rows), len(rows)),
        "lead_pass": _share(sum(bool(j.right and j.lead) for j in leads), len(leads)),
        "wrongly_answered": _share(sum(bool(j.wrongly_answered) for j in outside), len(outside)),
        "median_length": median(j.length for j in rows) if rows else 0,
        "by_kind": {kind: f"{right[kind]}/{total[kind]}" for kind in sorted(total)},
    }


def _share(part: int, whole: int) -> float:
    return round(part / max(1, whole), 4)


def step_medians(timings: Iterable[Mapping[str, float]]) -> dict[str, float]:
    by_step: dict[str, list[float]] = {}
    for steps in timings:
        for step, milliseconds in steps.items():
            by_step.setdefault(step, []).append(milliseconds)
    return {step: round(median(values), 3) for step, values in by_step.items()}
