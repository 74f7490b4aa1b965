"""What a question's year, funding, dates and numbers say for or against a topic, beside its words."""

from __future__ import annotations

from collections.abc import Callable

from knowledge.answering.lexical_index import Hit
from knowledge.language.dates import DateRole
from knowledge.language.reader import METRIC_OF_QUANTITY, TEN_THOUSAND, Question
from knowledge.model.notice import Anchor, Funding, Metric
from knowledge.model.snapshot import Knowledge

Change = Callable[[str], float]
"""Topic → what is added to its score."""

ANCHOR_OF = {DateRole.OPENING: Anchor.OPENING, DateRole.CLOSING: Anchor.CLOSING}
DATE_BONUS = 0.25
OTHER_YEAR = 0.10
OLDER_ONLY = 0.06
"""What speaks for a topic of the newest notice where no year is named."""
GIVING_WAY = frozenset({"not_stated", "refused"})
NUMBERS = 0.15
"""A stated plan is more likely about a limit than about a detail that no notice states."""
QUANTITY_BONUS = 0.10
FUNDING_BONUS = 0.25
FIGURE_BONUS = 0.25


def rescored(hits: tuple[Hit, ...], change: Change) -> tuple[Hit, ...]:
    """The hits with each topic's score changed, best first; equals keep their order."""
    changed = (Hit(hit.topic, hit.score + change(hit.topic), hit.coverage) for hit in hits)
    return tuple(sorted(changed, key=lambda hit: -hit.score))


class Weigher:
    def __init__(self, knowledge: Knowledge) -> None:
        facts_by_topic = knowledge.facts_by_topic
        self._topics = knowledge.topic_by_id
        self._funded = {
            topic: {(kind, c.fact.funding) for c in facts for kind in c.fact.kinds if c.fact.funding}
            for topic, facts in facts_by_topic.items()
        }
        self._limiting: dict[Metric, set[str]] = {}
        for topic, facts in facts_by_topic.items():
            for limit in (limit for c in facts for limit in c.fact.limits):
                self._limiting.setdefault(limit.metric, set()).add(topic)
        self._years_held = frozenset(knowledge.plan_years)
        self._newest = frozenset(knowledge.plan_years[:1])
        self._years_of = {topic: frozenset(years) for topic, years in knowledge.years_by_topic.items()}
        for overview in (topic for topic in knowledge.topics if topic.covers):
            covered = (self._years_of.get(topic, frozenset()) for topic in overview.covers)
            self._years_of[overview.id] = frozenset[int]().union(*covered)
        self._sums = {
            topic: frozenset(limit.value for c in facts for limit in c.fact.limits if limit.metric is Metric.SUBSIDY)
            for topic, facts in facts_by_topic.items()
        }
        self._anchored = {
            anchor: frozenset(
                f.topic for n in knowledge.notices for f in n.facts if f.deadline and f.deadline.anchor is anchor
            )
            for anchor in Anchor
        }

    def weigh(self, question: Question, hits: tuple[Hit, ...]) -> tuple[Hit, ...]:
        rules = (self._year, self._figure, self._funding, self._numbers, self._dates, self._quantities)
        changes = [change for rule in rules if (change := rule(question))]
        return rescored(hits, lambda topic: sum(change(topic) for change in changes))

    def _year(self, question: Question) -> Change:
        named = self._years_held.intersection(question.years)
        wanted, loss = (named, -OTHER_YEAR) if named else (self._newest, -OLDER_ONLY)
        return lambda topic: 0.0 if self._years_of.get(topic, wanted) & wanted else loss

    def _figure(self, question: Question) -> Change | None:
        """Whoever names a sum that some notice fixes means what it fixes it for."""
        money = question.quantities.money
        if money is None or money < TEN_THOUSAND:
            return None
        return lambda topic: FIGURE_BONUS if money in self._sums.get(topic, ()) else 0.0

    def _funding(self, question: Question) -> Change | None:
        asked = tuple(Funding) if question.both_fundings else tuple(filter(None, [question.funding]))
        if not asked or not question.kinds:
            return None
        wanted = {(kind, funding) for kind in question.kinds for funding in asked}
        return lambda topic: FUNDING_BONUS if wanted & self._funded.get(topic, set()) else -OTHER_YEAR

    def _numbers(self, question: Question) -> Change | None:
        """A plan put up for judgement is not about what no notice states."""
        stated = question.counted or question.dated
        if not stated or not (question.checking or question.bounding or question.asks_last_day):
            return None
        return lambda topic: -NUMBERS if self._topics[topic].decline in GIVING_WAY else 0.0

    def _dates(self, question: Question) -> Change | None:
        """A deadline asked beside an opening (closing) day is one counted from opening (closing)."""
        roles = {stated.role for stated in question.quantities.dates} if question.dated else set()
        anchors = {anchor for role, anchor in ANCHOR_OF.items() if role in roles}
        if len(anchors) != 1 or not question.concepts & {"deadline", "when", "submit"}:
            return None
        fitting = self._anchored[anchors.pop()]
        return lambda topic: DATE_BONUS if topic in fitting else 0.0

    def _quantities(self, question: Question) -> Change | None:
        fitting = {
            topic
            for name, metric in METRIC_OF_QUANTITY
            if getattr(question.quantities, name) is not None
            for topic in self._limiting.get(metric, ())
        }
        if not question.counted or not fitting:
            return None
        return lambda topic: QUANTITY_BONUS if topic in fitting else 0.0
