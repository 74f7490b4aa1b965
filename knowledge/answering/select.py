"""Which topics a question is about, in its context: one, or several where it asks several things."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.answering.lexical_index import Hit, TopicIndex
from knowledge.answering.rerank import Weigher, rescored
from knowledge.answering.semantic import SemanticIndex
from knowledge.language.phrasebook import CONCEPT, Featurizer
from knowledge.language.reader import Question
from knowledge.language.text import INTERROGATIVE
from knowledge.model.snapshot import Knowledge

SURE = 0.30
"""Below this score a topic is not answered."""
STRONG = 0.46
"""From this score on a question stands on its own, whatever was said before."""
ASKING_DISCOUNT = 0.94
TELLING_DISCOUNT = 0.6
RELATED_SHARE = 0.72
HEDGE = 0.15
"""Topics that score within this of the best are answered with it."""
CONTEXT_BONUS = 0.20
BRIEF_BONUS = 0.30
LONG = 22
SHORT = 8
BRIEF = 12
ESSENCE = 40
STRONG_DECLINE = 0.6
MAX_TOPICS = 3
RARE_MARGIN = 0.25
"""How much better the words must fit a topic with few examples than any other."""
RARE_GAP = 0.1
"""How much better than the next such topic: words that fit several fit none."""
MODELLED = 1
"""Earlier messages whose meaning is looked at."""
VAGUE = frozenset({"x_not_stated", "x_personal"})
VAGUENESS = 0.15
"""A detail that no notice states lies near every topic, so its many examples win too easily."""
DETAIL = "detail"
"""The concept of the vocabulary that names such details."""
DETAIL_BONUS = 0.8
CLEAR_SCORE = 0.70
CLEAR_MARGIN = 0.10
MEANING_WEIGHT = 1.0
ELLIPTIC_WORDS = re.compile(r"(?:呢|嘞|咧|捏)[?。!]*$|^那么?|一样吗|这样吗|也是吗|吗[?]?$|行吗|可以吗")
ASKING = re.compile(r"多少|几|什么|哪|怎|谁|何|啥|咋")
SENTENCES = re.compile(r"[?!。;\n]+")
SEGMENTS = re.compile(r"[?!。;,，:\n]+|\s{2,}")


class MeaningNeeded(Exception):
    """The words alone do not decide, and the sentence model was not to be asked."""


@dataclass(frozen=True, slots=True)
class Selection:
    topics: tuple[str, ...]
    hits: tuple[Hit, ...]


def _as_meant(question: Question) -> str:
    return question.topic_text if question.comparing else question.text


def _essence(text: str) -> str:
    """The asking part of a long message: the model's time grows with length."""
    if len(text) <= ESSENCE:
        return text
    asking = [part for part in SEGMENTS.split(text) if INTERROGATIVE.search(part)]
    return (",".join(asking) or text)[-ESSENCE:]


def _sure(hits: tuple[Hit, ...]) -> bool:
    if not hits or hits[0].score < CLEAR_SCORE:
        return False
    return len(hits) < 2 or hits[0].score - hits[1].score >= CLEAR_MARGIN


class Selector:
    def __init__(
        self,
        knowledge: Knowledge,
        index: TopicIndex,
        featurizer: Featurizer,
        semantic: SemanticIndex | None = None,
        rare: TopicIndex | None = None,
    ) -> None:
        self._topics = knowledge.topic_by_id
        self._index = index
        self._featurizer = featurizer
        self._rare = rare
        self._semantic = semantic
        self._weigher = Weigher(knowledge)

    def select(self, question: Question, *, words_only: bool = False) -> Selection:
        """The topics of a question; empty where nothing is similar enough.

        With `words_only`, raises MeaningNeeded rather than ask the sentence model, which is slow.
        """
        hits = self._search(question.topic_text)
        unsure = self._semantic is not None and not _sure(hits)
        earlier = self._earlier_topic(question.earlier, words_only)
        if earlier and self._leans_on_earlier(question, hits):
            hits = (Hit(earlier, 1.0, 1.0), *(h for h in hits if h.topic != earlier))
        else:
            if rare := self._rarely_asked(question.topic_text, hits):
                return Selection((rare[0].topic,), rare)
            hits = self._details(question, hits)
            hits = self._boosted(
                self._with_meaning(_as_meant(question), hits, words_only), earlier, question.topic_text
            )
            hits = self._weigher.weigh(question, hits)
        if not hits or hits[0].score < SURE:
            return Selection((), hits)
        topics = [hits[0].topic, *self._further(question, hits, unsure)]
        return Selection(tuple(dict.fromkeys(topics))[:MAX_TOPICS], hits)

    def nearest(self, text: str) -> tuple[str, float]:
        found = (hit for hit in self._index.search(text) if not self._topics[hit.topic].decline)
        best = next(found, None)
        return (best.topic, best.score) if best else ("", 0.0)

    def _rarely_asked(self, text: str, hits: tuple[Hit, ...]) -> tuple[Hit, ...]:
        rare = self._rare.search(text) if self._rare else ()
        best = hits[0].score if hits else 0.0
        rival = rare[1].score if len(rare) > 1 else 0.0
        return rare if rare and rare[0].score >= max(STRONG, best + RARE_MARGIN, rival + RARE_GAP) else ()

    def _search(self, text: str) -> tuple[Hit, ...]:
        whole = self._index.search(text)
        if len(text) <= LONG:
            return whole
        best = {hit.topic: hit for hit in whole}
        for part in SEGMENTS.split(text):
            if len(part) < 4:
                continue
            discount = ASKING_DISCOUNT if INTERROGATIVE.search(part) else TELLING_DISCOUNT
            for hit in self._index.search(part):
                scaled = Hit(hit.topic, hit.score * discount, hit.coverage)
                if scaled.score > best.get(hit.topic, Hit("", 0, 0)).score:
                    best[hit.topic] = scaled
        return tuple(sorted(best.values(), key=lambda hit: -hit.score))

    def _with_meaning(self, text: str, hits: tuple[Hit, ...], words_only: bool) -> tuple[Hit, ...]:
        if self._semantic is None or _sure(hits):
            return hits
        if words_only:
            raise MeaningNeeded
        affinities = self._semantic.affinities(_essence(text))
        lexical = {hit.topic: hit for hit in hits}
        fused = []
        for topic, affinity in affinities.items():
            if topic not in self._topics:  # learned before the topic was dropped
                continue
            hit = lexical.get(topic, Hit(topic, 0.0, 0.0))
            score = hit.score + MEANING_WEIGHT * affinity - (VAGUENESS if topic in VAGUE else 0.0)
            fused.append(Hit(topic, score, max(hit.coverage, min(1.0, affinity))))
        return tuple(sorted(fused, key=lambda hit: -hit.score)[:8])

    def _leans_on_earlier(self, question: Question, hits: tuple[Hit, ...]) -> bool:
        own = hits[0].score if hits else 0.0
        if own < SURE:
            return question.elliptic or len(question.topic_text) <= SHORT
        if hits and self._topics[hits[0].topic].decline and own < STRONG_DECLINE:
            return len(question.topic_text) <= BRIEF
        if (question.dated or question.counted) and question.elliptic and not ASKING.search(question.text):
            return True
        names_another = own >= STRONG and hits[0].coverage >= STRONG and not question.dated
        return question.elliptic and not self._asks(question) and not names_another

    def _details(self, question: Question, hits: tuple[Hit, ...]) -> tuple[Hit, ...]:
        """A detail that no notice states (a pass mark, a password): not stated wins over its topic."""
        if DETAIL in question.concepts:
            return rescored(hits, lambda topic: DETAIL_BONUS if self._topics[topic].decline else 0.0)
        return hits

    def _boosted(self, hits: tuple[Hit, ...], earlier: str, text: str) -> tuple[Hit, ...]:
        """A bonus for the topic talked about before, the larger the less this message says itself."""
        if not earlier:
            return hits
        topic = self._topics[earlier]
        related = {earlier, *topic.related, *topic.covers}
        bonus = BRIEF_BONUS if len(text) <= SHORT else CONTEXT_BONUS
        return rescored(hits, lambda topic: bonus if topic in related else 0.0)

    def _asks(self, question: Question) -> bool:
        """Whether an elliptic message asks something of its own (那要交给谁) or not (那示范的呢)."""
        body = ELLIPTIC_WORDS.sub("", question.topic_text)
        concepts = self._featurizer.concepts(body)
        return bool(ASKING.search(body)) or (len(concepts) >= 2 and "呢" not in question.text)

    def _earlier_topic(self, newest_first: Sequence[Question], words_only: bool) -> str:
        """The conversation's topic: each message read in the light of the one before.

        The model is asked about the newest ones only: each costs as much as a question of its own.
        """
        topic = ""
        for age, question in reversed(list(enumerate(newest_first))):
            hits = self._search(question.topic_text)
            if age < MODELLED:
                hits = self._with_meaning(_as_meant(question), hits, words_only)
            hits = self._boosted(self._weigher.weigh(question, hits), topic, question.topic_text)
            if hits and hits[0].score >= SURE:
                topic = hits[0].topic
        return topic

    def _further(self, question: Question, hits: tuple[Hit, ...], unsure: bool) -> list[str]:
        parts = [p for p in SENTENCES.split(question.topic_text) if len(p) > 3 and INTERROGATIVE.search(p)]
        found = []
        if len(parts) > 1:
            for part in parts:
                best = self._index.search(part)
                if best and best[0].score >= STRONG:
                    found.append(best[0].topic)
        found += [h.topic for h in hits[1:3] if self._goes_with(hits[0], h, HEDGE if unsure else 0.0)]
        residual = self._residual(question.topic_text, hits[0].topic)
        if residual:
            found.append(residual)
        return [t for t in found if self._compatible(hits[0].topic, t)]

    def _goes_with(self, first: Hit, other: Hit, hedge: float) -> bool:
        related = other.topic in self._topics[first.topic].related
        return first.score - other.score < hedge or (related and other.score >= RELATED_SHARE * first.score)

    def _compatible(self, first: str, other: str) -> bool:
        """A declined topic is not mixed with an answered one found only in the remainder."""
        return not (self._topics[first].decline or self._topics[other].decline)

    def _residual(self, text: str, topic: str) -> str:
        features = self._featurizer.features(text)
        explained = self._index.explained_by(topic, features)
        rest = {f: w for f, w in features.items() if f not in explained}
        if sum(1 for f in rest if f.startswith(CONCEPT)) < 1:
            return ""
        hits = self._index.search_features(rest)
        if hits and hits[0].coverage >= 0.62 and hits[0].topic != topic:
            return hits[0].topic
        return ""
