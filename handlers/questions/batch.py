"""The machine-readable form of a question and its answer: one JSON object each."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from pydantic import Field, ValidationError

from handlers.domain.citations import basis, citations_of
from handlers.domain.messages import Frozen
from handlers.texts import questions as question_texts
from knowledge.answering.answer import Answer
from knowledge.answering.engine import Engine

MAX_QUESTION = 20_000
"""Longest question accepted, in characters."""


class BatchQuestion(Frozen):
    """One line of a batch. `history` holds the user's earlier messages, oldest first."""

    id: str | int | None = None
    q: str = Field(max_length=MAX_QUESTION)
    history: tuple[str, ...] = Field(default=(), max_length=50)
    as_of: date | None = None


class BadQuestion(ValueError):
    pass


def read_question(raw: str | bytes) -> BatchQuestion:
    """Raises BadQuestion."""
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise BadQuestion(question_texts.BATCH_NOT_JSON) from error
    if not isinstance(data, dict):
        raise BadQuestion(question_texts.BATCH_NO_OBJECT)
    known = {key: data[key] for key in BatchQuestion.model_fields if key in data}
    try:
        return BatchQuestion.model_validate(known)
    except ValidationError as error:
        fields = "、".join(str(e["loc"][0]) for e in error.errors())
        raise BadQuestion(question_texts.BATCH_BAD_FIELDS.format(fields=fields)) from error


def answer_question(engine: Engine, question: BatchQuestion, today: date) -> dict[str, Any]:
    return batch_row(question, engine.answer(question.q, question.as_of or today, question.history))


def batch_row(question: BatchQuestion, answer: Answer) -> dict[str, Any]:
    citations = citations_of(answer.citations)
    return {
        "id": question.id,
        "status": answer.status,
        "text": "\n\n".join(part for part in (answer.text, basis(citations)) if part),
        "citations": [c.model_dump(include={"notice", "plan_year", "clause", "quote"}) for c in citations],
    }


def answer_line(engine: Engine, raw: str, number: int, today: date) -> dict[str, Any]:
    """One batch line; a line that cannot be read yields an error object instead of stopping the rest."""
    try:
        return answer_question(engine, read_question(raw), today)
    except BadQuestion as error:
        return {"id": None, "line": number, "error": question_texts.BATCH_BAD_LINE.format(number=number, error=error)}
