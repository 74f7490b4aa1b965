"""One immutable snapshot of all knowledge."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from knowledge.calendar import Holidays
from knowledge.model.notice import Fact, Notice, SeminarKind
from knowledge.model.staff_answer import StaffAnswer
from knowledge.model.topic import Topic

CURRENT = 2
"""Plan years that count as current: the one in force and the one before it."""
SENTENCE_ENDS = "。；\n"

REMEMBERED = 4096


@dataclass(frozen=True, eq=False)
class CitedFact:
    """A fact with its notice; equal if the keys are."""

    notice: Notice
    fact: Fact

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CitedFact) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    @property
    def key(self) -> str:
        """Unique across notices, e.g. 2025-shishi/filing-demo."""
        return f"{self.notice.id}/{self.fact.id}"

    @cached_property
    def passage(self) -> str:
        text = self.notice.text_of(self.fact.clause)
        start = text.index(self.fact.quote)
        end = start + len(self.fact.quote)
        first = max((text.rfind(mark, 0, start) for mark in SENTENCE_ENDS), default=-1) + 1
        ends = [at for mark in SENTENCE_ENDS if (at := text.find(mark, end - 1)) >= 0]
        last = min(ends) + 1 if ends else len(text)
        return text[first:last].strip("\n")


@dataclass(frozen=True)
class Vocabulary:
    concepts: dict[str, tuple[str, ...]]
    kinds: dict[str, tuple[str, ...]]
    fillers: tuple[str, ...]
    stop: tuple[str, ...]
    pinyin_terms: tuple[str, ...]
    keep: tuple[str, ...]
    places: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Knowledge:
    """Immutable snapshot, replaced as a whole; compared by identity."""

    notices: tuple[Notice, ...]
    topics: tuple[Topic, ...]
    vocabulary: Vocabulary
    holidays: Holidays = field(default_factory=Holidays)
    answers: tuple[StaffAnswer, ...] = ()

    @cached_property
    def topic_by_id(self) -> dict[str, Topic]:
        return {topic.id: topic for topic in self.topics}

    @cached_property
    def facts_by_topic(self) -> dict[str, tuple[CitedFact, ...]]:
        """Newest plan year first."""
        grouped: dict[str, list[CitedFact]] = {}
        for notice in sorted(self.notices, key=lambda n: -n.plan_year):
            for fact in notice.facts:
                grouped.setdefault(fact.topic, []).append(CitedFact(notice, fact))
        return {topic: tuple(facts) for topic, facts in grouped.items()}

    @cached_property
    def governing(self) -> dict[tuple[int, SeminarKind], tuple[CitedFact, ...]]:
        grouped: dict[tuple[int, SeminarKind], list[CitedFact]] = {}
        for notice in self.notices:
            for cited in (CitedFact(notice, fact) for fact in notice.facts):
                for kind in SeminarKind:
                    if cited.fact.applies_to(kind):
                        grouped.setdefault((notice.plan_year, kind), []).append(cited)
        return {key: tuple(facts) for key, facts in grouped.items()}

    @cached_property
    def plan_years(self) -> tuple[int, ...]:
        """Newest first."""
        return tuple(sorted({n.plan_year for n in self.notices}, reverse=True))

    @cached_property
    def current(self) -> tuple[Notice, ...]:
        return tuple(n for n in self.notices if n.plan_year in self.plan_years[:CURRENT])

    @cached_property
    def years_by_topic(self) -> dict[str, tuple[int, ...]]:
        return {
            topic: tuple(dict.fromkeys(c.notice.plan_year for c in facts))
            for topic, facts in self.facts_by_topic.items()
        }

    @cached_property
    def notice_by_id(self) -> dict[str, Notice]:
        return {notice.id: notice for notice in self.notices}

    @cached_property
    def _facts_of_year(self) -> dict[tuple[str, int], tuple[CitedFact, ...]]:
        grouped: dict[tuple[str, int], list[CitedFact]] = {}
        for topic, facts in self.facts_by_topic.items():
            for cited in facts:
                grouped.setdefault((topic, cited.notice.plan_year), []).append(cited)
        return {key: tuple(facts) for key, facts in grouped.items()}

    @cached_property
    def _notice_by_year(self) -> dict[int, Notice]:
        return {n.plan_year: n for n in reversed(self.notices)}

    def warm(self) -> None:
        _ = (self.topic_by_id, self.governing, self.current, self.years_by_topic, self.revision)
        _ = (self._facts_of_year, self._notice_by_year)

    @cached_property
    def revision(self) -> str:
        """Digest of the contents: snapshots of one revision answer alike."""
        parts = [part.model_dump_json() for part in (*self.notices, *self.topics, *self.answers)]
        parts += [repr(sorted(self.vocabulary.concepts.items())), repr(self.holidays)]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]

    def notice_of_year(self, year: int) -> Notice | None:
        return self._notice_by_year.get(year)

    def facts(self, topic: str, year: int, kinds: Iterable[SeminarKind] = ()) -> tuple[CitedFact, ...]:
        """No `kinds` means all of them."""
        wanted = tuple(kinds)
        return tuple(
            cited
            for cited in self._facts_of_year.get((topic, year), ())
            if not wanted or any(cited.fact.applies_to(kind) for kind in wanted)
        )
