"""Reading the states of a seminar's checklist."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.seminar_tables import item_details, item_events
from handlers.seminar import ItemState, State, state_of


async def read_states(connection: AsyncConnection, seminar_id: int) -> dict[str, ItemState]:
    """The newest state of every item that has one, with its owner and remark."""
    newest = sa.select(sa.func.max(item_events.c.id)).where(item_events.c.seminar_id == seminar_id)
    query = sa.select(item_events).where(item_events.c.id.in_(newest.group_by(item_events.c.key)))
    details = sa.select(item_details).where(item_details.c.seminar_id == seminar_id)
    found = {row.key: item_state(row) for row in (await connection.execute(query)).all()}
    for row in (await connection.execute(details)).all():
        state = state_of(found, row.key)
        found[row.key] = state.model_copy(update={"owner": row.owner, "remark": row.remark})
    return found


def item_state(row: sa.Row[Any]) -> ItemState:
    """A row of item_events."""
    return ItemState(key=row.key, state=State(row.state), on_day=row.on_day, note=row.note, at=row.at)
