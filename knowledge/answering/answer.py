"""Values of the answering path: lines, options, drafts, answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from knowledge.model.notice import SeminarKind
from knowledge.model.numbers import figures_in
from knowledge.model.snapshot import CitedFact

Status = Literal["answered", "clarify", "declined", "smalltalk"]


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph with its facts and the figures a rule computed.

    `echoed` are figures repeated from the question, e.g. "不是8万元".
    """

    text: str
    facts: tuple[CitedFact, ...] = ()
    computed: frozenset[str] = frozenset()
    echoed: frozenset[str] = frozenset()

    def unproven_figures(self) -> frozenset[str]:
        owned = self.computed | self.echoed
        for cited in self.facts:
            owned |= figures_in(cited.fact.quote) | {str(cited.notice.plan_year)}
        return figures_in(self.text) - owned


@dataclass(frozen=True, slots=True)
class Option:
    label: str
    kind: SeminarKind | None = None
    topic: str = ""


@dataclass(frozen=True, slots=True)
class AnswerDraft:
    status: Status
    lines: tuple[Line, ...]
    options: tuple[Option, ...] = ()
    reason: str = ""
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """`reason` types a decline; `timings` are milliseconds per step.

    `confidence` is the score of the best topic; from about 1 on it is almost never the wrong one.
    """

    status: Status
    text: str
    citations: tuple[CitedFact, ...] = ()
    options: tuple[Option, ...] = ()
    reason: str = ""
    topics: tuple[str, ...] = ()
    trace: tuple[str, ...] = ()
    confidence: float = 0.0
    timings: dict[str, float] = field(default_factory=dict)
