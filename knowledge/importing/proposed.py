"""A proposed fact; plan year and kinds of a draft."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from knowledge.importing.alignment import Fate
from knowledge.importing.draft import NoticeDraft
from knowledge.importing.typed import Kinds
from knowledge.model.notice import Fact, SeminarKind
from knowledge.model.snapshot import Knowledge


class Origin(StrEnum):
    HELD = "held"
    FOUND = "found"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class ProposedFact:
    """`was` is the earlier quote, `confidence` from 0 to 1; an empty topic has to be chosen."""

    fact: Fact
    origin: Origin
    confidence: float
    fate: Fate | None = None
    was: str = ""


def plan_year_of(made: NoticeDraft) -> int | None:
    named = re.search(r"(20\d\d)\s*年", made.metadata.title)
    issued = made.metadata.issued_on
    return int(named[1]) if named else (issued.year if issued else None)


def as_rows(found: Iterable[ProposedFact]) -> Iterator[dict[str, object]]:
    for one in found:
        yield one.fact.model_dump(mode="json", exclude_defaults=True) | {
            "origin": str(one.origin),
            "fate": str(one.fate) if one.fate else None,
            "was": one.was or None,
            "confidence": one.confidence,
        }


def kinds_of(made: NoticeDraft, library: Knowledge) -> tuple[SeminarKind, ...]:
    return Kinds(library.vocabulary).held(made.text)
