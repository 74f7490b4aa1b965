"""Queries about people, their seminars and the state of each checklist."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from bot.storage.conversations.conversations import of_address
from bot.storage.conversations.questions import MAX_ID
from bot.storage.db.database import Database
from bot.storage.db.methods import Store, transacting
from bot.storage.db.work import execute, fetch_all, fetch_one
from bot.storage.seminars.checklist_state import item_state, read_states, write_state
from bot.storage.seminars.reminder_planning import ReminderPlan, replan
from bot.storage.tables.seminar import addresses, item_details, item_events, members, people, seminar_changes, seminars
from handlers.domain.messages import Address
from handlers.domain.seminar import Answers, Conflict, ItemDetail, ItemState, Role, Seminar, State


class Seminars(Store):
    def __init__(self, database: Database, reminders: ReminderPlan | None = None) -> None:
        super().__init__(database)
        self._reminders = reminders

    async def person(self, address: Address, now: datetime) -> int:
        query = sa.select(addresses.c.person_id, addresses.c.disabled_at).where(of_address(addresses, address))
        found = await self._database.query(fetch_one(query))
        if found is not None and found.disabled_at is None:
            return int(found.person_id)
        return await self._welcome(address, now)

    @transacting
    def _welcome(self, connection: sa.Connection, address: Address, now: datetime) -> int:
        """Whoever writes is known, and can be reached, from now on."""
        known = sa.update(addresses).where(of_address(addresses, address)).values(disabled_at=None)
        found = connection.execute(known.returning(addresses.c.person_id)).scalar_one_or_none()
        if found is not None:
            return int(found)
        created = connection.execute(sa.insert(people).values(created_at=now).returning(people.c.id)).scalar_one()
        row = {"channel": address.channel, "address_id": address.id, "person_id": created}
        put = self._database.insert(addresses).values(row).on_conflict_do_nothing().returning(addresses.c.person_id)
        if connection.execute(put).one_or_none() is None:  # somebody else was faster by a moment
            connection.execute(sa.delete(people).where(people.c.id == created))
            query = sa.select(addresses.c.person_id).where(of_address(addresses, address))
            return int(connection.execute(query).scalar_one())
        return int(created)

    @transacting
    def register(self, connection: sa.Connection, person_id: int, answers: Answers, now: datetime) -> Seminar:
        row = {"answers": _dump(answers), "version": 1, "created_at": now, "changed_at": now}
        seminar_id = connection.execute(sa.insert(seminars).values(row).returning(seminars.c.id)).scalar_one()
        owner = {"seminar_id": seminar_id, "person_id": person_id, "role": str(Role.OWNER), "joined_at": now}
        connection.execute(sa.insert(members).values(owner))
        replan(self._reminders, connection, [seminar_id])
        return Seminar(id=seminar_id, answers=answers, version=1, role=Role.OWNER)

    async def of_person(self, person_id: int) -> tuple[Seminar, ...]:
        rows = await self._database.query(fetch_all(_visible(person_id).order_by(seminars.c.id)))
        return tuple(seminar_of_row(row) for row in rows)

    async def seminar(self, person_id: int, seminar_id: int) -> Seminar | None:
        if not 0 < seminar_id <= MAX_ID:
            return None
        row = await self._database.query(fetch_one(_visible(person_id).where(seminars.c.id == seminar_id)))
        return seminar_of_row(row) if row else None

    @transacting
    def change(
        self, connection: sa.Connection, person_id: int, seminar: Seminar, answers: Answers, now: datetime
    ) -> Seminar:
        """Replace the answers and record the change. Raises Conflict where somebody was faster."""
        update = (
            sa.update(seminars)
            .where(seminars.c.id == seminar.id, seminars.c.version == seminar.version, seminars.c.removed_at.is_(None))
            .values(answers=_dump(answers), version=seminar.version + 1, changed_at=now)
            .returning(seminars.c.id)
        )
        record = {
            "seminar_id": seminar.id,
            "before": _dump(seminar.answers),
            "after": _dump(answers),
            "person_id": person_id,
            "at": now,
        }
        if connection.execute(update).one_or_none() is None:
            raise Conflict
        connection.execute(sa.insert(seminar_changes).values(record))
        replan(self._reminders, connection, [seminar.id])
        return seminar.model_copy(update={"answers": answers, "version": seminar.version + 1})

    async def remove(self, seminar_id: int, now: datetime) -> None:
        await self._set_removed(seminar_id, now)

    async def restore(self, person_id: int, seminar_id: int) -> Seminar | None:
        """None where it is no removed seminar of which this person is an owner."""
        own = sa.select(members.c.seminar_id).where(
            members.c.seminar_id == min(seminar_id, MAX_ID),
            members.c.person_id == person_id,
            members.c.role == str(Role.OWNER),
        )
        if await self._database.query(fetch_one(own)) is None:
            return None
        await self._set_removed(seminar_id, None)
        return await self.seminar(person_id, seminar_id)

    @transacting
    def _set_removed(self, connection: sa.Connection, seminar_id: int, at: datetime | None) -> None:
        connection.execute(sa.update(seminars).where(seminars.c.id == seminar_id).values(removed_at=at))
        replan(self._reminders, connection, [seminar_id])

    async def item_states(self, seminar_id: int) -> dict[str, ItemState]:
        return await self._database.query(lambda connection: read_states(connection, seminar_id))

    async def describe(self, seminar_id: int, key: str, field: ItemDetail, words: str) -> None:
        """Say who looks after an item, or a remark on it; empty words take it back."""
        row = {"seminar_id": seminar_id, "key": key, "owner": "", "remark": ""} | {str(field): words}
        statement = self._database.insert(item_details).values(row)
        statement = statement.on_conflict_do_update(
            index_elements=[item_details.c.seminar_id, item_details.c.key], set_={str(field): words}
        )
        await self._database.transact(execute(statement))

    async def last_change(self, seminar_id: int) -> tuple[Answers, Answers] | None:
        query = sa.select(seminar_changes.c.before, seminar_changes.c.after)
        query = query.where(seminar_changes.c.seminar_id == seminar_id).order_by(seminar_changes.c.id.desc()).limit(1)
        row = await self._database.query(fetch_one(query))
        return (Answers.model_validate(row.before), Answers.model_validate(row.after)) if row else None

    @transacting
    def mark(
        self,
        connection: sa.Connection,
        person_id: int,
        seminar_id: int,
        key: str,
        state: State,
        on_day: date | None,
        note: str,
        now: datetime,
    ) -> None:
        item = ItemState(key=key, state=state, on_day=on_day, note=note)
        write_state(connection, person_id, seminar_id, item, now)
        replan(self._reminders, connection, [seminar_id])

    @transacting
    def unmark(self, connection: sa.Connection, seminar_id: int, key: str) -> ItemState:
        """Undo the newest change of an item: the state before it counts again."""
        of_item = (item_events.c.seminar_id == seminar_id, item_events.c.key == key)
        query = sa.select(item_events).where(*of_item).order_by(item_events.c.id.desc()).limit(2)
        rows = connection.execute(query).all()
        if rows and rows[0].person_id is None:  # staff have decided: nobody on the team undoes that
            return item_state(rows[0])
        before = item_state(rows[1]) if len(rows) > 1 else ItemState(key=key)
        if rows:
            connection.execute(sa.delete(item_events).where(item_events.c.id == rows[0].id))
        replan(self._reminders, connection, [seminar_id])
        return before


def _visible(person_id: int) -> sa.Select[Any]:
    """The one way seminars are read: through the membership of whoever looks."""
    return (
        sa.select(seminars.c.id, seminars.c.answers, seminars.c.version, members.c.role)
        .join_from(seminars, members)
        .where(members.c.person_id == person_id, seminars.c.removed_at.is_(None))
    )


def _dump(answers: Answers) -> dict[str, Any]:
    return answers.model_dump(mode="json", exclude_defaults=True)


def seminar_of_row(row: Any) -> Seminar:
    return Seminar(id=row.id, answers=Answers.model_validate(row.answers), version=row.version, role=Role(row.role))
