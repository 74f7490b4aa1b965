"""What whoever holds a private address sees: GET /calendar/TOKEN.ics and GET /seminar/TOKEN."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.web import texts
from bot.web.errors import error_response
from handlers.seminar import LinkPurpose

FetchLinked = Callable[[str, LinkPurpose], Awaitable[bytes | None]]
"""What a token shows; None where it does not hold (any more)."""
TOKEN = "{token:[A-Za-z0-9_-]{20,64}}"
NO_STORE = {"Cache-Control": "no-store"}


def private_routes(fetch: FetchLinked) -> list[web.RouteDef]:
    """The routes over a way to find what a token shows."""

    async def calendar(request: web.Request) -> web.Response:
        data = await fetch(request.match_info["token"], LinkPurpose.CALENDAR)
        if data is None:
            return error_response(404, texts.NO_CALENDAR)
        return web.Response(body=data, content_type="text/calendar", charset="utf-8")

    async def page(request: web.Request) -> web.Response:
        data = await fetch(request.match_info["token"], LinkPurpose.PAGE)
        if data is None:
            return web.Response(text=texts.NO_PAGE, status=404, headers=NO_STORE)
        return web.Response(body=data, content_type="text/html", charset="utf-8", headers=NO_STORE)

    return [web.get(f"/calendar/{TOKEN}.ics", calendar), web.get(f"/seminar/{TOKEN}", page)]
