"""Channel incidents, for staff."""

from __future__ import annotations

from aiohttp import web

from bot.web.staff.access import CHANNELS_ON, Visit, see_other
from handlers.texts.channels import CHANNEL_NAMES

ALWAYS_ON = {"web", "terminal"}


async def channels(visit: Visit) -> web.Response:
    incidents, on = await visit.services.incidents.all(), visit.request.app[CHANNELS_ON]
    unwell = {one.channel for one in incidents}
    states = [(name, name in on, name in unwell) for name in CHANNEL_NAMES if name not in ALWAYS_ON]
    return visit.page("channels.html", incidents=incidents, states=states)


async def resolve(visit: Visit) -> web.Response:
    services, channel = visit.services, visit.field("channel")
    await services.incidents.resolve(channel, visit.account.actor, services.clock())
    return see_other("/staff/channels")
