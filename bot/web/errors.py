"""Every failure as one Chinese sentence, in JSON or as a page; requests are counted on the way out."""

from __future__ import annotations

import html
import json
from pathlib import Path

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from bot.web import texts
from bot.web.deps import DEPS

SORRY = (Path(__file__).parent / "sorry.html").read_text("utf-8")
_log = structlog.get_logger(__name__)

_SENTENCES = {
    403: texts.FORBIDDEN,
    404: texts.NOT_FOUND,
    405: texts.METHOD_NOT_ALLOWED,
    413: texts.BODY_TOO_LARGE,
}


def error_response(status: int, sentence: str) -> web.Response:
    body = json.dumps({"error": sentence}, ensure_ascii=False)
    return web.Response(status=status, text=body, content_type="application/json")


def sorry(request: web.Request, status: int, sentence: str) -> web.Response:
    if "text/html" not in request.headers.get(hdrs.ACCEPT, "") or request.path.startswith("/api/"):
        return error_response(status, sentence)
    page = SORRY.replace("{sentence}", html.escape(sentence))
    return web.Response(status=status, text=page, content_type="text/html", headers={"Cache-Control": "no-store"})


@web.middleware
async def readable_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn exceptions into errors that can be read and count the request; no traceback leaves the process."""
    response: web.StreamResponse
    try:
        response = await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            _count(request, error.status)
            raise
        response = _from_http_exception(request, error)
    except Exception:
        _log.exception("request failed", method=request.method, path=_route(request))  # paths may hold secrets
        response = sorry(request, 500, texts.SERVER_ERROR)
    _count(request, response.status)
    return response


def _from_http_exception(request: web.Request, error: web.HTTPException) -> web.Response:
    """Keep the status and headers such as Allow; replace aiohttp's English body."""
    fallback = texts.BAD_REQUEST if error.status < 500 else texts.SERVER_ERROR
    response = sorry(request, error.status, _SENTENCES.get(error.status, fallback))
    for name, value in error.headers.items():
        if name not in (hdrs.CONTENT_TYPE, hdrs.CONTENT_LENGTH):
            response.headers.add(name, value)
    return response


def _count(request: web.Request, status: int) -> None:
    request.app[DEPS].metrics.count_request(_route(request), status)


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "unknown"
