"""Who may open which page: session cookie, role, CSRF token; errors as pages."""

from __future__ import annotations

import hmac
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from aiohttp import web
from aiohttp.typedefs import Handler
from multidict import MultiDictProxy
from pydantic import ValidationError

from bot.staff.publishing import NotReady
from bot.staff.seminar_board import NotThere
from bot.staff.services import StaffServices
from bot.storage.db.errors import StorageUnavailable
from bot.storage.staff.accounts import Account, Session, StaffRole
from bot.storage.staff.draft_models import Stale
from bot.storage.staff.revisions import Outdated
from bot.web import texts
from bot.web.security import CSP, origin_allowed
from bot.web.staff.pages import render

COOKIE = "yanxiu_staff"
CSRF_FIELD = "csrf"
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
NEXT = re.compile(r"/staff(?:/[\w-]+)*(?:\?[\w=&%-]*)?", re.ASCII)
"""Where a sign-in may lead: pages of the console, nothing else."""
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": CSP.replace("form-action 'none'", "form-action 'self'"),
    "Referrer-Policy": "same-origin",  # without it browsers hide from us where a form was sent from
    "X-Frame-Options": "DENY",
}

DESK: web.AppKey[StaffServices] = web.AppKey("desk", StaffServices)
CHANNELS_ON: web.AppKey[tuple[str, ...]] = web.AppKey("channels that are on", tuple)
PUBLIC_URL: web.AppKey[str] = web.AppKey("staff public url", str)


@dataclass(frozen=True)
class Visit:
    request: web.Request
    desk: StaffServices
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

    def fields(self, name: str) -> tuple[str, ...]:
        return tuple(CONTROL.sub("", value) for value in self.form.getall(name, []) if isinstance(value, str))

    def page(self, template: str, *, status: int = 200, **values: Any) -> web.Response:
        """`?m=CODE&n=COUNT` in the address select the confirmation shown on top."""
        done = DONE.get(self.request.query.get("m", ""), "")
        counted = self.request.query.get("n", "")
        shown = {"message": done.replace("#", counted if counted.isdecimal() else ""), **values}
        html = render(template, visit=self, account=self.account, csrf=self.session.csrf, roles=StaffRole, **shown)
        return html_response(html, status)


Page = Callable[[Visit], Awaitable[web.StreamResponse]]

DONE = {
    "first": "先办完下面列出的几项，再看影响。",
    "saved": "已保存。",
    "accepted": "已采用。",
    "rejected": "已标为不采用，可随时改回。",
    "reopened": "已改回待定。",
    "many": "已处理 # 条。",
    "added": "已补充一条事实。",
    "discarded": "草稿已作废，可在下方“最近作废的草稿”里恢复。",
    "restored": "草稿已恢复。",
    "submitted": "已提交，请另一位有发布权限的同事批准。",
    "withdrawn": "已撤回到审阅。",
    "published": "已发布，各渠道几秒内生效；受影响的承办单位会收到通知。",
    "rolled": "已恢复，恢复本身也记为一版。",
    "answered": "已答复，提问的人会收到。",
    "aside": "已搁置，可在页面下方重新列出。",
    "again": "已重新列出。",
    "confirmed": "已确认继续有效一年。",
    "taken": "已撤下。",
    "decided": "已记录，承办单位会收到通知。",
    "sent": "已排入发送，共 # 人。",
    "password": "密码已改，请重新登录。",
    "totp": "动态码已启用，下次登录要用。",
    "totp_off": "动态码已停用。",
    "account": "账号已更新。",
    "unlinked": "已取消关联。",
}
"""What is said after a change, by the code in the address: nothing else can be put into a page that way."""


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


def html_response(html: str, status: int = 200) -> web.Response:
    return web.Response(text=html, status=status, content_type="text/html", headers=HEADERS)


def guarded(route: Route) -> Handler:
    """The route as an aiohttp handler: checks session, role and CSRF token; every expected failure becomes a page."""

    async def handle(request: web.Request) -> web.StreamResponse:
        session: Session | None = None
        try:
            desk = request.app[DESK]
            token = request.cookies.get(COOKIE, "")
            session = await desk.accounts.session(token, desk.clock()) if token else None
            if route.role is None:
                return await route.handler(request)  # type: ignore[arg-type]
            if session is None:
                return _sign_in_first(request)
            if not session.account.role.may(route.role):
                return problem(session, 403, f"这一页需要“{route.role.label}”权限，请找管理员")
            form = await request.post()
            if request.method == "POST" and not _genuine(request, form, session):
                return problem(session, 403, "页面已过期，请返回刷新后再试，没有改动任何内容")
            return await route.handler(Visit(request, desk, session, form))  # type: ignore[arg-type]
        except Exception as error:
            status, sentences = explained(error)
            if status == 0:
                raise
            return problem(session, status, *sentences)

    return handle


def explained(error: Exception) -> tuple[int, tuple[str, ...]]:
    """HTTP status and sentences of an expected error; status 0 for unexpected ones and for redirects."""
    if isinstance(error, NotReady):
        return 422, error.problems
    if isinstance(error, Outdated | Stale):
        return 409, ("别人刚改过或发布过同一内容，您的操作没有生效。请返回刷新，看过最新内容再试",)
    if isinstance(error, NotThere | web.HTTPNotFound):
        return 404, ("没有找到，可能已被删除或地址不对",)
    if isinstance(error, web.HTTPRequestEntityTooLarge):
        return 413, (texts.FILE_TOO_LARGE,)
    if isinstance(error, ValidationError):
        return 422, tuple(str(one["msg"]).removeprefix("Value error, ") for one in error.errors())
    if isinstance(error, ValueError):
        return 422, (str(error),)
    if isinstance(error, StorageUnavailable):
        return 503, ("数据库暂时连不上，没有改动任何内容，请稍后再试",)
    return 0, ()


def problem(session: Session | None, status: int, *sentences: str) -> web.Response:
    return html_response(render("problem.html", account=session.account if session else None, lines=sentences), status)


def remember(response: web.Response, token: str) -> web.Response:
    response.set_cookie(COOKIE, token, httponly=True, secure=True, samesite="Lax", path="/")
    return response


def _genuine(request: web.Request, form: MultiDictProxy[Any], session: Session) -> bool:
    given = form.get(CSRF_FIELD, "")
    same = isinstance(given, str) and hmac.compare_digest(given.encode(), session.csrf.encode())
    return same and origin_allowed(request, request.app[PUBLIC_URL])


def _sign_in_first(request: web.Request) -> web.Response:
    if request.method != "GET":
        return problem(None, 401, "登录已过期，请重新登录；刚才的改动没有保存")
    wanted = request.path_qs if NEXT.fullmatch(request.path_qs) else "/staff"
    return web.Response(status=303, headers={"Location": f"/staff/login?next={quote(wanted)}", **HEADERS})
