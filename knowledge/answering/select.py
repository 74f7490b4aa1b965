"""Which topics a question is about, in its context: one, or several where it asks several things."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from knowledge.answering.features import CONCEPT, Featurizer
from knowledge.answering.quantities import Role
from knowledge.answering.retrieve import Hit, TopicIndex
from knowledge.answering.semantic import SemanticIndex
from knowledge.answering.understand import INTERROGATIVE, METRIC_OF_QUANTITY, TEN_THOUSAND, Question
from knowledge.loading import Knowledge
from knowledge.schema import Anchor, Funding, Metric

SURE = 0.30
"""Below this score a topic is not answered."""
STRONG = 0.46
"""From this score on a question stands on its own, whatever was said before."""
ASKING_DISCOUNT = 0.94
TELLING_DISCOUNT = 0.6
RELATED_SHARE = 0.72
HEDGE = 0.15
"""Topics that score within this of the best are answered with it."""
CONTEXT_BONUS = 0.12
BRIEF_BONUS = 0.30
LONG = 22
SHORT = 8
BRIEF = 12
ESSENCE = 40
STRONG_DECLINE = 0.6
MAX_TOPICS = 3
MODELLED = 1
"""Earlier messages whose meaning is looked at."""
ANCHOR_OF = {Role.OPENING: Anchor.OPENING, Role.CLOSING: Anchor.CLOSING}
DATE_BONUS = 0.12
OTHER_YEAR = 0.10
OLDER_ONLY = 0.06
"""What speaks for a topic of the newest notice where no year is named."""
VAGUE = "x_not_stated"
VAGUENESS = 0.10
"""A detail that no notice states lies near every topic, so its many examples win too easily."""
GIVING_WAY = frozenset({"not_stated", "refused"})
NUMBERS = 0.15
"""A stated plan is more likely about a limit than about a detail that no notice states."""
DETAIL = "detail"
"""The concept of the vocabulary that names such details."""
DETAIL_BONUS = 0.35
QUANTITY_BONUS = 0.10
FUNDING_BONUS = 0.25
FIGURE_BONUS = 0.25
CLEAR_SCORE = 0.80
CLEAR_MARGIN = 0.10
MEANING_WEIGHT = 1.0
ELLIPTIC_WORDS = re.compile(r"(?:呢|嘞|咧|捏)[?。!]*$|^那么?|一样吗|这样吗|也是吗|吗[?]?$|行吗|可以吗")
ASKING = re.compile(r"多少|几|什么|哪|怎|谁|何|啥|咋")
SENTENCES = re.compile(r"[?!。;\n]+")
SEGMENTS = re.compile(r"[?!。;,，:\n]+|\s{2,}")


class MeaningNeeded(Exception):
    """The words alone do not settle the question, and the sentence model was not to be asked."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The chosen topics, best first, and the hits they were chosen from."""

    topics: tuple[str, ...]
    hits: tuple[Hit, ...]


def _essence(text: str) -> str:
    """The part of a long message that asks: the model's time grows with its length."""
    if len(text) <= ESSENCE:
        return text
    asking = [part for part in SEGMENTS.split(text) if INTERROGATIVE.search(part)]
    return (",".join(asking) or text)[-ESSENCE:]


def _sure(hits: tuple[Hit, ...]) -> bool:
    """Whether the words alone settle it: a high score, clear of the next topic."""
    if not hits or hits[0].score < CLEAR_SCORE:
        return False
    return len(hits) < 2 or hits[0].score - hits[1].score >= CLEAR_MARGIN


def _rescored(hits: tuple[Hit, ...], change: Callable[[str], float]) -> tuple[Hit, ...]:
    """The hits with each topic's score changed, best first; equals keep their order."""
    changed = (Hit(hit.topic, hit.score + change(hit.topic), hit.coverage) for hit in hits)
    return tuple(sorted(changed, key=lambda hit: -hit.score))


class Selector:
    """Chooses topics with the index; holds no state between questions."""

    def __init__(
        self,
        knowledge: Knowledge,
        index: TopicIndex,
        featurizer: Featurizer,
        semantic: SemanticIndex | None = None,
    ) -> None:
        self._topics = knowledge.topic_by_id
        self._index = index
        self._featurizer = featurizer
        self._semantic = semantic
        self._funded = {
            topic: {(kind, c.fact.funding) for c in facts for kind in c.fact.kinds if c.fact.funding}
            for topic, facts in knowledge.facts_by_topic.items()
        }
        self._limiting: dict[Metric, set[str]] = {}
        for topic, facts in knowledge.facts_by_topic.items():
            for limit in (limit for c in facts for limit in c.fact.limits):
                self._limiting.setdefault(limit.metric, set()).add(topic)
        self._years_held = frozenset(knowledge.plan_years)
        self._spoken_of = {
            topic: {c.notice.plan_year for c in facts} for topic, facts in knowledge.facts_by_topic.items()
        }
        for overview in knowledge.topics:
            if overview.covers:
                covered = (self._spoken_of.get(topic, set()) for topic in overview.covers)
                self._spoken_of[overview.id] = set[int]().union(*covered)
        self._sums = {
            topic: frozenset(limit.value for c in facts for limit in c.fact.limits if limit.metric is Metric.SUBSIDY)
            for topic, facts in knowledge.facts_by_topic.items()
        }
        self._anchored = {
            anchor: frozenset(
                f.topic for n in knowledge.notices for f in n.facts if f.deadline and f.deadline.anchor is anchor
            )
            for anchor in Anchor
        }

    def select(self, question: Question, *, words_only: bool = False) -> Selection:
        """The topics of a question; none where nothing is similar enough.

        With `words_only`, raises MeaningNeeded rather than ask the sentence model, which is slow.
        """
        hits = self._search(question.topic_text)
        unsure = self._semantic is not None and not _sure(hits)
        earlier = self._earlier_topic(question.earlier_topic_texts, words_only)
        if earlier and self._leans_on_earlier(question, hits):
            hits = (Hit(earlier, 1.0, 1.0), *(h for h in hits if h.topic != earlier))
        else:
            hits = self._details(question, hits)
            text = question.topic_text if question.comparing else question.text
            hits = self._boosted(self._with_meaning(text, hits, words_only), earlier, question.topic_text)
            hits = self._naming_figures(question, hits)
            hits = self._of_funding(question, self._of_named_years(question, hits))
            hits = self._fitting_quantities(question, self._fitting_dates(question, self._planned(question, hits)))
        if not hits or hits[0].score < SURE:
            return Selection((), hits)
        topics = [hits[0].topic, *self._further(question, hits, unsure)]
        return Selection(tuple(dict.fromkeys(topics))[:MAX_TOPICS], hits)

    def _search(self, text: str) -> tuple[Hit, ...]:
        """The whole text, and in a long one each part that asks something."""
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
        """Hits reordered by likeness of meaning, where the words alone are not sure."""
        if self._semantic is None or _sure(hits):
            return hits
        if words_only:
            raise MeaningNeeded
        affinities = self._semantic.affinities(_essence(text))
        lexical = {hit.topic: hit for hit in hits}
        fused = []
        for topic, affinity in affinities.items():
            hit = lexical.get(topic, Hit(topic, 0.0, 0.0))
            score = hit.score + MEANING_WEIGHT * affinity - (VAGUENESS if topic == VAGUE else 0.0)
            fused.append(Hit(topic, score, max(hit.coverage, min(1.0, affinity))))
        return tuple(sorted(fused, key=lambda hit: -hit.score)[:8])

    def _leans_on_earlier(self, question: Question, hits: tuple[Hit, ...]) -> bool:
        """Whether a message takes its topic from what was talked about before."""
        own = hits[0].score if hits else 0.0
        if own < SURE:
            return question.elliptic or len(question.topic_text) <= SHORT
        if hits and self._topics[hits[0].topic].decline and own < STRONG_DECLINE:
            return len(question.topic_text) <= BRIEF
        if question.dated and question.elliptic and not ASKING.search(question.text):
            return True
        names_another = own >= STRONG and hits[0].coverage >= STRONG and not question.dated
        return question.elliptic and not self._asks(question) and not names_another

    def _of_named_years(self, question: Question, hits: tuple[Hit, ...]) -> tuple[Hit, ...]:
        """Topics that no notice of the named year speaks of come after those that one does."""
        named = {year for year in question.years if year in self._years_held}
        if not named:
            newest = {max(self._years_held, default=0)}
            return _rescored(hits, lambda topic: 0.0 if self._spoken_of.get(topic, newest) & newest else -OLDER_ONLY)
        return _rescored(hits, lambda topic: 0.0 if self._spoken_of.get(topic, named) & named else -OTHER_YEAR)

    def _details(self, question: Question, hits: tuple[Hit, ...]) -> tuple[Hit, ...]:
        """A detail that no notice states (a pass mark, a password) is first of all not stated."""
        if DETAIL in question.concepts:
            return _rescored(hits, lambda topic: DETAIL_BONUS if self._topics[topic].decline else 0.0)
        return hits

    def _planned(self, question: Question, hits: tuple[Hit, ...]) -> tuple[Hit, ...]:
        if not (question.counted or question.dated) or not (
            question.checking or question.bounding or question.asks_last_day
        ):
            return hits
        return _rescored(hits, lambda topic: -NUMBERS if self._topics[topic].decline in GIVING_WAY else 0.0)

    def _naming_figures(self, question: Question, hits: tuple[Hit, ...]) -> tuple[Hit, ...]:
        """Whoever names a sum that some notice fixes means what it fixes it for."""
        money = question.quantities.money
        if money is None or money < TEN_THOUSAND:
            return hits
        return _rescored(hits, lambda topic: FIGURE_BONUS if money in self._sums.get(topic, frozenset()) else 0.0)

    def _of_funding(self, question: Question, hits: tuple[Hit, ...]) -> tuple[Hit, ...]:
        """Asked about one funding of one kind, topics that tell them apart come first."""
        asked = tuple(Funding) if question.both_fundings else tuple(filter(None, [question.funding]))
        if not asked or not question.kinds:
            return hits
        wanted = {(kind, funding) for kind in question.kinds for funding in asked}
        return _rescored(hits, lambda topic: FUNDING_BONUS if wanted & self._funded.get(topic, set()) else -OTHER_YEAR)

    def _fitting_dates(self, question: Question, hits: tuple[Hit, ...]) -> tuple[Hit, ...]:
        """A deadline asked beside an opening (closing) day is one counted from opening (closing)."""
        roles = {stated.role for stated in question.quantities.dates} if question.dated else set()
        anchors = {anchor for role, anchor in ANCHOR_OF.items() if role in roles}
        if len(anchors) != 1 or not question.concepts & {"deadline", "when", "submit"}:
            return hits
        fitting = self._anchored[anchors.pop()]
        return _rescored(hits, lambda topic: DATE_BONUS if topic in fitting else 0.0)

    def _fitting_quantities(self, question: Question, hits: tuple[Hit, ...]) -> tuple[Hit, ...]:
        """A stated number is most likely about a topic that limits such numbers."""
        fitting = {
            topic
            for name, metric in METRIC_OF_QUANTITY
            if getattr(question.quantities, name) is not None
            for topic in self._limiting.get(metric, ())
        }
        if not question.counted or not fitting:
            return hits
        return _rescored(hits, lambda topic: QUANTITY_BONUS if topic in fitting else 0.0)

    def _boosted(self, hits: tuple[Hit, ...], earlier: str, text: str) -> tuple[Hit, ...]:
        """Hits with a bonus for what was talked about before, the more so the less a message says itself."""
        if not earlier:
            return hits
        related = {earlier, *self._topics[earlier].related}
        bonus = BRIEF_BONUS if len(text) <= SHORT else CONTEXT_BONUS
        return _rescored(hits, lambda topic: bonus if topic in related else 0.0)

    def _asks(self, question: Question) -> bool:
        """Whether an elliptic message still asks something of its own (那要交给谁) or not (那示范的呢)."""
        body = ELLIPTIC_WORDS.sub("", question.topic_text)
        concepts = self._featurizer.concepts(body)
        return bool(ASKING.search(body)) or (len(concepts) >= 2 and "呢" not in question.text)

    def _earlier_topic(self, newest_first: Sequence[str], words_only: bool) -> str:
        """What the conversation is about: each message read in the light of the one before.

        The model is asked about the newest ones only: each costs as much as a question of its own.
        """
        topic = ""
        for age, text in reversed(list(enumerate(newest_first))):
            hits = self._search(text)
            if age < MODELLED:
                hits = self._with_meaning(text, hits, words_only)
            hits = self._boosted(hits, topic, text)
            if hits and hits[0].score >= SURE:
                topic = hits[0].topic
        return topic

    def _further(self, question: Question, hits: tuple[Hit, ...], unsure: bool) -> list[str]:
        """Topics of further questions in the same message."""
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
        """A topic that the question touches almost as much: equally likely, or related and not far."""
        related = other.topic in self._topics[first.topic].related
        return first.score - other.score < hedge or (related and other.score >= RELATED_SHARE * first.score)

    def _compatible(self, first: str, other: str) -> bool:
        """A declined topic is not mixed with an answered one found only in the remainder."""
        return not (self._topics[first].decline or self._topics[other].decline)

    def _residual(self, text: str, topic: str) -> str:
        """A second topic that explains what the first leaves unexplained."""
        features = self._featurizer.features(text)
        explained = self._index.explained_by(topic, features)
        rest = {f: w for f, w in features.items() if f not in explained}
        if sum(1 for f in rest if f.startswith(CONCEPT)) < 1:
            return ""
        hits = self._index.search_features(rest)
        if hits and hits[0].coverage >= 0.62 and hits[0].topic != topic:
            return hits[0].topic
        return ""
