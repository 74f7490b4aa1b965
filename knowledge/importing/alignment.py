"""Aligns each fact of an earlier notice with a new text: unchanged, other figures, reworded or gone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz import fuzz

from knowledge.importing.draft import NoticeDraft
from knowledge.model.notice import Fact, Notice
from knowledge.model.numbers import FIGURE, figures_in

LEAST_ALIKE = 60.0
"""Percent similarity below which a fact counts as gone."""
SAME_SERIES = 75.0
"""Percent similarity of titles within one series."""
BOUNDARY = "。；，：、\n"
CLOSE = 8
"""Characters within which a quote is extended or cut to a punctuation mark."""


class Fate(StrEnum):
    UNCHANGED = "unchanged"
    FIGURES = "figures"
    REWORDED = "reworded"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Proposal:
    """`quote` is verbatim from the new text, `say` the earlier answer with new figures, where each old one has exactly
    one counterpart; None where a person has to write it. `confidence` is from 0 to 1.
    """

    fact: Fact
    fate: Fate
    quote: str
    start: int
    clause: str | None
    say: str | None
    confidence: float


def proposals(made: NoticeDraft, before: Notice) -> tuple[Proposal, ...]:
    return tuple(_proposal(made, fact) for fact in before.facts)


def _proposal(made: NoticeDraft, fact: Fact) -> Proposal:
    at = made.text.find(fact.quote)
    if at >= 0:
        return Proposal(fact, Fate.UNCHANGED, fact.quote, at, made.clause_at(at), fact.say, 1.0)
    found = fuzz.partial_ratio_alignment(fact.quote, made.text, score_cutoff=LEAST_ALIKE)
    if found is None or not found.dest_end:
        return Proposal(fact, Fate.GONE, "", 0, None, None, 0.0)
    start, end = _whole_words(made.text, found.dest_start, found.dest_end)
    quote = made.text[start:end]
    alike = fuzz.ratio(fact.quote, quote)
    same_words = FIGURE.sub("#", fact.quote) == FIGURE.sub("#", quote)
    fate = Fate.FIGURES if same_words else Fate.REWORDED
    say = _say(fact, quote) if same_words else None
    confidence = round(max(alike, 95.0 if same_words else 0.0) / 100, 2)
    return Proposal(fact, fate, quote, start, made.clause_at(start), say, confidence)


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    first = max(text.rfind(mark, 0, start + CLOSE) for mark in BOUNDARY) + 1
    if abs(first - start) <= CLOSE:
        start = first
    ends = [at for mark in BOUNDARY if (at := text.find(mark, max(start + 1, end - CLOSE))) >= 0]
    last = min(ends, key=lambda at: abs(at - end), default=end)
    return start, last if abs(last - end) <= CLOSE else end


def _say(fact: Fact, quote: str) -> str | None:
    """None unless each old figure stands for exactly one new one."""
    both = list(zip(FIGURE.findall(fact.quote), FIGURE.findall(quote), strict=True))
    new_of = dict(both)
    if any(new_of[old] != new for old, new in both):
        return None
    said = FIGURE.sub(lambda match: new_of.get(match.group(), match.group()), fact.say)
    return said if figures_in(said) <= figures_in(quote) | figures_in(fact.say) else None


def earlier_of_series(title: str, held: Iterable[Notice]) -> Notice | None:
    newest_first = sorted(held, key=lambda notice: -notice.plan_year)
    return next((notice for notice in newest_first if fuzz.ratio(notice.title, title) >= SAME_SERIES), None)
