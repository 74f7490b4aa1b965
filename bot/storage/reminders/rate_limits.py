"""How fast a channel may be written to, kept for all processes together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.storage.db.methods import Store, grouped, transacting
from bot.storage.tables.reminder import rate_limits


@dataclass(frozen=True, slots=True)
class Slot:
    """When a message may go out; `taken` is False where that is too far away: ask again then."""

    at: datetime
    taken: bool


@dataclass(frozen=True, slots=True)
class _Request:
    channel: str
    every: timedelta
    now: datetime
    within: timedelta


class RateLimits(Store):
    """Hands out moments, one message each, `every` apart on a channel whoever asks."""

    async def reserve(self, channel: str, every: timedelta, now: datetime, within: timedelta) -> Slot:
        return await self._reserve(_Request(channel=channel, every=every, now=now, within=within))

    @grouped
    @transacting
    def _reserve(self, connection: sa.Connection, requests: Sequence[_Request]) -> Sequence[Slot]:
        channels = sorted({request.channel for request in requests})
        rows = [{"channel": channel, "free_at": requests[0].now} for channel in channels]
        query = (
            sa.select(rate_limits)
            .where(rate_limits.c.channel.in_(channels))
            .order_by(rate_limits.c.channel)
            .with_for_update()
        )
        connection.execute(self._database.insert(rate_limits).on_conflict_do_nothing(), rows)
        free = {row.channel: row.free_at for row in connection.execute(query).all()}
        offered = dict(free)
        slots = []
        for request in requests:
            at = max(offered[request.channel], request.now)
            taken = at <= request.now + request.within
            offered[request.channel] = at + request.every
            if taken:
                free[request.channel] = at + request.every
            slots.append(Slot(at, taken))
        for channel in channels:
            moved = sa.update(rate_limits).where(rate_limits.c.channel == channel).values(free_at=free[channel])
            connection.execute(moved)
        return slots
