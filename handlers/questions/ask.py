"""A question and its answer, logged; and the same question again for a pressed choice."""

from __future__ import annotations

import asyncio
from datetime import date, datetime

from handlers.core.choice_token import ChoiceToken
from handlers.core.context import Context
from handlers.core.ports import Answering, QuestionLog
from handlers.core.replies import EXPIRED
from handlers.domain.citations import citations_of
from handlers.domain.messages import Address, Choice, LoggedQuestion, Reply, Status
from handlers.questions.forward_to_staff import leave_choice
from handlers.texts import conversation as texts
from handlers.texts import questions as question_texts
from knowledge.answering.answer import Answer, Option
from knowledge.language.text import MAX_CHARS, language_of
from knowledge.model.notice import SeminarKind

HISTORY = 6
FOR_STAFF = frozenset({"not_found", "not_stated", "other_document", "annex_not_held", "year_not_held", "unproven"})
"""Reasons of a decline that staff can do something about."""


async def ask(context: Context, text: str, *, kind: SeminarKind | None = None, topic: str = "") -> Reply:
    services, address = context.services, context.address
    earlier = services.questions.earlier_questions(address, HISTORY)
    _, history = await asyncio.gather(_notice_language(context, text), earlier)
    if kind or topic:
        history = tuple(one for one in history if one != text)
    answer = await services.answering(text, context.today, history, kind=kind, topic=topic)
    logged_text = question_texts.ASKED_OF_KIND.format(kind=kind.label, text=text) if kind else text
    question_id = await services.questions.log_question(_logged(address, context.now, logged_text, answer))
    return _reply(text, answer, question_id)


async def answer_and_log(
    questions: QuestionLog,
    answering: Answering,
    address: Address,
    text: str,
    history: tuple[str, ...],
    now: datetime,
    as_of: date | None,
) -> Reply:
    """One question without a conversation of its own (the HTTP interface); logged like any other."""
    answer = await answering(text, as_of or now.date(), history)
    await questions.note_question(_logged(address, now, text, answer))
    return _reply(text, answer)


async def ask_starter(context: Context, token: ChoiceToken) -> Reply:
    number = token.number(0)
    return EXPIRED if number is None or number >= len(texts.STARTERS) else await ask(context, texts.STARTERS[number])


async def choose(context: Context, token: ChoiceToken) -> Reply:
    number, value = token.number(0), token.arg(1)
    question = None if number is None else await context.services.questions.question(context.address, number)
    if question is None:
        return EXPIRED
    if token.name == "kind" and value in set(SeminarKind):
        return await ask(context, question.text, kind=SeminarKind(value))
    if token.name == "topic" and value in context.knowledge.topic_by_id:
        return await ask(context, question.text, topic=value)
    return EXPIRED


async def _notice_language(context: Context, text: str) -> None:
    conversations = context.services.conversations
    conversation = await conversations.conversation(context.address, context.now)
    language = language_of(text)
    if language != conversation.language:
        await conversations.remember_language(context.address, language)


def _logged(address: Address, now: datetime, text: str, answer: Answer) -> LoggedQuestion:
    return LoggedQuestion(
        address=address,
        text=text,
        asked_at=now,
        status=Status(answer.status),
        answer=answer.text,
        facts=tuple(cited.key for cited in answer.citations),
        timings=answer.timings,
        trace=answer.trace,
    )


def _reply(text: str, answer: Answer, question_id: int | None = None) -> Reply:
    notes = [answer.text]
    if len(text) > MAX_CHARS:
        notes.append(question_texts.CUT_NOTE.format(limit=MAX_CHARS))
    if language_of(text) == "en" and answer.citations:
        notes.append(question_texts.ENGLISH_NOTE)
    return Reply(
        text="\n".join(notes),
        status=Status(answer.status),
        citations=citations_of(answer.citations),
        choices=() if question_id is None else _choices(answer, question_id),
        question_id=None if answer.status == "smalltalk" else question_id,
    )


def _choices(answer: Answer, question_id: int) -> tuple[Choice, ...]:
    choices = tuple(_choice(option, question_id) for option in answer.options)
    for_staff = answer.status == "declined" and answer.reason in FOR_STAFF
    return (*choices, leave_choice(question_id)) if for_staff else choices


def _choice(option: Option, question_id: int) -> Choice:
    if option.kind:
        return Choice(label=option.label, token=f"kind:{question_id}:{option.kind}")
    return Choice(label=option.label, token=f"topic:{question_id}:{option.topic}")
