"""What stands against channels, for staff to see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.storage.db.methods import Store, transacting
from bot.storage.db.values import from_row
from bot.storage.db.work import execute, fetch_all, fetch_one
from bot.storage.staff.audit import Actor, record
from bot.storage.tables.channel import incidents


@dataclass(frozen=True, slots=True)
class ChannelIncident:
    """`text` says what is wrong and what to do; it has been met `times` times."""

    channel: str
    kind: str
    text: str
    times: int
    first_at: datetime
    last_at: datetime


_STANDS = sa.select(incidents.c.kind).where(
    incidents.c.channel == sa.bindparam("of_channel"), incidents.c.kind == sa.bindparam("of_kind")
)


class ChannelIncidents(Store):
    """One row per channel and kind, counted, as long as it lasts."""

    async def note(self, channel: str, kind: str, text: str, now: datetime) -> None:
        row = {"channel": channel, "kind": kind, "text": text, "times": 1, "first_at": now, "last_at": now}
        put = self._database.insert(incidents).values(row)
        again = {"text": text, "times": incidents.c.times + 1, "last_at": now}
        await self._database.transact(
            execute(put.on_conflict_do_update(index_elements=["channel", "kind"], set_=again))
        )

    @transacting
    def resolve(self, connection: sa.Connection, channel: str, actor: Actor, now: datetime) -> None:
        """Somebody has seen to a channel; what is still wrong comes back by itself."""
        gone = sa.delete(incidents).where(incidents.c.channel == channel).returning(incidents.c.text)
        was = list(connection.execute(gone).scalars())
        if was:
            record(connection, actor, "渠道问题已处理", channel, now, before={"text": was})

    async def stands(self, channel: str, kind: str) -> bool:
        asked = {"of_channel": channel, "of_kind": kind}
        return await self._database.query(fetch_one(_STANDS, asked)) is not None

    async def all(self) -> tuple[ChannelIncident, ...]:
        query = sa.select(incidents).order_by(incidents.c.last_at.desc())
        rows = await self._database.query(fetch_all(query))
        return tuple(from_row(ChannelIncident, row) for row in rows)
