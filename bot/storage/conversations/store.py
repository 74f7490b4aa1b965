"""`handlers.core.ports.Store` on a database."""

from __future__ import annotations

from datetime import datetime

from bot.storage.conversations.conversations import Conversations
from bot.storage.conversations.forwarded_questions import StaffQuestions
from bot.storage.conversations.questions import Questions
from bot.storage.db.database import Database
from handlers.domain.messages import Address, Conversation, LeftQuestion, LoggedQuestion


class SqlStore:
    """Everything a conversation remembers, kept in SQL. Close it before its database."""

    def __init__(self, database: Database) -> None:
        self._conversations = Conversations(database)
        self._questions = Questions(database)
        self._staff_questions = StaffQuestions(database)

    async def conversation(self, address: Address, now: datetime) -> Conversation:
        """The conversation of this address, begun now if there was none."""
        return await self._conversations.conversation(address, now)

    async def remember_language(self, address: Address, language: str) -> None:
        """Keep the language last written in: zh-hans, zh-hant or en."""
        await self._conversations.remember_language(address, language)

    async def reset(self, address: Address, now: datetime) -> None:
        """Start the conversation afresh: earlier questions no longer give context."""
        await self._conversations.reset(address, now)

    async def earlier_questions(self, address: Address, limit: int) -> tuple[str, ...]:
        """The user's last questions since the conversation was last reset, oldest first."""
        return await self._questions.earlier_questions(address, limit)

    async def log_question(self, question: LoggedQuestion) -> int:
        """Store an answered question; returns its id (a positive integer)."""
        return await self._questions.log_question(question)

    async def note_question(self, question: LoggedQuestion) -> None:
        """Accept an answered question that nobody refers to later; it is stored within moments."""
        await self._questions.note_question(question)

    async def question(self, address: Address, question_id: int) -> LoggedQuestion | None:
        """A question of this address; None where it is unknown or somebody else's."""
        return await self._questions.question(address, question_id)

    async def last_question_id(self, address: Address) -> int | None:
        """The newest question of this address since the last reset."""
        return await self._questions.last_question_id(address)

    async def rate(self, address: Address, question_id: int, helpful: bool, now: datetime) -> bool:
        """Store 👍 (True) or 👎; the last vote counts. False where the question is not theirs."""
        return await self._questions.rate(address, question_id, helpful, now)

    async def leave_for_staff(self, address: Address, question_id: int, now: datetime) -> bool:
        """Leave a question of this address for staff; twice is once. False where it is not theirs."""
        return await self._staff_questions.leave(address, question_id, now)

    async def withdraw_from_staff(self, address: Address, question_id: int) -> bool:
        """Take a question back. False where it had not been left, or is not theirs."""
        return await self._staff_questions.withdraw(address, question_id)

    async def waiting_for_staff(self, limit: int) -> tuple[LeftQuestion, ...]:
        """The questions left for staff, the one waiting longest first."""
        return await self._staff_questions.waiting(limit)

    async def close(self) -> None:
        """Return when everything accepted is stored; nothing is accepted afterwards."""
        await self._questions.close()
