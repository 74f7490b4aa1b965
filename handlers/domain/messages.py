"""What passes between a channel and a conversation: one incoming message, its replies."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

MAX_TOKEN_BYTES = 64
"""Longest choice token, in UTF-8 bytes: what Telegram accepts as callback data."""


def fits_telegram(token: str) -> str:
    """Raises ValueError where it is too long."""
    if len(token.encode()) > MAX_TOKEN_BYTES:
        raise ValueError(f"token longer than {MAX_TOKEN_BYTES} bytes")
    return token


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Status(StrEnum):
    """How a question was dealt with; the closed list of the batch format."""

    ANSWERED = "answered"
    CLARIFY = "clarify"
    DECLINED = "declined"
    SMALLTALK = "smalltalk"


class Address(Frozen):
    """A person (or group) on one channel; `id` is the channel's own chat identifier."""

    channel: str
    id: str


class SentFile(Frozen):
    """Its id or the sentence why it is not taken; by `ref` its channel fetches the content until it has done so."""

    name: str
    id: int | None = None
    problem: str = ""
    ref: str = ""


class Incoming(Frozen):
    """The same `message_id` twice from an address is the same message. Exactly one of `text`, `choice` (token of a
    pressed button), `file` and `unsupported` (what arrived instead, e.g. "sticker") is meant; `unsupported` wins, then
    `file`, then `choice`.
    """

    address: Address
    message_id: str
    text: str = ""
    choice: str | None = None
    file: SentFile | None = None
    unsupported: str | None = None
    spoken: bool = False
    """`text` is what a platform's speech recognition heard."""

    @property
    def asks(self) -> bool:
        return self.text.rstrip().endswith(("?", "？"))


class Citation(Frozen):
    """The clause an answer rests on, with the clause's exact words; `heading` is its number and title."""

    notice: str
    plan_year: str
    clause: str
    quote: str
    title: str = ""
    doc_no: str | None = None
    heading: str = ""


class Choice(Frozen):
    label: str
    token: Annotated[str, AfterValidator(fits_telegram)]


class Attachment(Frozen):
    """A file that goes with a reply: its name, and the token a channel fetches its content by."""

    name: str
    token: Annotated[str, AfterValidator(fits_telegram)]


class Reply(Frozen):
    """`text` is the direct answer; the channel renders the 依据 block from `citations`.

    `question_id` is set where the reply can be rated and explained (为什么).
    """

    text: str
    status: Status = Status.ANSWERED
    citations: tuple[Citation, ...] = ()
    choices: tuple[Choice, ...] = ()
    question_id: int | None = None
    files: tuple[Attachment, ...] = ()
    typed: bool = False
    """The user is asked for words or figures of their own: numbered choices must not take those for a choice."""


class Notification(Frozen):
    """A reply nobody is waiting for. `subject` is one line; `due` the literal date of what it is about; `last` where
    nothing is said again before that date; `calendars` are files with the dates, for channels that can carry them.
    """

    reply: Reply
    subject: str
    seminar: str = ""
    due: date | None = None
    last: bool = False
    calendars: tuple[Attachment, ...] = ()


class LoggedQuestion(Frozen):
    """`timings` are milliseconds per answering step; `trace` is the readable path of the answer."""

    address: Address
    text: str
    asked_at: datetime
    status: Status
    answer: str
    facts: tuple[str, ...] = ()
    timings: dict[str, float] = Field(default_factory=dict)
    trace: tuple[str, ...] = ()


class LeftQuestion(Frozen):
    question: LoggedQuestion
    left_at: datetime


class Conversation(Frozen):
    address: Address
    language: str = "zh-hans"
    started_at: datetime
