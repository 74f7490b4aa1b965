"""Access to the console: session cookie, role, CSRF token; errors rendered as pages."""

from __future__ import annotations

import hmac
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from aiohttp import web
from aiohttp.typedefs import Handler
from multidict import MultiDictProxy
from pydantic import ValidationError

from bot.staff.publishing import NotReady
from bot.staff.seminar_board import SeminarNotFound
from bot.staff.services import StaffServices
from bot.storage.db.errors import StorageUnavailable
from bot.storage.staff.accounts import Account, Session, StaffRole
from bot.storage.staff.draft_models import Stale
from bot.storage.staff.revisions import Outdated
from bot.web.security import CSP, origin_allowed
from bot.web.staff import texts
from bot.web.staff.pages import render
from bot.web.texts import FILE_TOO_LARGE

T = TypeVar("T")

COOKIE = "yanxiu_staff"
CSRF_FIELD = "csrf"
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
NEXT = re.compile(r"/staff(?:/[\w-]+)*(?:\?[\w=&%-]*)?", re.ASCII)
"""Allowed redirect targets after signing in: pages of the console only."""
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": CSP.replace("form-action 'none'", "form-action 'self'"),
    "Referrer-Policy": "same-origin",  # needed for the Origin check of forms
    "X-Frame-Options": "DENY",
}

SERVICES: web.AppKey[StaffServices] = web.AppKey("services", StaffServices)
CHANNELS_ON: web.AppKey[tuple[str, ...]] = web.AppKey("channels that are on", tuple)
PUBLIC_URL: web.AppKey[str] = web.AppKey("staff public url", str)


@dataclass(frozen=True)
class Visit:
    request: web.Request
    services: StaffServices
    session: Session
    form: MultiDictProxy[Any] = field(repr=False)

    @property
    def account(self) -> Account:
        return self.session.account

    def may(self, role: StaffRole) -> bool:
        return self.account.role.may(role)

    def number(self, name: str = "id") -> int:
        """A positive path parameter. Raises HTTPNotFound."""
        try:
            found = int(self.request.match_info[name])
        except ValueError:
            raise web.HTTPNotFound from None
        if not 0 < found < 2**62:
            raise web.HTTPNotFound
        return found

    def field(self, name: str) -> str:
        """A form field, stripped, without control characters; empty where it is missing or a file."""
        found = self.form.get(name, "")
        return CONTROL.sub("", found).strip() if isinstance(found, str) else ""

    def required(self, name: str, problem: str) -> str:
        """Raises ValueError(problem) where the field is empty."""
        if not (found := self.field(name)):
            raise ValueError(problem)
        return found

    def counted(self, name: str) -> int:
        """A non-negative number of the form, else of the query; 0 where it is missing or no number."""
        found = self.field(name) or self.request.query.get(name, "")
        return int(found) if found.isdecimal() else 0

    def fields(self, name: str) -> tuple[str, ...]:
        return tuple(CONTROL.sub("", value) for value in self.form.getall(name, []) if isinstance(value, str))

    def page(self, template: str, *, status: int = 200, **values: Any) -> web.Response:
        """`?m=CODE&n=COUNT` in the address select the confirmation shown on top."""
        done = texts.DONE.get(self.request.query.get("m", ""), "")
        counted = self.request.query.get("n", "")
        shown = {"message": done.replace("#", counted if counted.isdecimal() else ""), **values}
        html = render(template, visit=self, account=self.account, csrf=self.session.csrf, roles=StaffRole, **shown)
        return html_response(html, status)


def existing(found: T | None) -> T:
    """Raises HTTPNotFound for None."""
    if found is None:
        raise web.HTTPNotFound
    return found


Page = Callable[[Visit], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Route:
    """`role` is the least role that may use it; None for public pages."""

    method: str
    path: str
    role: StaffRole | None
    handler: Page | Handler


def see_other(path: str, **query: object) -> web.Response:
    address = f"{path}?{urlencode(query)}" if query else path
    page, _, anchor = path.partition("#")
    if anchor:
        address = f"{page}?{urlencode(query)}#{anchor}" if query else path
    return web.Response(status=303, headers={"Location": address, **HEADERS})


def download(name: str, data: bytes, content_type: str = "application/octet-stream") -> web.Response:
    headers = HEADERS | {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return web.Response(body=data, content_type=content_type, headers=headers)


def html_response(html: str, status: int = 200) -> web.Response:
    return web.Response(text=html, status=status, content_type="text/html", headers=HEADERS)


def guarded(route: Route) -> Handler:
    """The route as an aiohttp handler: checks session, role and CSRF token; every expected failure becomes a page."""

    async def handle(request: web.Request) -> web.StreamResponse:
        session: Session | None = None
        try:
            services = request.app[SERVICES]
            token = request.cookies.get(COOKIE, "")
            session = await services.accounts.session(token, services.clock()) if token else None
            if route.role is None:
                return await route.handler(request)  # type: ignore[arg-type]
            if session is None:
                return _sign_in_first(request)
            if not session.account.role.may(route.role):
                return problem_page(session, 403, texts.ROLE_NEEDED.format(role=route.role.label))
            form = await request.post()
            if request.method == "POST" and not _not_forged(request, form, session):
                return problem_page(session, 403, texts.FORM_EXPIRED)
            return await route.handler(Visit(request, services, session, form))  # type: ignore[arg-type]
        except Exception as error:
            status, sentences = status_and_sentences(error)
            if status == 0:
                raise
            return problem_page(session, status, *sentences)

    return handle


def status_and_sentences(error: Exception) -> tuple[int, tuple[str, ...]]:
    """HTTP status and sentences of an expected error; status 0 for unexpected ones and for redirects."""
    if isinstance(error, NotReady):
        return 422, error.problems
    if isinstance(error, Outdated | Stale):
        return 409, (texts.OUTDATED,)
    if isinstance(error, SeminarNotFound | web.HTTPNotFound):
        return 404, (texts.NOT_FOUND,)
    if isinstance(error, web.HTTPRequestEntityTooLarge):
        return 413, (FILE_TOO_LARGE,)
    if isinstance(error, ValidationError):
        return 422, tuple(str(one["msg"]).removeprefix("Value error, ") for one in error.errors())
    if isinstance(error, ValueError):
        return 422, (str(error),)
    if isinstance(error, StorageUnavailable):
        return 503, (texts.STORAGE_AWAY,)
    return 0, ()


def problem_page(session: Session | None, status: int, *sentences: str) -> web.Response:
    return html_response(render("problem.html", account=session.account if session else None, lines=sentences), status)


def set_session_cookie(response: web.Response, token: str) -> web.Response:
    response.set_cookie(COOKIE, token, httponly=True, secure=True, samesite="Lax", path="/")
    return response


def _not_forged(request: web.Request, form: MultiDictProxy[Any], session: Session) -> bool:
    given = form.get(CSRF_FIELD, "")
    same = isinstance(given, str) and hmac.compare_digest(given.encode(), session.csrf.encode())
    return same and origin_allowed(request, request.app[PUBLIC_URL])


def _sign_in_first(request: web.Request) -> web.Response:
    if request.method != "GET":
        return problem_page(None, 401, texts.SESSION_EXPIRED)
    wanted = request.path_qs if NEXT.fullmatch(request.path_qs) else "/staff"
    return web.Response(status=303, headers={"Location": f"/staff/login?next={quote(wanted)}", **HEADERS})
