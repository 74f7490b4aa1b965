"""What whoever holds a private address sees: GET /calendar/TOKEN.ics, GET /seminar/TOKEN and GET /download/TOKEN."""

from __future__ import annotations

from mimetypes import guess_type
from urllib.parse import quote

from aiohttp import web

from bot.documents.service import File
from bot.web import texts
from bot.web.deps import DEPS
from bot.web.errors import sorry
from handlers.domain.seminar import LinkPurpose

TOKEN = "{token:[A-Za-z0-9_-]{20,64}}"
NO_STORE = {"Cache-Control": "no-store"}


def attached(file: File) -> web.Response:
    kind = guess_type(file.name)[0] or "application/octet-stream"
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name)}"}
    return web.Response(body=file.data, content_type=kind, headers=headers | NO_STORE)


async def calendar(request: web.Request) -> web.Response:
    file = await _linked(request, LinkPurpose.CALENDAR)
    if file is None:
        return sorry(request, 404, texts.NO_CALENDAR)
    return web.Response(body=file.data, content_type="text/calendar", charset="utf-8")


async def page(request: web.Request) -> web.Response:
    file = await _linked(request, LinkPurpose.PAGE)
    if file is None:
        return sorry(request, 404, texts.NO_PAGE)
    return web.Response(body=file.data, content_type="text/html", charset="utf-8", headers=NO_STORE)


async def download(request: web.Request) -> web.Response:
    core = request.app[DEPS].core
    wanted = await core.services.downloads.what(request.match_info["token"], core.clock())
    file = await core.documents.fetch(*wanted) if wanted else None
    return attached(file) if file else sorry(request, 404, texts.NO_DOWNLOAD)


async def _linked(request: web.Request, purpose: LinkPurpose) -> File | None:
    core = request.app[DEPS].core
    owner = await core.links.owner(request.match_info["token"], purpose)
    return await core.documents.linked(*owner, purpose) if owner else None


ROUTES = (
    web.get(f"/download/{TOKEN}", download),
    web.get(f"/calendar/{TOKEN}.ics", calendar),
    web.get(f"/seminar/{TOKEN}", page),
)
