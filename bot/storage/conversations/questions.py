"""Queries about answered questions and the votes on them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.storage.conversations.address_keys import address_filter, address_params
from bot.storage.conversations.conversations import of_address, some_reset_mark
from bot.storage.db.batching import GroupCommit
from bot.storage.db.database import Database
from bot.storage.db.methods import Store
from bot.storage.db.work import execute, execute_with, fetch_one, fetch_value, fetch_values
from bot.storage.db.write_behind import WriteBehind
from bot.storage.tables.conversation import feedback, questions
from handlers.domain.messages import Address, LoggedQuestion

MAX_ID = 2**63 - 1


def _since_reset(column: sa.Column[Any]) -> sa.Select[Any]:
    since = sa.and_(address_filter(questions), questions.c.id > some_reset_mark("reset_question_id"))
    return sa.select(column).where(since).order_by(questions.c.id.desc()).limit(sa.bindparam("limit"))


_TEXTS = _since_reset(questions.c.text)
_IDS = _since_reset(questions.c.id)
_LOGGED = sa.insert(questions).returning(questions.c.id, sort_by_parameter_order=True)


class Questions(Store):
    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._log: GroupCommit[dict[str, Any], int] = GroupCommit(self._insert)
        self._notes: WriteBehind[LoggedQuestion] = WriteBehind(self._insert_all)

    async def log_question(self, question: LoggedQuestion) -> int:
        """Store an answered question; returns its id once it is committed."""
        return await self._log.add(_row(question))

    async def note_question(self, question: LoggedQuestion) -> None:
        await self._notes.add(question)

    async def close(self) -> None:
        await self._log.close()
        await self._notes.close()

    async def earlier_questions(self, address: Address, limit: int) -> tuple[str, ...]:
        asked = address_params(address) | {"limit": limit}
        texts = await self._database.query(fetch_values(_TEXTS, asked))
        return tuple(reversed(texts))

    async def last_question_id(self, address: Address) -> int | None:
        return await self._database.query(fetch_value(_IDS, address_params(address) | {"limit": 1}))

    async def question(self, address: Address, question_id: int) -> LoggedQuestion | None:
        """None where it is unknown or somebody else's."""
        if not 0 < question_id <= MAX_ID:
            return None
        query = sa.select(questions).where(questions.c.id == question_id, of_address(questions, address))
        row = await self._database.query(fetch_one(query))
        return None if row is None else question_of_row(row._mapping)

    async def rate(self, address: Address, question_id: int, helpful: bool, now: datetime) -> bool:
        """Store 👍 (True) or 👎; the last vote counts. False where the question is not theirs."""
        if await self.question(address, question_id) is None:
            return False
        vote = {"helpful": helpful, "rated_at": now}
        statement = (
            self._database.insert(feedback)
            .values(question_id=question_id, **vote)
            .on_conflict_do_update(index_elements=["question_id"], set_=vote)
        )
        await self._database.transact(execute(statement))
        return True

    async def _insert(self, rows: Sequence[dict[str, Any]]) -> Sequence[int]:
        return await self._database.transact(fetch_values(_LOGGED, list(rows)))

    async def _insert_all(self, noted: Sequence[LoggedQuestion]) -> None:
        await self._database.transact(execute_with(sa.insert(questions), [_row(question) for question in noted]))


def _row(question: LoggedQuestion) -> dict[str, Any]:
    fields = {name: getattr(question, name) for name in LoggedQuestion.model_fields if name != "address"}
    fields["status"] = str(question.status)
    return {"channel": question.address.channel, "address_id": question.address.id, **fields}


def question_of_row(row: sa.RowMapping) -> LoggedQuestion:
    address = Address(channel=row["channel"], id=row["address_id"])
    fields = {name: row[name] for name in LoggedQuestion.model_fields if name != "address"}
    return LoggedQuestion(address=address, **fields)
