"""Which topic a question is about: its features against every topic's example questions."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from knowledge.answering.features import Featurizer
from knowledge.answering.normalise import Speller, plain_text
from knowledge.answering.topic_text import example_text
from knowledge.loading import Knowledge
from knowledge.schema import Topic

NEAREST_SHARE = 0.5
COVER_SHARE = 0.35
FUZZY_SHARE = 0.15
FACT_WEIGHT = 0.35
CONTACT = "contact"
"""The topic that the contact data of notices belong to."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A topic with its score (0–1) and how much of the question's weight it explains (0–1)."""

    topic: str
    score: float
    coverage: float


class TopicIndex:
    """Built once from a knowledge snapshot; immutable, so it can be swapped atomically."""

    def __init__(self, knowledge: Knowledge, speller: Speller, featurizer: Featurizer) -> None:
        self._featurizer = featurizer
        self.examples: list[str] = []
        self.topic_of: list[str] = []
        vectors: list[dict[str, float]] = []
        for topic in knowledge.topics:
            for example in (*topic.examples, topic.label, *_names(topic, knowledge)):
                text = example_text(speller.correct(plain_text(example)))
                self.examples.append(text)
                self.topic_of.append(topic.id)
                vectors.append(featurizer.features(text))
        self._topic_ids = [topic.id for topic in knowledge.topics]
        self._idf = self._inverse_topic_frequency(vectors)
        self._postings: dict[str, list[tuple[int, float]]] = {}
        self._norms = [self._norm(vector) for vector in vectors]
        self._weights = self._topic_weights(vectors)
        self._add_fact_words(knowledge, speller)
        for number, vector in enumerate(vectors):
            for feature, weight in vector.items():
                self._postings.setdefault(feature, []).append((number, weight * self._idf[feature]))

    def search(self, text: str, limit: int = 8) -> tuple[Hit, ...]:
        """The best topics for a normalised question, best first."""
        return self._rank(self._featurizer.features(text), self._fuzzy(text), limit)

    def search_features(self, vector: Mapping[str, float], limit: int = 3) -> tuple[Hit, ...]:
        """The best topics for some features of a question."""
        return self._rank(vector, {}, limit)

    def explained_by(self, topic: str, features: Mapping[str, float]) -> frozenset[str]:
        """Those of the features that stand in any example of the topic."""
        return frozenset(f for f in features if any(t == topic for t, _ in self._weights.get(f, ())))

    def _rank(self, vector: Mapping[str, float], fuzzy: Mapping[str, float], limit: int) -> tuple[Hit, ...]:
        if not vector:
            return ()
        nearest, cover = self._nearest(vector), self._cover(vector)
        hits = [
            Hit(
                topic,
                NEAREST_SHARE * nearest.get(topic, 0.0)
                + COVER_SHARE * cover.get(topic, 0.0)
                + FUZZY_SHARE * fuzzy.get(topic, 0.0),
                cover.get(topic, 0.0),
            )
            for topic in nearest.keys() | fuzzy.keys() | cover.keys()
        ]
        return tuple(sorted(hits, key=lambda hit: -hit.score)[:limit])

    def _inverse_topic_frequency(self, vectors: list[dict[str, float]]) -> dict[str, float]:
        seen: dict[str, set[str]] = {}
        for topic, vector in zip(self.topic_of, vectors, strict=True):
            for feature in vector:
                seen.setdefault(feature, set()).add(topic)
        total = len(set(self.topic_of))
        return {feature: math.log(1 + total / len(topics)) for feature, topics in seen.items()}

    def _unknown_idf(self, feature: str) -> float:
        return self._idf.get(feature, 4.0)

    def _norm(self, vector: Mapping[str, float]) -> float:
        return math.sqrt(sum((w * self._unknown_idf(f)) ** 2 for f, w in vector.items())) or 1.0

    def _topic_weights(self, vectors: list[dict[str, float]]) -> dict[str, list[tuple[str, float]]]:
        """Per feature: how typical it is of each topic, 0.4 (seen once) to 1 (in a third of its examples)."""
        counts: dict[str, Counter[str]] = {}
        sizes = Counter(self.topic_of)
        for topic, vector in zip(self.topic_of, vectors, strict=True):
            for feature in vector:
                counts.setdefault(feature, Counter())[topic] += 1
        return {
            feature: [(t, min(1.0, 0.4 + 1.8 * n / sizes[t])) for t, n in topics.items()]
            for feature, topics in counts.items()
        }

    def _add_fact_words(self, knowledge: Knowledge, speller: Speller) -> None:
        """Words of a topic's own facts count for it, though less than those of its examples."""
        for topic, facts in knowledge.facts_by_topic.items():
            words: set[str] = set()
            for cited in facts:
                words |= self._featurizer.features(speller.correct(plain_text(cited.fact.say))).keys()
            for feature in words:
                known = self._weights.setdefault(feature, [])
                if all(t != topic for t, _ in known):
                    known.append((topic, FACT_WEIGHT))
        for feature, topics in self._weights.items():
            self._idf.setdefault(feature, math.log(1 + len(self._topic_ids) / len(topics)))

    def _nearest(self, vector: Mapping[str, float]) -> dict[str, float]:
        """Cosine of the most similar example of each topic."""
        dots: dict[int, float] = {}
        for feature, weight in vector.items():
            for number, example_weight in self._postings.get(feature, ()):
                dots[number] = dots.get(number, 0.0) + weight * self._idf[feature] * example_weight
        norm = self._norm(vector)
        best: dict[str, float] = {}
        for number, dot in dots.items():
            cosine = dot / (norm * self._norms[number])
            topic = self.topic_of[number]
            if cosine > best.get(topic, 0.0):
                best[topic] = cosine
        return best

    def _cover(self, vector: Mapping[str, float]) -> dict[str, float]:
        """Share of the question's weight that a topic's examples explain."""
        total = sum(weight * self._unknown_idf(f) for f, weight in vector.items())
        cover: dict[str, float] = {}
        for feature, weight in vector.items():
            gain = weight * self._unknown_idf(feature) / total
            for topic, typical in self._weights.get(feature, ()):
                cover[topic] = cover.get(topic, 0.0) + gain * typical
        return cover

    def _fuzzy(self, text: str) -> dict[str, float]:
        """Letter-level likeness of the closest examples: catches typos that no word survives."""
        best: dict[str, float] = {}
        for _, score, number in process.extract(text, self.examples, scorer=fuzz.ratio, limit=6):
            topic = self.topic_of[number]
            best[topic] = max(best.get(topic, 0.0), score / 100)
        return best


def _names(topic: Topic, knowledge: Knowledge) -> tuple[str, ...]:
    """People and telephone numbers of the notices: whoever names them asks whom to contact."""
    if topic.id != CONTACT:
        return ()
    contacts = [notice.contact for notice in knowledge.notices]
    return tuple(name for c in contacts for name in (c.person, f"找{c.person}打{c.phone.split('-')[-1]}"))
