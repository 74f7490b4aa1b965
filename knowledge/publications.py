"""Staff publications and their overlay on the shipped knowledge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from pydantic import Field

from knowledge.calendar import Holidays
from knowledge.model.labelled import Labelled
from knowledge.model.notice import Model, Notice
from knowledge.model.numbers import figures_in
from knowledge.model.snapshot import Knowledge, Vocabulary
from knowledge.model.staff_answer import StaffAnswer

LEAST_WORDING = 4
"""Least characters of a wording; shorter ones depend on their conversation."""


class Subject(Labelled):
    """What a publication is about; each has one current content per name."""

    NOTICE = "notice", "通知"
    ANSWER = "answer", "处室答复"
    SYNONYMS = "synonyms", "同义词"
    HOLIDAYS = "holidays", "节假日"


@dataclass(frozen=True, slots=True)
class Publication:
    """Content None withdraws the subject, a shipped notice too."""

    subject: Subject
    name: str
    content: dict[str, Any] | None


class Synonyms(Model):
    forms: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class DaysOff(Model):
    off: tuple[date, ...] = ()
    working: tuple[date, ...] = ()


def overlaid(shipped: Knowledge, published: Iterable[Publication]) -> Knowledge:
    """Of several on one subject the last wins. Raises ValidationError."""
    notices = dict(shipped.notice_by_id)
    answers: list[StaffAnswer] = []
    vocabulary, holidays = shipped.vocabulary, shipped.holidays
    for one in {(one.subject, one.name): one for one in published}.values():
        if one.subject is Subject.NOTICE:
            notices.pop(one.name, None)
            if one.content is not None:
                notices[one.name] = Notice.model_validate(one.content)
        elif one.content is None:
            continue
        elif one.subject is Subject.ANSWER:
            answers.append(StaffAnswer.model_validate(one.content))
        elif one.subject is Subject.SYNONYMS:
            vocabulary = with_synonyms(vocabulary, Synonyms.model_validate(one.content))
        else:
            holidays = with_days(holidays, DaysOff.model_validate(one.content))
    return replace(
        shipped,
        notices=tuple(sorted(notices.values(), key=lambda notice: notice.plan_year)),
        answers=tuple(answers),
        vocabulary=vocabulary,
        holidays=holidays,
    )


def with_synonyms(vocabulary: Vocabulary, added: Synonyms) -> Vocabulary:
    concepts = {
        name: tuple(dict.fromkeys((*forms, *added.forms.get(name, ())))) for name, forms in vocabulary.concepts.items()
    }
    return replace(vocabulary, concepts=concepts)


def with_days(holidays: Holidays, added: DaysOff) -> Holidays:
    """Later corrections win over earlier ones."""
    off = (holidays.off - frozenset(added.working)) | frozenset(added.off)
    working = (holidays.working - frozenset(added.off)) | frozenset(added.working)
    return Holidays(off=off, working=working)


def answer_problems(answer: StaffAnswer, knowledge: Knowledge) -> Iterator[str]:
    if not answer.text.strip():
        yield "请写明答复"
    if not answer.questions or any(len(words.strip()) < LEAST_WORDING for words in answer.questions):
        yield f"请至少写一种问法，每种不少于{LEAST_WORDING}个字"
    if answer.expires_on and answer.expires_on <= answer.answered_on:
        yield "有效期须晚于答复日期"
    if not answer.notice:
        return
    notice = knowledge.notice_by_id.get(answer.notice)
    if notice is None:
        yield "所引的通知没有收录"
    elif answer.clause not in notice.clause_by_number:
        yield f"所引通知没有条款“{answer.clause}”"
    elif not answer.quote or answer.quote not in notice.text_of(answer.clause):
        yield "引文须逐字出自所选条款"
    elif extra := figures_in(answer.text) - figures_in(answer.quote) - {str(notice.plan_year)}:
        yield f"答复里的数字引文中没有：{'、'.join(sorted(extra))}。请扩大引文，或改为处室答复"


def synonym_problems(added: Synonyms, vocabulary: Vocabulary) -> Iterator[str]:
    held = {form: name for name, forms in vocabulary.concepts.items() for form in forms}
    for name, forms in added.forms.items():
        if name not in vocabulary.concepts:
            yield f"没有名为“{name}”的概念"
        for form in forms:
            if len(form) < 2:
                yield f"“{form}”太短，容易误认"
            elif held.get(form, name) != name:
                yield f"“{form}”已经是另一个概念（{held[form]}）的说法"
