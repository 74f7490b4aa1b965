"""What the page may send over its socket."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Annotated, Any, Literal, TypeGuard

from pydantic import AfterValidator, Field, StringConstraints, TypeAdapter, ValidationError

from bot.web import texts
from handlers.domain.messages import MAX_TOKEN_BYTES, Frozen, Incoming, Reply

CHANNEL = "web"
"""Name of the channel; an address id on it is the session the browser made up."""
RESET_TEXT = "/reset"
"""What the page sends to begin a new conversation."""
MAX_FRAME_BYTES = 64 * 1024
MAX_TEXT_CHARS = 10_000
"""Longest message, counted as a browser does: UTF-16 units."""


def _token(value: str) -> str:
    if len(value.encode()) > MAX_TOKEN_BYTES:
        raise ValueError("token too long")
    return value


def _storable(value: str) -> str:
    """Text without NUL, which PostgreSQL cannot store; unpaired surrogates are refused."""
    value = value.replace("\x00", "")
    value.encode()
    if not value.strip():
        raise ValueError("empty")
    return value


SESSION = r"\A[A-Za-z0-9_-]{22,64}\Z"
SessionId = Annotated[str, StringConstraints(pattern=r"\A[A-Za-z0-9_-]{22,64}\z")]
MessageId = Annotated[str, StringConstraints(pattern=r"\A[A-Za-z0-9_-]{8,64}\z")]
Text = Annotated[str, AfterValidator(_storable)]
Label = Annotated[str, StringConstraints(max_length=200), AfterValidator(_storable)]
Token = Annotated[str, StringConstraints(min_length=1), AfterValidator(_storable), AfterValidator(_token)]


def is_session(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and bool(re.fullmatch(SESSION, value))


class Hello(Frozen):
    """Opens the conversation of a session; `after` is the last `seq` the page has."""

    type: Literal["hello"]
    session: SessionId
    after: int | None = Field(default=None, ge=0, lt=2**63)


class ChatMessage(Frozen):
    type: Literal["message"]
    id: MessageId
    text: Text


class Pressed(Frozen):
    type: Literal["choice"]
    id: MessageId
    token: Token
    label: Label


class FileSent(Frozen):
    type: Literal["file"]
    id: MessageId
    file: int = Field(ge=1, lt=2**63)
    name: Label


class Ping(Frozen):
    type: Literal["ping"]


class ReceivedFrame(Frozen):
    """The page confirms a push."""

    type: Literal["received"]
    push: str = Field(max_length=64)


Frame = Hello | ChatMessage | Pressed | FileSent | Ping | ReceivedFrame

_ADAPTER: TypeAdapter[Frame] = TypeAdapter(Annotated[Frame, Field(discriminator="type")])


def turn_frame(
    incoming: Incoming, replies: tuple[Reply, ...], at: datetime, seq: int | None = None, *, unasked: bool = False
) -> dict[str, Any]:
    """`seq` is None for a turn passed on live; an unasked one has no message id; `text` is a pressed button's label."""
    return {
        "seq": seq,
        "at": at.isoformat(),
        "message_id": None if unasked else incoming.message_id,
        "text": incoming.text,
        "choice": incoming.choice,
        "replies": [reply.model_dump(mode="json") for reply in replies],
    }


class BadFrame(Exception):
    """A frame that cannot be taken: a sentence for the user, and its id where one is legible."""

    def __init__(self, sentence: str, frame_id: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.frame_id = frame_id


def parse_frame(raw: str) -> Frame:
    """The frame in a text message of the socket; BadFrame where it is none."""
    try:
        data: Any = json.loads(raw)
    except (ValueError, RecursionError):
        raise BadFrame(texts.FRAME_NOT_JSON) from None
    frame_id = data.get("id") if isinstance(data, dict) else None
    frame_id = frame_id if isinstance(frame_id, str) and frame_id.isascii() else None
    try:
        frame = _ADAPTER.validate_python(data)
    except ValidationError:
        raise BadFrame(texts.FRAME_UNKNOWN, frame_id) from None
    if isinstance(frame, ChatMessage) and len(frame.text.encode("utf-16-le")) // 2 > MAX_TEXT_CHARS:
        raise BadFrame(texts.TEXT_TOO_LONG, frame_id)
    return frame
