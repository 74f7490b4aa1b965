"""A draft's source for its review: quotes of facts marked, unaccounted figures listed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.storage.staff.draft_models import HeldDraft, JudgedFact, ReviewDecision
from knowledge.validation import positions_of, unowned_figures


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    fact: int | None = None
    state: str = ""


def pieces(draft: HeldDraft) -> Iterator[Piece]:
    """The source split at the quotes of facts; of overlapping quotes the first one wins."""
    position = 0
    for start, end, one in _spans(draft):
        if start < position:
            continue
        if start > position:
            yield Piece(draft.source[position:start])
        yield Piece(draft.source[start:end], one.id, one.state.value)
        position = end
    if position < len(draft.source):
        yield Piece(draft.source[position:])


def _spans(draft: HeldDraft) -> list[tuple[int, int, JudgedFact]]:
    kept = [one for one in draft.facts if one.state is not ReviewDecision.REJECTED and one.fact.quote]
    found = [(draft.source.find(one.fact.quote), one) for one in kept]
    spans = [(at, at + len(one.fact.quote), one) for at, one in found if at >= 0]
    return sorted(spans, key=lambda span: (span[0], -span[1], span[2].id))


def unowned(draft: HeldDraft) -> Iterator[str]:
    """Text around figures that no accepted fact, context or metadata accounts for, without repeats."""
    said, source, covered = draft.said, draft.source, set[int]()
    quotes = [one.fact.quote for one in draft.of_state(ReviewDecision.ACCEPTED)]
    quotes += [row["quote"] for row in draft.context] + [said.get("doc_no") or "", said.get("title") or ""]
    for start, end in unowned_figures(source, quotes):
        if covered.issuperset(range(start, end)):
            continue
        line, line_end = source.rfind("\n", 0, start) + 1, source.find("\n", end)
        around = source[max(line, start - 12) : min(line_end if line_end >= 0 else len(source), end + 8)]
        yield around
        covered.update(positions_of(around, source))
