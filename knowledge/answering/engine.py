"""The answer path, in one place: understand → small talk → staff → select → decide → compose."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeVar

from knowledge.answering import wording
from knowledge.answering.answer import Answer, AnswerDraft, Line
from knowledge.answering.compose import UnprovenFigure, compose
from knowledge.answering.decide import decide, office_line
from knowledge.answering.lexical_index import TopicIndex
from knowledge.answering.select import MeaningNeeded, Selection, Selector
from knowledge.answering.semantic import SemanticIndex
from knowledge.answering.staff_answers import StaffAnswers
from knowledge.language.phrasebook import Featurizer
from knowledge.language.reader import Question, Reader
from knowledge.language.smalltalk import CannedReply, is_empty, load_smalltalk, smalltalk
from knowledge.language.text import MAX_CHARS, Speller, questions_in
from knowledge.model.notice import SeminarKind
from knowledge.model.snapshot import CitedFact, Knowledge

T = TypeVar("T")
SEVERAL = 4
"""Questions in one message from which on each is answered by itself."""
MOST = 8
"""Questions of one message that are answered."""
ENOUGH = 8
"""Examples a topic must have to be learned; those with fewer are found by their words alone."""


@dataclass
class StepTimer:
    """Times each step, in milliseconds."""

    timings: dict[str, float] = field(default_factory=dict)

    def step(self, name: str, work: Callable[[], T]) -> T:
        started = time.perf_counter()
        result = work()
        self.timings[name] = round((time.perf_counter() - started) * 1000, 3)
        return result


class Engine:
    """Answers questions from one knowledge snapshot. Thread-safe; replaced, never changed."""

    def __init__(
        self,
        knowledge: Knowledge,
        semantic: SemanticIndex | None = None,
        replies: tuple[CannedReply, ...] | None = None,
    ) -> None:
        """Builds the indexes of words (some seconds); by words alone without `semantic`."""
        speller, featurizer = Speller(knowledge.vocabulary), Featurizer(knowledge.vocabulary)
        self.knowledge = knowledge
        knowledge.warm()
        self._replies = load_smalltalk() if replies is None else replies
        self._reader = Reader(knowledge, speller, featurizer)
        taught = tuple(t for t in knowledge.topics if len(t.examples) >= ENOUGH)
        self.index = TopicIndex(knowledge, speller, featurizer, taught)
        scarce = tuple(t for t in knowledge.topics if len(t.examples) < ENOUGH)
        rare = TopicIndex(knowledge, speller, featurizer, scarce) if scarce else None
        self._semantic = semantic
        self._staffed = StaffAnswers(knowledge, self._reader)
        self._selector = Selector(knowledge, self.index, featurizer, semantic, rare)

    def answer(
        self,
        message: str,
        as_of: date,
        history: tuple[str, ...] = (),
        *,
        kind: SeminarKind | None = None,
        topic: str = "",
    ) -> Answer:
        """The answer to a message on a day. `kind` and `topic` pin what a pressed button decided."""
        return self._answer(message, as_of, history, kind, topic, words_only=False)

    def renewed(self, knowledge: Knowledge) -> Engine:
        """An engine for other knowledge of the same topics, in seconds: what the model has learned is kept."""
        return Engine(knowledge, self._semantic, self._replies)

    def read(self, message: str, as_of: date) -> Question:
        return self._reader.read(message, (), as_of)

    def topic_of(self, text: str) -> tuple[str, float]:
        """The topic that a statement is most like by its words, and how much (0–1); none where nothing is alike."""
        return self._selector.nearest(self.read(text, date.min).topic_text)

    def at_once(
        self,
        message: str,
        as_of: date,
        history: tuple[str, ...] = (),
        *,
        kind: SeminarKind | None = None,
        topic: str = "",
    ) -> Answer | None:
        """The same answer where the words alone settle it, in about a millisecond; otherwise None."""
        try:
            return self._answer(message, as_of, history, kind, topic, words_only=True)
        except MeaningNeeded:
            return None

    def _answer(
        self,
        message: str,
        as_of: date,
        history: tuple[str, ...],
        kind: SeminarKind | None,
        topic: str,
        *,
        words_only: bool,
    ) -> Answer:
        parts = () if topic else questions_in(message)
        if len(parts) >= SEVERAL:
            return self._one_by_one(parts, as_of, history, kind, words_only)
        timer = StepTimer()
        question = timer.step("understand", lambda: self._reader.read(message, history, as_of))
        if kind:
            question = replace(question, kinds=(kind,), inherited=(kind.label,))
        canned = timer.step("smalltalk", lambda: None if topic else self._canned(question))
        if canned:
            return Answer("smalltalk", canned, trace=("寒暄",), timings=timer.timings)
        staffed = timer.step("staff", lambda: None if topic else self._staffed.answer(question))
        if staffed:
            return replace(staffed, timings=timer.timings)
        selection = timer.step("select", lambda: self._select(question, topic, words_only))
        draft = timer.step("decide", lambda: decide(question, selection, self.knowledge))
        draft, text, citations = timer.step("compose", lambda: self._compose(draft))
        return Answer(
            status=draft.status,
            text=text,
            citations=citations,
            options=draft.options,
            reason=draft.reason,
            topics=draft.topics,
            trace=self._trace(question, selection, draft),
            confidence=selection.hits[0].score if selection.hits else 0.0,
            timings=timer.timings,
        )

    def _one_by_one(
        self, parts: tuple[str, ...], as_of: date, history: tuple[str, ...], kind: SeminarKind | None, words_only: bool
    ) -> Answer:
        answers, earlier = [], history
        for part in parts[:MOST]:
            answers.append(self._answer(part[:MAX_CHARS], as_of, earlier, kind, "", words_only=words_only))
            earlier = (*earlier, part)
        texts = [f"{number}. {answer.text}" for number, answer in enumerate(answers, start=1)]
        if len(parts) > MOST:
            texts.append(wording.SEVERAL_LEFT.format(limit=MOST, left=len(parts) - MOST))
        answered = next((answer for answer in answers if answer.status == "answered"), answers[0])
        return Answer(
            answered.status,
            "\n".join(texts),
            citations=tuple(dict.fromkeys(cited for answer in answers for cited in answer.citations)),
            reason=answered.reason,
            topics=tuple(dict.fromkeys(topic for answer in answers for topic in answer.topics)),
            trace=tuple(line for answer in answers for line in answer.trace),
            timings={"several": round(sum(sum(answer.timings.values()) for answer in answers), 3)},
        )

    def _compose(self, draft: AnswerDraft) -> tuple[AnswerDraft, str, tuple[CitedFact, ...]]:
        """A draft with an unproven figure is not answered: better no figure than a wrong one."""
        try:
            return (draft, *compose(draft))
        except UnprovenFigure:
            safe = AnswerDraft("declined", (Line(wording.UNPROVEN), office_line(self.knowledge)), reason="unproven")
            return (safe, *compose(safe))

    def _canned(self, question: Question) -> str:
        return wording.EMPTY if is_empty(question.text) else smalltalk(question.text, self._replies)

    def _select(self, question: Question, topic: str, words_only: bool) -> Selection:
        if topic in self.knowledge.topic_by_id:
            return Selection((topic,), ())
        return self._selector.select(question, words_only=words_only)

    def _trace(self, question: Question, selection: Selection, draft: AnswerDraft) -> tuple[str, ...]:
        topics = self.knowledge.topic_by_id
        lines = [f"读作：{question.text[:120]}"]
        if question.kinds:
            lines.append(f"项目类型：{'、'.join(k.label for k in question.kinds)}")
        if question.years:
            lines.append(f"年度：{'、'.join(str(y) for y in question.years)}")
        if question.inherited:
            lines.append(f"沿用上文：{'、'.join(question.inherited)}")
        if selection.hits:
            ranked = "；".join(f"{topics[h.topic].label} {h.score:.2f}" for h in selection.hits[:3])
            lines.append(f"话题相似度：{ranked}")
        lines.append(f"采用话题：{'、'.join(topics[t].label for t in draft.topics) or '无'}")
        facts = dict.fromkeys(c.key for line in draft.lines for c in line.facts)
        if facts:
            lines.append(f"采用事实：{'、'.join(facts)}")
        lines.append(f"知识版本：{self.knowledge.revision}")
        return tuple(lines)
