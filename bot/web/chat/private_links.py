"""What whoever holds a private address sees: GET /calendar/TOKEN.ics, GET /seminar/TOKEN and GET /download/TOKEN."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from mimetypes import guess_type
from urllib.parse import quote

from aiohttp import web

from bot.documents.service import File
from bot.web import texts
from bot.web.errors import sorry
from handlers.domain.seminar import LinkPurpose

FetchLinked = Callable[[str, LinkPurpose], Awaitable[bytes | None]]
"""What a token shows; None where it does not hold (any more)."""
TOKEN = "{token:[A-Za-z0-9_-]{20,64}}"
NO_STORE = {"Cache-Control": "no-store"}


FetchDownload = Callable[[str], Awaitable[File | None]]
"""The file a secret belongs to; None where it does not hold (any more)."""


def attached(file: File) -> web.Response:
    """A file to keep."""
    kind = guess_type(file.name)[0] or "application/octet-stream"
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name)}"}
    return web.Response(body=file.data, content_type=kind, headers=headers | NO_STORE)


def private_routes(fetch: FetchLinked, download: FetchDownload) -> list[web.RouteDef]:
    """The routes over a way to find what a token shows."""

    async def calendar(request: web.Request) -> web.Response:
        data = await fetch(request.match_info["token"], LinkPurpose.CALENDAR)
        if data is None:
            return sorry(request, 404, texts.NO_CALENDAR)
        return web.Response(body=data, content_type="text/calendar", charset="utf-8")

    async def page(request: web.Request) -> web.Response:
        data = await fetch(request.match_info["token"], LinkPurpose.PAGE)
        if data is None:
            return sorry(request, 404, texts.NO_PAGE)
        return web.Response(body=data, content_type="text/html", charset="utf-8", headers=NO_STORE)

    async def kept(request: web.Request) -> web.Response:
        file = await download(request.match_info["token"])
        return attached(file) if file else sorry(request, 404, texts.NO_DOWNLOAD)

    return [
        web.get(f"/download/{TOKEN}", kept),
        web.get(f"/calendar/{TOKEN}.ics", calendar),
        web.get(f"/seminar/{TOKEN}", page),
    ]
