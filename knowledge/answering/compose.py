"""A draft becomes an answer: paragraphs joined, citations collected, every figure proved."""

from __future__ import annotations

from knowledge.answering.answer import AnswerDraft, Line
from knowledge.model.snapshot import CitedFact

MAX_CITATIONS = 6


class UnprovenFigure(Exception):
    pass


def compose(draft: AnswerDraft) -> tuple[str, tuple[CitedFact, ...]]:
    """Raises UnprovenFigure where no cited clause and no rule accounts for a figure."""
    lines = _distinct(tuple(line for line in draft.lines if line.text))
    for line in lines:
        if unproven := line.unproven_figures():
            raise UnprovenFigure(f"{'、'.join(sorted(unproven))}：{line.text}")
    return "\n".join(line.text for line in lines), _citations(lines)


def _distinct(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    return tuple({line.text: line for line in lines}.values())


def _citations(lines: tuple[Line, ...]) -> tuple[CitedFact, ...]:
    """Each quote once; a quote contained in a longer one of the same notice is omitted."""
    cited = list(dict.fromkeys(c for line in lines for c in line.facts))
    kept = [c for c in cited if not any(_within(c, other) for other in cited if other is not c)]
    unique = {(c.notice.id, c.passage): c for c in reversed(kept)}
    return tuple(sorted(unique.values(), key=kept.index))[:MAX_CITATIONS]


def _within(one: CitedFact, other: CitedFact) -> bool:
    return one.notice is other.notice and one.fact.quote != other.fact.quote and one.fact.quote in other.fact.quote
