"""Queries about guided conversations in progress."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.storage.conversations.address_keys import address_filter, address_params
from bot.storage.conversations.conversations import of_address
from bot.storage.db.methods import Store
from bot.storage.db.work import execute, fetch_one
from bot.storage.tables.seminar import flows
from handlers.domain.messages import Address
from handlers.domain.seminar import Flow

_IN_PROGRESS = sa.select(flows.c.name, flows.c.answers).where(address_filter(flows))


class Flows(Store):
    """At most one guided conversation per address."""

    async def flow(self, address: Address) -> Flow | None:
        asked = address_params(address)
        row = await self._database.query(fetch_one(_IN_PROGRESS, asked))
        return Flow(name=row.name, answers=row.answers) if row else None

    async def save(self, address: Address, flow: Flow, now: datetime) -> None:
        values = {"name": flow.name, "answers": flow.answers, "changed_at": now}
        statement = (
            self._database.insert(flows)
            .values(channel=address.channel, address_id=address.id, **values)
            .on_conflict_do_update(index_elements=["channel", "address_id"], set_=values)
        )
        await self._database.transact(execute(statement))

    async def end(self, address: Address) -> None:
        await self._database.transact(execute(sa.delete(flows).where(of_address(flows, address))))
