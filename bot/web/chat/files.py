"""POST /files: the content of an attachment, for the page it was offered to. POST /upload: a file from a page."""

from __future__ import annotations

from urllib.parse import unquote

from aiohttp import web

from bot.files.inspection import MAX_BYTES, too_large
from bot.web import texts
from bot.web.chat.api import BadRequest, decode_object, read_limited
from bot.web.chat.frames import CHANNEL, is_session
from bot.web.chat.private_links import attached
from bot.web.deps import DEPS
from bot.web.errors import error_response
from bot.web.security import origin_allowed
from handlers.domain.messages import Address

MAX_BODY_BYTES = 4096


async def download(request: web.Request) -> web.StreamResponse:
    """`session` and `token` in, the file out; 404 where that session may not have it."""
    deps = request.app[DEPS]
    if not origin_allowed(request, deps.public_url):
        return error_response(403, texts.FORBIDDEN_ORIGIN)
    try:
        body = decode_object(await read_limited(request, MAX_BODY_BYTES))
    except BadRequest as error:
        return error_response(error.status, error.sentence)
    session, token = body.get("session"), body.get("token")
    if not is_session(session) or not isinstance(token, str):
        return error_response(400, texts.BAD_BODY)
    file = await deps.core.documents.fetch(Address(channel=CHANNEL, id=session), token)
    if file is None:
        return error_response(404, texts.NO_FILE)
    return attached(file)


async def upload(request: web.Request) -> web.StreamResponse:
    """`X-Session` and `X-Name` (percent-encoded) in the headers; 422 with the sentence why."""
    deps = request.app[DEPS]
    if not origin_allowed(request, deps.public_url):
        return error_response(403, texts.FORBIDDEN_ORIGIN)
    session, name = request.headers.get("X-Session"), unquote(request.headers.get("X-Name", ""))
    if not is_session(session) or not name:
        return error_response(400, texts.BAD_BODY)
    if (request.content_length or 0) > MAX_BYTES:
        return error_response(413, str(too_large(request.content_length or 0)))
    async with deps.uploading:
        try:
            data = await read_limited(request, MAX_BYTES)
            sent = await deps.core.files.receive(Address(channel=CHANNEL, id=session), name, data)
        except BadRequest:
            return error_response(413, str(too_large(MAX_BYTES + 1)))
    if sent.id is None:
        return error_response(422, sent.problem)
    return web.json_response({"id": sent.id, "name": sent.name})
