"""GET /calendar/TOKEN.ics: a seminar's calendar for whoever holds the token."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.web import texts
from bot.web.errors import error_response

FetchCalendar = Callable[[str], Awaitable[bytes | None]]
"""A token's calendar; None where it does not hold (any more)."""


def calendar_route(fetch: FetchCalendar) -> web.RouteDef:
    """The route over a way to find calendars."""

    async def calendar(request: web.Request) -> web.Response:
        data = await fetch(request.match_info["token"])
        if data is None:
            return error_response(404, texts.NO_CALENDAR)
        return web.Response(body=data, content_type="text/calendar", charset="utf-8")

    return web.get(r"/calendar/{token:[A-Za-z0-9_-]{20,64}}.ics", calendar)
