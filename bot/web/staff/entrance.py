"""Signing in and out, the first password, and one's own account."""

from __future__ import annotations

import ipaddress

from aiohttp import web

from bot.staff.authentication import Refusal
from bot.storage.staff.accounts import Purpose
from bot.web.security import origin_allowed
from bot.web.staff import texts
from bot.web.staff.access import (
    COOKIE,
    NEXT,
    PUBLIC_URL,
    SERVICES,
    Visit,
    html_response,
    problem_page,
    see_other,
    set_session_cookie,
)
from bot.web.staff.pages import render
from handlers.texts.staff import INVITATION_USED


async def login_page(request: web.Request) -> web.Response:
    return _login(request, "", name="", code_needed=False)


async def login(request: web.Request) -> web.Response:
    """Always opens a new session, whatever cookie came along."""
    if not origin_allowed(request, request.app[PUBLIC_URL]):
        return problem_page(None, 403, texts.LOGIN_ELSEWHERE)
    services, form = request.app[SERVICES], await request.post()
    name, password, code = (str(form.get(field, "")) for field in ("name", "password", "code"))
    try:
        token = await services.signing_in.sign_in(name, password, code, source_of(request))
    except Refusal as refusal:
        return _login(request, refusal.sentence, name=name, code_needed=refusal.code_needed, status=401)
    return set_session_cookie(see_other(_wanted(request)), token)


async def logout(visit: Visit) -> web.Response:
    await visit.services.accounts.close_session(visit.request.cookies.get(COOKIE, ""))
    response = see_other("/staff/login")
    response.del_cookie(COOKIE, path="/")
    return response


async def welcome_page(request: web.Request) -> web.Response:
    services = request.app[SERVICES]
    account = await services.accounts.invited(request.match_info["token"], Purpose.PASSWORD, services.clock())
    if account is None:
        return problem_page(None, 410, INVITATION_USED)
    return html_response(render("welcome.html", invited=account, error=""))


async def welcome(request: web.Request) -> web.Response:
    services, form = request.app[SERVICES], await request.post()
    token = request.match_info["token"]
    if not origin_allowed(request, request.app[PUBLIC_URL]):
        return problem_page(None, 403, texts.WELCOME_ELSEWHERE)
    account = await services.accounts.invited(token, Purpose.PASSWORD, services.clock())
    if account is None:
        return problem_page(None, 410, INVITATION_USED)
    password, again = str(form.get("password", "")), str(form.get("again", ""))
    try:
        if password != again:
            raise ValueError(texts.PASSWORDS_DIFFER)
        account_id = await services.signing_in.redeem(token, password)
    except ValueError as error:
        return html_response(render("welcome.html", invited=account, error=str(error)), 422)
    return set_session_cookie(see_other("/staff"), await services.accounts.open_session(account_id, services.clock()))


async def account_page(visit: Visit) -> web.Response:
    return _account_page(visit)


async def change_password(visit: Visit) -> web.Response:
    """Ends every session of the account."""
    if visit.field("password") != visit.field("again"):
        raise ValueError(texts.NEW_PASSWORDS_DIFFER)
    await visit.services.signing_in.change_password(visit.account, visit.field("current"), visit.field("password"))
    return see_other("/staff/login", m="password")


async def begin_totp(visit: Visit) -> web.Response:
    secret = await visit.services.signing_in.begin_totp()
    address = visit.services.signing_in.totp_address(visit.account, secret)
    return _account_page(visit, secret=secret, address=address)


async def confirm_totp(visit: Visit) -> web.Response:
    await visit.services.signing_in.confirm_totp(visit.account, visit.field("secret"), visit.field("code"))
    return see_other("/staff/mine", m="totp")


async def drop_totp(visit: Visit) -> web.Response:
    await visit.services.signing_in.confirm_password(visit.account, visit.field("current"))
    await visit.services.signing_in.drop_totp(visit.account.id, visit.account.actor)
    return see_other("/staff/mine", m="totp_off")


async def chat_code(visit: Visit) -> web.Response:
    code = await visit.services.accounts.invite(visit.account.id, Purpose.CHAT, visit.services.clock())
    return _account_page(visit, chat_code=code)


async def unlink_chat(visit: Visit) -> web.Response:
    account = visit.account
    await visit.services.accounts.change(
        account.id, {"person_id": None}, texts.CHAT_UNLINKED, account.actor, visit.services.clock()
    )
    return see_other("/staff/mine", m="unlinked")


def source_of(request: web.Request) -> str:
    """Client address for throttling: X-Forwarded-For is trusted only from a proxy on the loopback."""
    peer = request.remote or "unknown"
    forwarded = request.headers.get("X-Forwarded-For", "").split(",")[-1].strip()
    try:
        if forwarded and ipaddress.ip_address(peer).is_loopback:
            return str(ipaddress.ip_address(forwarded))
    except ValueError:
        pass
    return peer


def _login(request: web.Request, error: str, *, name: str, code_needed: bool, status: int = 200) -> web.Response:
    html = render(
        "login.html",
        error=error,
        name=name,
        code_needed=code_needed,
        wanted=_wanted(request),
        insecure=not _is_secure(request),
        message=texts.DONE["password"] if request.query.get("m") == "password" else "",
    )
    return html_response(html, status)


def _account_page(visit: Visit, *, secret: str = "", address: str = "", chat_code: str = "") -> web.Response:
    return visit.page("mine.html", secret=secret, address=address, chat_code=chat_code)


def _wanted(request: web.Request) -> str:
    wanted = request.query.get("next", "")
    return wanted if NEXT.fullmatch(wanted) else "/staff"


def _is_secure(request: web.Request) -> bool:
    host = request.host.rsplit(":", 1)[0].strip("[]")
    local = host in {"localhost", "127.0.0.1", "::1"}
    return local or request.secure or request.headers.get("X-Forwarded-Proto", "") == "https"
