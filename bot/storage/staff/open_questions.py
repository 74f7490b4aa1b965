"""What the assistant could not answer: declined, voted down or left for staff, until it is settled."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.storage.db.database import Database
from bot.storage.db.in_list import in_list
from bot.storage.db.methods import Store
from bot.storage.db.values import from_row
from bot.storage.db.work import fetch_all
from bot.storage.staff.revisions import Outdated
from bot.storage.tables.conversation import feedback, questions, staff_questions
from bot.storage.tables.seminar import addresses
from bot.storage.tables.staff import regression_cases, settled_questions
from handlers.domain.messages import Address
from handlers.texts import staff as texts

MOST = 2000
LOOK_BACK = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question nobody has settled; `person_id` is its asker where they are known."""

    id: int
    text: str
    asked_at: datetime
    status: str
    answer: str
    address: Address
    person_id: int | None
    left: bool
    voted_down: bool

    @property
    def why(self) -> str:
        """Why it is here, in Chinese; the weightiest reason."""
        if self.left:
            return texts.WHY_LEFT
        return texts.WHY_VOTED_DOWN if self.voted_down else texts.WHY_UNANSWERED


class StaffInbox(Store):
    async def open(self, now: datetime) -> tuple[OpenQuestion, ...]:
        """Newest first, a year back at most."""
        rows = await self._database.query(fetch_all(_open(now)))
        return tuple(_question(row) for row in rows)

    async def put_aside(self, limit: int) -> tuple[tuple[int, str], ...]:
        query = sa.select(questions.c.id, questions.c.text).join(
            settled_questions, settled_questions.c.question_id == questions.c.id
        )
        query = query.where(settled_questions.c.answer == "").order_by(settled_questions.c.at.desc()).limit(limit)
        return tuple((row.id, row.text) for row in await self._database.query(fetch_all(query)))


def settle(
    connection: sa.Connection,
    database: Database,
    ids: Collection[int],
    answer: str,
    account_id: int | None,
    now: datetime,
) -> None:
    """`answer` is empty where they were put aside. Raises Outdated where somebody has dealt with one already."""
    rows = [{"question_id": one, "answer": answer, "account_id": account_id, "at": now} for one in sorted(set(ids))]
    if rows:
        put = database.insert(settled_questions).values(rows).on_conflict_do_nothing()
        done = connection.execute(put.returning(settled_questions.c.question_id)).all()
        if len(done) < len(rows):
            raise Outdated
        gone = sa.delete(staff_questions).where(in_list(connection, staff_questions.c.question_id, list(ids)))
        connection.execute(gone)


def reopen_answered(connection: sa.Connection, answer: str) -> None:
    """What was settled by an answer waits again; its cases are no longer kept."""
    connection.execute(sa.delete(settled_questions).where(settled_questions.c.answer == answer))
    connection.execute(sa.delete(regression_cases).where(regression_cases.c.answer == answer))


def reopen(connection: sa.Connection, question_id: int) -> bool:
    """One that was put aside waits again. False where it was not."""
    gone = sa.delete(settled_questions).where(
        settled_questions.c.question_id == question_id, settled_questions.c.answer == ""
    )
    return connection.execute(gone.returning(settled_questions.c.question_id)).one_or_none() is not None


def keep_case(connection: sa.Connection, question: str, expected: str, answer: str, now: datetime) -> None:
    row = {"question": question, "as_of": now.date(), "expected": expected, "answer": answer, "created_at": now}
    connection.execute(sa.delete(regression_cases).where(regression_cases.c.question == question))
    connection.execute(sa.insert(regression_cases).values(row))


def _open(now: datetime) -> sa.Select[Any]:
    down = sa.and_(feedback.c.question_id == questions.c.id, feedback.c.helpful.is_(False))
    joined = (
        questions.outerjoin(staff_questions, staff_questions.c.question_id == questions.c.id)
        .outerjoin(feedback, down)
        .outerjoin(settled_questions, settled_questions.c.question_id == questions.c.id)
        .outerjoin(
            addresses,
            sa.and_(addresses.c.channel == questions.c.channel, addresses.c.address_id == questions.c.address_id),
        )
    )
    return (
        sa.select(
            questions,
            staff_questions.c.left_at,
            feedback.c.helpful,
            addresses.c.person_id,
        )
        .select_from(joined)
        .where(
            settled_questions.c.question_id.is_(None),
            questions.c.asked_at > now - LOOK_BACK,
            sa.or_(
                questions.c.status == "declined",
                staff_questions.c.question_id.is_not(None),
                feedback.c.question_id.is_not(None),
            ),
        )
        .order_by(staff_questions.c.left_at.is_(None), feedback.c.helpful.is_(None), questions.c.id.desc())
        .limit(MOST)
    )


def _question(row: sa.Row[Any]) -> OpenQuestion:
    address = Address(channel=row.channel, id=row.address_id)
    return from_row(OpenQuestion, row, address=address, left=row.left_at is not None, voted_down=row.helpful is False)
