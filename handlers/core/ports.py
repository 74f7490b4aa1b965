"""What conversations need from the outside: answers, their own memory, staff."""

from __future__ import annotations

from datetime import date, datetime
from typing import Protocol

from handlers.domain.messages import Address, Conversation, LoggedQuestion
from handlers.domain.seminar import Flow
from handlers.domain.staff_member import StaffMember, WaitingQuestion
from knowledge.answering.answer import Answer
from knowledge.language.reader import Question
from knowledge.model.notice import SeminarKind
from knowledge.model.snapshot import Knowledge


class Answering(Protocol):
    @property
    def knowledge(self) -> Knowledge: ...
    async def __call__(
        self,
        text: str,
        as_of: date,
        history: tuple[str, ...] = (),
        *,
        kind: SeminarKind | None = None,
        topic: str = "",
    ) -> Answer: ...
    def read(self, text: str, as_of: date) -> Question: ...


class ConversationStore(Protocol):
    async def conversation(self, address: Address, now: datetime) -> Conversation: ...
    async def remember_language(self, address: Address, language: str) -> None:
        """Keep the language last written in: zh-hans, zh-hant or en."""

    async def reset(self, address: Address, now: datetime) -> None: ...


class QuestionLog(Protocol):
    """Answered questions and the votes on them. A question of another address is unknown."""

    async def earlier_questions(self, address: Address, limit: int) -> tuple[str, ...]:
        """The user's last questions since the conversation was last reset, oldest first."""

    async def log_question(self, question: LoggedQuestion) -> int:
        """Store an answered question; returns its id (a positive integer) once it is committed."""

    async def note_question(self, question: LoggedQuestion) -> None:
        """Accept an answered question that nobody refers to later; it is stored within moments."""

    async def question(self, address: Address, question_id: int) -> LoggedQuestion | None: ...
    async def last_question_id(self, address: Address) -> int | None: ...
    async def rate(self, address: Address, question_id: int, helpful: bool, now: datetime) -> bool:
        """Store 👍 (True) or 👎; the last vote counts. False where the question is unknown."""


class ForwardedQuestions(Protocol):
    async def leave(self, address: Address, question_id: int, now: datetime) -> bool:
        """Leave a question of this address for staff; twice is once. False where it is not theirs."""

    async def withdraw(self, address: Address, question_id: int) -> bool:
        """Take a question back. False where it had not been left, or is not theirs."""


class FlowStore(Protocol):
    """At most one guided conversation per address."""

    async def flow(self, address: Address) -> Flow | None: ...
    async def save(self, address: Address, flow: Flow, now: datetime) -> None: ...
    async def end(self, address: Address) -> None: ...


class StaffChatPort(Protocol):
    async def link(self, address: Address, code: str) -> str | None:
        """The account's name. Raises TooManyTries."""

    async def member(self, address: Address) -> StaffMember | None: ...
    async def questions(self, limit: int) -> tuple[WaitingQuestion, ...]:
        """The most pressing first."""

    async def question(self, question_id: int) -> WaitingQuestion | None: ...
    async def overdue(self, limit: int) -> tuple[str, ...]: ...
    async def answer(self, address: Address, question_id: int, text: str) -> None:
        """Raises ValueError with what stands against publishing it."""
