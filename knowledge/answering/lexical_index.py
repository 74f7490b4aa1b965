"""Which topic a question is about: its features against every topic's example questions.

All scores are sums over the features of the question, each feature holding one array over example
questions and one over topics, so that an answer's cost grows with what shares a word with it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from knowledge.language.phrasebook import Featurizer
from knowledge.language.text import Speller, plain_text
from knowledge.language.topic_text import example_text
from knowledge.model.snapshot import CitedFact, Knowledge, Vocabulary
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


@dataclass(frozen=True, slots=True)
class _Taught:
    topics: tuple[tuple[str, ...], ...]
    vocabulary: Vocabulary = field(hash=False)
    speller: Speller = field(compare=False)
    featurizer: Featurizer = field(compare=False)


class _Examples:
    def __init__(self, taught: _Taught) -> None:
        self.texts: list[str] = []
        self.owner: list[int] = []
        vectors: list[Mapping[str, float]] = []
        starts: list[int] = []
        for number, examples in enumerate(taught.topics):
            starts.append(len(self.texts))
            for example in examples:
                text = example_text(taught.speller.correct(plain_text(example)))
                self.texts.append(text)
                self.owner.append(number)
                vectors.append(taught.featurizer.features(text))
        self.starts = np.array(starts)
        ranges = pairwise([*starts, len(self.texts)])
        self.typical = _typical([vectors[start:end] for start, end in ranges])
        self.idf = {feature: _rarity(len(starts), topics) for feature, topics in self.typical.items()}
        self.columns = self._columns(vectors)
        self.typical_columns = {feature: _column(topics) for feature, topics in self.typical.items()}

    def _columns(self, vectors: Sequence[Mapping[str, float]]) -> dict[str, Column]:
        """Per feature: its weight in each example, of unit length."""
        columns: dict[str, dict[int, float]] = {}
        for number, vector in enumerate(vectors):
            weighted = {f: w * self.idf[f] for f, w in vector.items()}
            norm = math.sqrt(sum(w * w for w in weighted.values())) or 1.0
            for feature, weight in weighted.items():
                columns.setdefault(feature, {})[number] = weight / norm
        return {feature: _column(rows) for feature, rows in columns.items()}


_learned = lru_cache(maxsize=2)(_Examples)


class TopicIndex:
    def __init__(self, knowledge: Knowledge, speller: Speller, featurizer: Featurizer, topics: Sequence[Topic]) -> None:
        self._featurizer = featurizer
        self._topic_ids = [topic.id for topic in topics]
        self._numbers = {topic: number for number, topic in enumerate(self._topic_ids)}
        examples = tuple((*topic.examples, topic.label, *_names(topic, knowledge)) for topic in topics)
        learned = _learned(_Taught(examples, knowledge.vocabulary, speller, featurizer))
        self.examples = learned.texts
        self.topic_of = [self._topic_ids[number] for number in learned.owner]
        self._owner, self._starts, self._columns = learned.owner, learned.starts, learned.columns
        facts = self._fact_words(knowledge, speller)
        taught = {f: dict.fromkeys(numbers, FACT_WEIGHT) | learned.typical.get(f, {}) for f, numbers in facts.items()}
        self._idf = {f: _rarity(len(topics), weights) for f, weights in taught.items()} | learned.idf
        """Words of facts do not make those of questions common."""
        self._typical_columns = learned.typical_columns | {f: _column(weights) for f, weights in taught.items()}

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

    def _fact_words(self, knowledge: Knowledge, speller: Speller) -> dict[str, list[int]]:
        words: dict[str, list[int]] = {}
        for number, topic in enumerate(self._topic_ids):
            for cited in _taught_by(topic, knowledge):
                for feature in self._featurizer.features(speller.correct(plain_text(cited.fact.say))):
                    words.setdefault(feature, []).append(number)
        return words

    def _likely(self, dots: Weights) -> Sequence[int]:
        rows: list[int] = np.flatnonzero(dots >= LIKELY * dots.max()).tolist()
        return rows if len(rows) <= MANY else np.argpartition(dots, -MANY)[-MANY:].tolist()

    def _fuzzy(self, text: str, rows: Sequence[int]) -> dict[int, float]:
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


def _typical(topics: Sequence[Sequence[Mapping[str, float]]]) -> dict[str, dict[int, float]]:
    """Per feature: how typical it is of each topic, 0.4 (seen once) to 1 (in a third of its examples)."""
    typical: dict[str, dict[int, float]] = {}
    for topic, vectors in enumerate(topics):
        for feature, count in Counter(chain.from_iterable(vectors)).items():
            typical.setdefault(feature, {})[topic] = min(1.0, 0.4 + 1.8 * count / len(vectors))
    return typical


def _rarity(among: int, topics: Collection[int]) -> float:
    return math.log(1 + among / len(topics))


def _column(rows: Mapping[int, float]) -> Column:
    return np.fromiter(rows, np.int32, len(rows)), np.fromiter(rows.values(), np.float32, len(rows))


def _best(scores: Weights, limit: int) -> list[int]:
    among = np.sort(np.argpartition(scores, -limit)[-limit:]) if len(scores) > limit else np.arange(len(scores))
    order = among[np.argsort(-scores[among], kind="stable")]
    found: list[int] = order[:limit].tolist()
    return found


def _names(topic: Topic, knowledge: Knowledge) -> tuple[str, ...]:
    if topic.id != CONTACT:
        return ()
    contacts = [notice.contact for notice in knowledge.current]
    return tuple(name for c in contacts for name in (c.person, f"找{c.person}打{c.phone.split('-')[-1]}"))
