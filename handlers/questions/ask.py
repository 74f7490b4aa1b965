"""A question and its answer, logged; and the same question again for a pressed choice."""

from __future__ import annotations

import asyncio
from datetime import date, datetime

from handlers.core.context import Context
from handlers.core.ports import Answering, Store
from handlers.domain.citations import citations_of
from handlers.domain.messages import Address, Choice, LoggedQuestion, Reply, Status
from handlers.questions.choices import leave_choice
from handlers.texts import conversation as texts
from knowledge.answering.answer import Answer, Option
from knowledge.language.text import MAX_CHARS, language_of
from knowledge.model.notice import SeminarKind

HISTORY = 6
FOR_STAFF = frozenset({"not_found", "not_stated", "other_document", "annex_not_held", "year_not_held", "unproven"})
"""Reasons of a decline that staff can do something about."""


async def ask(context: Context, text: str, *, kind: SeminarKind | None = None, topic: str = "") -> Reply:
    """Answer `text` in the light of the conversation, and log it."""
    store, address = context.store, context.address
    _, history = await asyncio.gather(_notice_language(context, text), store.earlier_questions(address, HISTORY))
    if kind or topic:
        history = tuple(earlier for earlier in history if earlier != text)
    answer = await context.answering(text, context.now.date(), history, kind=kind, topic=topic)
    logged_text = f"{kind.label}：{text}" if kind else text
    question_id = await context.store.log_question(_logged(context.address, context.now, logged_text, answer))
    return _reply(text, answer, question_id)


async def answer_and_log(
    store: Store,
    answering: Answering,
    address: Address,
    text: str,
    history: tuple[str, ...],
    now: datetime,
    as_of: date | None,
) -> Reply:
    """One question without a conversation of its own (the HTTP interface); logged like any other."""
    answer = await answering(text, as_of or now.date(), history)
    await store.note_question(_logged(address, now, text, answer))
    return _reply(text, answer)


async def choose(context: Context, token: str) -> Reply:
    """A pressed choice: `kind:ID:KIND` or `topic:ID:TOPIC` asks question ID again, narrowed."""
    name, number, value = (*token.split(":", 2), "", "")[:3]
    question = await context.store.question(context.address, int(number)) if number.isdecimal() else None
    if question is None:
        return Reply(text=texts.BUTTON_EXPIRED, status=Status.DECLINED)
    if name == "kind" and value in set(SeminarKind):
        return await ask(context, question.text, kind=SeminarKind(value))
    if name == "topic" and value in context.answering.knowledge.topic_by_id:
        return await ask(context, question.text, topic=value)
    return Reply(text=texts.BUTTON_EXPIRED, status=Status.DECLINED)


async def _notice_language(context: Context, text: str) -> None:
    conversation = await context.store.conversation(context.address, context.now)
    language = language_of(text)
    if language != conversation.language:
        await context.store.remember_language(context.address, language)


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
        notes.append(texts.CUT_NOTE.format(limit=MAX_CHARS))
    if language_of(text) == "en" and answer.citations:
        notes.append(texts.ENGLISH_NOTE)
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
