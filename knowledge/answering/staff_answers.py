"""Matches questions staff have answered: similar wording, same kinds and figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from rapidfuzz import fuzz, process

from knowledge.answering import wording
from knowledge.answering.answer import Answer
from knowledge.language.reader import Question, Reader
from knowledge.model.numbers import figures_in
from knowledge.model.snapshot import CitedFact, Knowledge
from knowledge.model.staff_answer import STAFF, StaffAnswer

ALIKE = 88.0
"""Least similarity, in percent."""


@dataclass(frozen=True, slots=True)
class _Wording:
    question: Question
    answer: StaffAnswer


class StaffAnswers:
    def __init__(self, knowledge: Knowledge, reader: Reader) -> None:
        self._notices = knowledge.notice_by_id
        self._reader = reader
        self._wordings = [
            _Wording(reader.read(words, (), answer.answered_on), answer)
            for answer in knowledge.answers
            for words in answer.questions
        ]
        self._texts = [one.question.text for one in self._wordings]

    def answer(self, question: Question) -> Answer | None:
        if not self._wordings:
            return None
        found = process.extract(question.text, self._texts, scorer=fuzz.ratio, score_cutoff=ALIKE, limit=5)
        alone = self._reader.read(question.text, (), question.as_of) if found else question
        for _, alike, number in found:  # the message alone, without what it inherits from earlier ones
            one = self._wordings[number]
            if one.answer.holds(question.as_of) and _asks_the_same(alone, one.question):
                return self._given(one.answer, question.as_of, alike)
        return None

    def _given(self, answer: StaffAnswer, as_of: date, alike: float) -> Answer | None:
        trace = (wording.ANSWERED_BEFORE.format(percent=alike),)
        if answer.of_office:
            head = wording.OFFICE_ANSWER.format(author=answer.author, day=answer.answered_on.isoformat())
            return Answer("answered", f"{head}\n{answer.text}", trace=trace, reason=STAFF)
        notice = self._notices.get(answer.notice)
        if notice is None or answer.quote not in notice.source:
            return None  # the clause it rested on is no longer held
        return Answer("answered", answer.text, (CitedFact(notice, answer.fact),), trace=trace, reason=STAFF)


def _asks_the_same(one: Question, other: Question) -> bool:
    """Whether kinds, years and figures agree: similarity of letters does not tell 50 from 60."""
    return (
        set(one.kinds) == set(other.kinds)
        and one.years == other.years
        and figures_in(one.text) == figures_in(other.text)
    )
