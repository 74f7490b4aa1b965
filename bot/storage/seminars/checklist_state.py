"""Reading the states of checklists."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.storage.db.in_list import in_list
from bot.storage.tables.seminar import item_details, item_events
from handlers.domain.seminar import ItemState, State, state_of


def read_states(connection: sa.Connection, seminar_id: int) -> dict[str, ItemState]:
    return read_all_states(connection, {seminar_id})[seminar_id]


def read_all_states(connection: sa.Connection, seminars: Collection[int]) -> dict[int, dict[str, ItemState]]:
    newest = sa.select(sa.func.max(item_events.c.id)).where(in_list(connection, item_events.c.seminar_id, seminars))
    newest = newest.group_by(item_events.c.seminar_id, item_events.c.key)
    query = sa.select(item_events).where(item_events.c.id.in_(newest))
    details = sa.select(item_details).where(in_list(connection, item_details.c.seminar_id, seminars))
    found: dict[int, dict[str, ItemState]] = {seminar_id: {} for seminar_id in seminars}
    for row in connection.execute(query).all():
        found[row.seminar_id][row.key] = item_state(row)
    for row in connection.execute(details).all():
        state = state_of(found[row.seminar_id], row.key)
        found[row.seminar_id][row.key] = state.model_copy(update={"owner": row.owner, "remark": row.remark})
    return found


def item_state(row: sa.Row[Any]) -> ItemState:
    return ItemState(key=row.key, state=State(row.state), on_day=row.on_day, note=row.note, at=row.at)


def write_state(
    connection: sa.Connection, person_id: int | None, seminar_id: int, item: ItemState, now: datetime
) -> None:
    row = {
        "seminar_id": seminar_id,
        "key": item.key,
        "state": str(item.state),
        "on_day": item.on_day,
        "note": item.note,
        "person_id": person_id,
        "at": now,
    }
    connection.execute(sa.insert(item_events).values(row))
