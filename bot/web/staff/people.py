"""Accounts and the audit log, for administrators."""

from __future__ import annotations

import re

from aiohttp import web

from bot.storage.staff.accounts import NameTaken, Purpose, StaffRole
from bot.web.staff.access import Visit, see_other

NAME = re.compile(r"[A-Za-z0-9._-]{2,40}")
LONGEST_DISPLAY = 40
PAGE = 100


async def people(visit: Visit) -> web.Response:
    return await _page(visit, "", "")


async def add(visit: Visit) -> web.Response:
    name, display = visit.field("name"), visit.field("display")
    if not NAME.fullmatch(name):
        raise ValueError("用户名为2到40位字母、数字、点、横线")
    if not display or len(display) > LONGEST_DISPLAY:
        raise ValueError("请填姓名，不超过40字")
    desk = visit.desk
    try:
        made = await desk.accounts.create(
            name, display, StaffRole(visit.field("role")), visit.account.actor, desk.clock()
        )
    except NameTaken:
        raise ValueError(f"用户名 {name} 已经有人用了") from None
    return await _page(visit, made.display, await desk.accounts.invite(made.id, Purpose.PASSWORD, desk.clock()))


async def change(visit: Visit) -> web.Response:
    desk, action = visit.desk, visit.field("action")
    account = await desk.accounts.by_id(visit.number())
    if account is None:
        raise web.HTTPNotFound
    actor, now = visit.account.actor, desk.clock()
    if action == "invite":
        await desk.accounts.change(account.id, {"failures": 0}, "生成设置密码的链接", actor, now)
        return await _page(visit, account.display, await desk.accounts.invite(account.id, Purpose.PASSWORD, now))
    if action == "totp":
        await desk.signing_in.drop_totp(account.id, actor)
        return see_other("/staff/people", m="account")
    values: dict[str, dict[str, object]] = {
        "role": {"role": str(StaffRole(visit.field("role") or account.role))},
        "disable": {"disabled_at": now},
        "enable": {"disabled_at": None},
        "unlock": {"failures": 0, "locked_until": None},
    }
    if action not in values:
        raise ValueError("没有这个操作")
    labels = {"role": "改权限", "disable": "停用账号", "enable": "启用账号", "unlock": "解锁账号"}
    await desk.accounts.change(account.id, values[action], labels[action], actor, now)
    return see_other("/staff/people", m="account")


async def audit(visit: Visit) -> web.Response:
    given = visit.request.query.get("before", "")
    before = int(given) if given.isdecimal() else None
    entries = await visit.desk.audit.newest(PAGE, before)
    held, last, wrong = await visit.desk.audit.verify()
    more = entries[-1].id if len(entries) == PAGE else None
    return visit.page("audit.html", entries=entries, held=held, last=last, wrong=wrong, more=more)


async def _page(visit: Visit, invited: str, token: str) -> web.Response:
    accounts = await visit.desk.accounts.all()
    return visit.page(
        "people.html",
        accounts=accounts,
        invited=invited,
        token=token,
        now=visit.desk.clock(),
        every_role=list(StaffRole),
    )
