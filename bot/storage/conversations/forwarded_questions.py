"""Queries about the questions left for staff."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.storage.conversations.conversations import of_address
from bot.storage.conversations.questions import MAX_ID, question_of_row
from bot.storage.db.methods import Store, transacting
from bot.storage.db.work import fetch_all, fetch_one
from bot.storage.tables.conversation import questions, staff_questions
from bot.storage.tables.staff import settled_questions
from handlers.domain.messages import Address, LeftQuestion


class StaffQuestions(Store):
    @transacting
    def leave(self, connection: sa.Connection, address: Address, question_id: int, now: datetime) -> bool:
        """Leave a question of this address for staff; twice is once. False where it is not theirs."""
        statement = (
            self._database.insert(staff_questions).values(question_id=question_id, left_at=now).on_conflict_do_nothing()
        )
        if connection.execute(_own(address, question_id)).one_or_none() is None:
            return False
        again = sa.delete(settled_questions).where(settled_questions.c.question_id == question_id)
        connection.execute(again)  # whoever leaves it wants it answered, even if it was put aside before
        connection.execute(statement)
        return True

    async def withdraw(self, address: Address, question_id: int) -> bool:
        """Take a question back. False where it had not been left, or is not theirs."""
        statement = (
            sa.delete(staff_questions)
            .where(staff_questions.c.question_id.in_(_own(address, question_id)))
            .returning(staff_questions.c.question_id)
        )
        return await self._database.transact(fetch_one(statement)) is not None

    async def waiting(self, limit: int) -> tuple[LeftQuestion, ...]:
        query = (
            sa.select(questions, staff_questions.c.left_at)
            .join_from(staff_questions, questions)
            .order_by(staff_questions.c.left_at, questions.c.id)
            .limit(limit)
        )
        rows = await self._database.query(fetch_all(query))
        return tuple(LeftQuestion(question=question_of_row(row._mapping), left_at=row.left_at) for row in rows)


def _own(address: Address, question_id: int) -> sa.Select[tuple[int]]:
    return sa.select(questions.c.id).where(
        sa.and_(questions.c.id == min(question_id, MAX_ID), of_address(questions, address))
    )
