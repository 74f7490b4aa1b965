"""Which topic a question is about: its features against every topic's example questions.

All scores are sums over the features of the question, each feature holding one array over example
questions and one over topics, so that an answer's cost grows with what shares a word with it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from knowledge.answering.topic_text import example_text
from knowledge.language.phrasebook import Featurizer
from knowledge.language.text import Speller, plain_text
from knowledge.model.snapshot import CitedFact, Knowledge
from knowledge.model.topic import Topic

NEAREST_SHARE = 0.5
COVER_SHARE = 0.35
FUZZY_SHARE = 0.15
FACT_WEIGHT = 0.35
UNSEEN_IDF = 4.0
"""Weight of a word that no example knows."""
LIKELY = 0.3
"""Examples that share at least this part of what the nearest one shares are compared letter by letter."""
GOOD = 0.30
"""Share-weighted score of the words below which all examples are compared so."""
LIKEST = 6
"""Examples kept of that comparison."""
MANY = 1000
"""Topics from which on only likely examples are compared in any case, and at most so many of them."""
CONTACT = "contact"
"""The topic that the contact data of notices belong to."""

Numbers = NDArray[np.int32]
Weights = NDArray[np.float32]
Column = tuple[Numbers, Weights]
"""Where a feature stands (ascending row numbers) and how much it weighs there."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A topic with its score (0–1) and the share of the question's weight it explains (0–1)."""

    topic: str
    score: float
    coverage: float


class TopicIndex:
    def __init__(self, knowledge: Knowledge, speller: Speller, featurizer: Featurizer, topics: Sequence[Topic]) -> None:
        self._featurizer = featurizer
        self._topic_ids = [topic.id for topic in topics]
        self._numbers = {topic: number for number, topic in enumerate(self._topic_ids)}
        self.examples: list[str] = []
        self.topic_of: list[str] = []
        vectors: list[Mapping[str, float]] = []
        starts: list[int] = []
        for topic in topics:
            starts.append(len(self.examples))
            for example in (*topic.examples, topic.label, *_names(topic, knowledge)):
                text = example_text(speller.correct(plain_text(example)))
                self.examples.append(text)
                self.topic_of.append(topic.id)
                vectors.append(featurizer.features(text))
        self._starts = np.array(starts)
        self._ranges = list(zip(starts, [*starts[1:], len(self.examples)], strict=True))
        self._owner = [topic for topic, (start, end) in enumerate(self._ranges) for _ in range(start, end)]
        typical = self._typical(vectors)
        self._idf = self._rarity(typical)
        self._add_fact_words(typical, knowledge, speller)
        self._idf = self._rarity(typical) | self._idf  # words of facts do not make those of questions common
        self._columns = self._example_columns(vectors)
        self._typical_columns = {f: _column(topics) for f, topics in typical.items()}

    def search(self, text: str, limit: int = 8) -> tuple[Hit, ...]:
        vector = self._featurizer.features(text)
        if not vector:
            return ()
        dots, scores, cover = self._by_words(vector)
        rows = self._likely(dots) if scores.max() >= GOOD or len(scores) > MANY else range(len(self.examples))
        for number, likeness in self._fuzzy(text, rows).items():
            scores[number] += FUZZY_SHARE * likeness
        return self._hits(scores, cover, limit)

    def search_features(self, vector: Mapping[str, float], limit: int = 3) -> tuple[Hit, ...]:
        return self._hits(*self._by_words(vector)[1:], limit) if vector else ()

    def explained_by(self, topic: str, features: Mapping[str, float]) -> frozenset[str]:
        number = self._numbers.get(topic, -1)
        return frozenset(f for f in features if (c := self._typical_columns.get(f)) and number in c[0])

    def _hits(self, scores: Weights, cover: Weights, limit: int) -> tuple[Hit, ...]:
        best = _best(scores, limit)
        return tuple(Hit(self._topic_ids[n], float(scores[n]), float(cover[n])) for n in best if scores[n] > 0)

    def _by_words(self, vector: Mapping[str, float]) -> tuple[Weights, Weights, Weights]:
        """Per example the shared weight; per topic the score by nearest example and all words; the latter's share."""
        dots = np.zeros(len(self.examples), dtype=np.float32)
        cover = np.zeros(len(self._topic_ids), dtype=np.float32)
        total = squares = 0.0
        for feature, weight in vector.items():
            idf = self._idf.get(feature, UNSEEN_IDF)
            total += weight * idf
            squares += (weight * idf) ** 2
            if column := self._columns.get(feature):
                dots[column[0]] += weight * idf * column[1]
            if column := self._typical_columns.get(feature):
                cover[column[0]] += weight * idf * column[1]
        nearest = np.maximum.reduceat(dots, self._starts) / (math.sqrt(squares) or 1.0)
        cover /= total
        return dots, NEAREST_SHARE * nearest + COVER_SHARE * cover, cover

    def _example_columns(self, vectors: Sequence[Mapping[str, float]]) -> dict[str, Column]:
        """Per feature its weight in each example; examples have unit length."""
        columns: dict[str, dict[int, float]] = {}
        for number, vector in enumerate(vectors):
            weighted = {f: w * self._idf[f] for f, w in vector.items()}
            norm = math.sqrt(sum(w * w for w in weighted.values())) or 1.0
            for feature, weight in weighted.items():
                columns.setdefault(feature, {})[number] = weight / norm
        return {feature: _column(rows) for feature, rows in columns.items()}

    def _rarity(self, typical: dict[str, dict[int, float]]) -> dict[str, float]:
        return {f: math.log(1 + len(self._topic_ids) / len(topics)) for f, topics in typical.items()}

    def _typical(self, vectors: Sequence[Mapping[str, float]]) -> dict[str, dict[int, float]]:
        """Per feature how typical it is of each topic: 0.4 (seen once) to 1 (in a third of its examples)."""
        typical: dict[str, dict[int, float]] = {}
        for topic, (start, end) in enumerate(self._ranges):
            for feature, count in Counter(chain.from_iterable(vectors[start:end])).items():
                typical.setdefault(feature, {})[topic] = min(1.0, 0.4 + 1.8 * count / (end - start))
        return typical

    def _add_fact_words(self, typical: dict[str, dict[int, float]], knowledge: Knowledge, speller: Speller) -> None:
        """Words of a topic's facts count less than those of its examples."""
        for number, topic in enumerate(self._topic_ids):
            for cited in _taught_by(topic, knowledge):
                for feature in self._featurizer.features(speller.correct(plain_text(cited.fact.say))):
                    typical.setdefault(feature, {}).setdefault(number, FACT_WEIGHT)

    def _likely(self, dots: Weights) -> Sequence[int]:
        rows: list[int] = np.flatnonzero(dots >= LIKELY * dots.max()).tolist()
        return rows if len(rows) <= MANY else np.argpartition(dots, -MANY)[-MANY:].tolist()

    def _fuzzy(self, text: str, rows: Sequence[int]) -> dict[int, float]:
        """Letter-level similarity to the closest examples: catches typos."""
        best: dict[int, float] = {}
        among = {row: self.examples[row] for row in rows}
        for _, score, row in process.extract(text, among, scorer=fuzz.ratio, limit=LIKEST):
            topic = self._owner[row]
            best[topic] = max(best.get(topic, 0.0), score / 100)
        return best


def _taught_by(topic: str, knowledge: Knowledge) -> tuple[CitedFact, ...]:
    """Facts of the current notices; of older ones only where these are silent."""
    facts = knowledge.facts_by_topic.get(topic, ())
    held = {n.plan_year for n in knowledge.current}
    return tuple(c for c in facts if c.notice.plan_year in held) or facts[:4]


def _column(rows: Mapping[int, float]) -> Column:
    return np.fromiter(rows, np.int32, len(rows)), np.fromiter(rows.values(), np.float32, len(rows))


def _best(scores: Weights, limit: int) -> list[int]:
    """Indices of the highest scores, best first; the sort is stable."""
    among = np.sort(np.argpartition(scores, -limit)[-limit:]) if len(scores) > limit else np.arange(len(scores))
    order = among[np.argsort(-scores[among], kind="stable")]
    found: list[int] = order[:limit].tolist()
    return found


def _names(topic: Topic, knowledge: Knowledge) -> tuple[str, ...]:
    """People and telephone numbers of the notices: a question naming one asks whom to contact."""
    if topic.id != CONTACT:
        return ()
    contacts = [notice.contact for notice in knowledge.current]
    return tuple(name for c in contacts for name in (c.person, f"找{c.person}打{c.phone.split('-')[-1]}"))
