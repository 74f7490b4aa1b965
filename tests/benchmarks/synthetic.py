"""A hundred thousand clauses that no one wrote: the notices' own words, shaken, with other figures.

Deterministic. The plan years lie long before the real ones, so that a right answer never changes.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import replace

import rjieba

from knowledge.model.notice import Contact, Duty, Fact, Notice, SeminarKind
from knowledge.model.snapshot import CitedFact, Knowledge
from knowledge.model.topic import Topic

SEED = 20250415
YEARS = range(1900, 2000)
SECTIONS, CLAUSES = 20, 50
"""Per notice; together the number of its facts."""
TOPICS = 5000
KNOWN_SHARE = 0.3
"""Of facts that speak of a topic people already ask about."""
DIGITS = "〇一二三四五六七八九"
HAN = re.compile(r"[\u3400-\u9fff]+")
QUESTIONS = ("{}怎么办理", "{}有什么要求", "请问{}是多少", "{}由谁负责", "什么时候{}", "{}可以吗")
UNSEEN = "想了解一下{}这方面的规定"


def enlarged(knowledge: Knowledge) -> Knowledge:
    """The knowledge with synthetic notices and topics added."""
    words = _Words(knowledge, random.Random(SEED))
    topics = tuple(words.topic(number) for number in range(TOPICS))
    notices = tuple(words.notice(year, topics) for year in YEARS)
    return replace(knowledge, notices=(*notices, *knowledge.notices), topics=(*knowledge.topics, *topics))


def unseen_question(topic: Topic) -> str:
    """A question about a synthetic topic that is none of its examples."""
    return UNSEEN.format(topic.label)


class _Words:
    """Recombines the vocabulary of some notices."""

    def __init__(self, knowledge: Knowledge, chance: random.Random) -> None:
        runs = [run for notice in knowledge.notices for run in HAN.findall(notice.source)]
        cut = (word for run in runs for word in rjieba.cut(run))
        self._words = sorted({word for word in cut if len(word) > 1})
        self._known = [c for topic in knowledge.facts_by_topic.values() for c in topic if not c.fact.items]
        self._chance = chance

    def topic(self, number: int) -> Topic:
        """A topic with a label and one or two example questions."""
        label = self._phrase(3, 4)
        forms = self._chance.sample(QUESTIONS, self._chance.randint(1, 2))
        return Topic(id=f"synthetic-{number}", label=label, examples=tuple(form.format(label) for form in forms))

    def notice(self, year: int, topics: tuple[Topic, ...]) -> Notice:
        """One notice of numbered sections and clauses; every clause holds one fact."""
        title = f"关于{self._phrase(3, 5)}的通知"
        lines: list[str] = [title, "各有关单位："]
        facts: list[Fact] = []
        for section in range(1, SECTIONS + 1):
            lines.append(f"{_han(section)}、{self._phrase(2, 3)}")
            for clause in range(1, CLAUSES + 1):
                number = f"{_han(section)}（{_han(clause)}）"
                fact = self._fact(f"f{len(facts)}", number, topics)
                lines.append(f"（{_han(clause)}）{fact.quote}。")
                facts.append(fact)
        facts += list(self._duties(facts))
        return Notice(
            id=f"{year}-synthetic",
            title=title,
            plan_year=year,
            genre="通知",
            issuer="测试",
            kinds=tuple(SeminarKind),
            contact=Contact(office="测试处", person="测试员", phone="0000-00000000"),
            facts=tuple(facts),
            source="\n".join(lines) + "\n",
        )

    def _fact(self, fact_id: str, clause: str, topics: tuple[Topic, ...]) -> Fact:
        if self._chance.random() < KNOWN_SHARE:
            return self._varied(fact_id, clause, self._chance.choice(self._known))
        quote = f"{self._phrase(6, 12)}不超过{self._chance.randint(2, 999)}项，{self._phrase(5, 9)}"
        topic = self._chance.choice(topics)
        return Fact(id=fact_id, topic=topic.id, clause=clause, quote=quote, say=f"{topic.label}：{quote}。")

    def _varied(self, fact_id: str, clause: str, known: CitedFact) -> Fact:
        """A real fact with other figures and some words more."""
        figure = str(self._chance.randint(2, 999))
        quote = re.sub(r"\d+(?:\.\d+)?", figure, known.fact.quote).replace("\n", "")
        quote = f"{self._phrase(2, 4)}{quote}".rstrip("。")
        say = re.sub(r"\d+(?:\.\d+)?", figure, known.fact.say)
        if not re.search(r"\d", quote):
            say = re.sub(r"\d+", "", say)
        limits = tuple(limit.model_copy(update={"value": float(figure)}) for limit in known.fact.limits)
        kept = known.fact.model_dump(include={"topic", "stance", "kinds", "funding"})
        return Fact(id=fact_id, clause=clause, quote=quote, say=say, limits=limits, **kept)

    def _duties(self, facts: list[Fact]) -> Iterator[Fact]:
        """What every notice has to say, in the words of its first clauses."""
        for fact, duty in zip(facts, (Duty.FILING, Duty.SETTLEMENT, Duty.SUBSIDY), strict=False):
            yield fact.model_copy(update={"id": f"{fact.id}-{duty}", "duty": duty, "kinds": ()})

    def _phrase(self, least: int, most: int) -> str:
        return "".join(self._chance.choices(self._words, k=self._chance.randint(least, most)))


def _han(number: int) -> str:
    """1–99 as clauses are numbered."""
    tens, ones = divmod(number, 10)
    lead = "" if tens == 0 else "十" if tens == 1 else f"{DIGITS[tens]}十"
    return lead + (DIGITS[ones] if ones else "")
