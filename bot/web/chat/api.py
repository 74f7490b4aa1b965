"""POST /api/ask: one question in, one answer with its citations out."""

from __future__ import annotations

import json
import re
from datetime import date
from time import perf_counter
from typing import Any, TypeGuard

from aiohttp import web

from bot.web import texts
from bot.web.deps import DEPS
from bot.web.errors import error_response
from handlers.domain.messages import Address
from handlers.questions.ask import answer_and_log

API_ADDRESS = Address(channel="api", id="ask")
MAX_BODY_BYTES = 64 * 1024
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_FIELDS = {"status", "text", "citations"}


class BadRequest(Exception):
    """What is wrong with a request, as a sentence for whoever sent it."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.status = status


async def ask(request: web.Request) -> web.Response:
    """Answer a question: `q`, optionally `history` and `as_of`."""
    core, metrics = request.app[DEPS].core, request.app[DEPS].metrics
    began = perf_counter()
    try:
        q, history, as_of = parse(await read_limited(request, MAX_BODY_BYTES))
    except BadRequest as error:
        return error_response(error.status, error.sentence)
    reply = await answer_and_log(core.questions, core.answering, API_ADDRESS, q, history, core.clock(), as_of)
    metrics.answered("api", reply.status.value, perf_counter() - began)
    body = reply.model_dump_json(include=_FIELDS).encode()
    return web.Response(body=body, content_type="application/json", charset="utf-8")


async def read_limited(request: web.Request, limit: int) -> bytes:
    """The request body, or BadRequest(413) as soon as it is known to be longer than `limit`."""
    if (request.content_length or 0) > limit:
        raise BadRequest(texts.BODY_TOO_LARGE, 413)
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.content.iter_any():
        size += len(chunk)
        if size > limit:
            raise BadRequest(texts.BODY_TOO_LARGE, 413)
        chunks.append(chunk)
    return b"".join(chunks)


def parse(body: bytes) -> tuple[str, tuple[str, ...], date | None]:
    """Question, earlier questions and day of a request body; BadRequest where they are not."""
    data = decode_object(body)
    q = data.get("q")
    if not _is_text(q) or not q.strip():
        raise BadRequest(texts.BAD_QUESTION)
    history = data.get("history")
    if history is None:
        history = []
    if not isinstance(history, list) or not all(_is_text(item) for item in history):
        raise BadRequest(texts.BAD_HISTORY)
    return q, tuple(history), _day(data.get("as_of"))


def decode_object(body: bytes) -> dict[str, Any]:
    """A JSON object; BadRequest where it is none."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise BadRequest(texts.BAD_JSON) from None
    if not isinstance(data, dict):
        raise BadRequest(texts.BAD_BODY)
    return data


def _is_text(value: object) -> TypeGuard[str]:
    """A string that can be written down: unpaired surrogates and NUL cannot be stored."""
    if not isinstance(value, str) or "\x00" in value:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _day(value: object) -> date | None:
    if value is None:
        return None
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise BadRequest(texts.BAD_DATE)
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise BadRequest(texts.BAD_DATE) from None
