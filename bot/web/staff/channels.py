"""What stands against the channels, for staff."""

from __future__ import annotations

from aiohttp import web

from bot.web.staff.access import Visit, see_other


async def channels(visit: Visit) -> web.Response:
    """Every trouble, the newest first."""
    return visit.page("channels.html", troubles=await visit.desk.troubles.all())


async def settled(visit: Visit) -> web.Response:
    """Somebody has seen to it; what is still wrong comes back by itself."""
    desk, channel = visit.desk, visit.field("channel")
    await desk.troubles.settle(channel, visit.account.actor, desk.clock())
    return see_other("/staff/channels")
