"""Queries about conversations."""

from __future__ import annotations

from datetime import datetime
from functools import partial

import sqlalchemy as sa

from bot.storage.conversations.address_keys import address_columns, address_filter, address_params
from bot.storage.db.database import Database
from bot.storage.db.methods import Store, transacting
from bot.storage.db.work import execute, fetch_value
from bot.storage.tables.conversation import conversations, inbox, questions
from handlers.domain.messages import Address, Conversation

DEFAULT_LANGUAGE = "zh-hans"


def of_address(table: sa.Table, address: Address) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.channel == address.channel, table.c.address_id == address.id)


def some_reset_mark(column: str) -> sa.ColumnElement[int]:
    """The newest id when the conversation of some address was last reset; 0 where it never was."""
    mark = sa.select(conversations.c[column]).where(address_filter(conversations))
    return sa.func.coalesce(mark.scalar_subquery(), 0)


_FOUND = sa.select(conversations.c.language, conversations.c.started_at).where(address_filter(conversations))


class Conversations(Store):
    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._put = database.insert(conversations).on_conflict_do_nothing().returning(conversations.c.language)

    async def conversation(self, address: Address, now: datetime) -> Conversation:
        found = await self._database.query(partial(_find, address=address))
        if found:
            return found
        return await self._begin(address, now)

    async def remember_language(self, address: Address, language: str) -> None:
        """Keep the language last written in; writes nothing where it is the one already kept."""
        query = sa.select(conversations.c.language).where(of_address(conversations, address))
        known = await self._database.query(fetch_value(query))
        if known is None or known == language:
            return
        update = sa.update(conversations).where(of_address(conversations, address)).values(language=language)
        await self._database.transact(execute(update))

    async def reset(self, address: Address, now: datetime) -> None:
        marks = {
            "reset_at": now,
            "reset_question_id": self._newest(questions, address),
            "reset_inbox_id": self._newest(inbox, address),
        }
        statement = (
            self._database.insert(conversations)
            .values(address_columns(address) | {"language": DEFAULT_LANGUAGE, "started_at": now} | marks)
            .on_conflict_do_update(index_elements=["channel", "address_id"], set_=marks)
        )
        await self._database.transact(execute(statement))

    @transacting
    def _begin(self, connection: sa.Connection, address: Address, now: datetime) -> Conversation:
        row = address_columns(address) | {"language": DEFAULT_LANGUAGE, "started_at": now}
        if connection.execute(self._put, row).one_or_none():
            return Conversation(address=address, language=DEFAULT_LANGUAGE, started_at=now)
        return _find(connection, address) or Conversation(address=address, started_at=now)

    @staticmethod
    def _newest(table: sa.Table, address: Address) -> sa.ColumnElement[int]:
        newest = sa.select(sa.func.max(table.c.id)).where(of_address(table, address))
        return sa.func.coalesce(newest.scalar_subquery(), 0)


def _find(connection: sa.Connection, address: Address) -> Conversation | None:
    row = connection.execute(_FOUND, address_params(address)).one_or_none()
    return row and Conversation(address=address, language=row.language, started_at=row.started_at)
