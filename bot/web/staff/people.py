"""Accounts and the audit log, for administrators."""

from __future__ import annotations

import re

from aiohttp import web

from bot.storage.staff.accounts import NameTaken, Purpose, StaffRole
from bot.web.staff import texts
from bot.web.staff.access import Visit, existing, see_other

NAME = re.compile(r"[A-Za-z0-9._-]{2,40}")
LONGEST_DISPLAY = 40
PAGE = 100


async def people(visit: Visit) -> web.Response:
    return await _page(visit, "", "")


async def add(visit: Visit) -> web.Response:
    name, display = visit.field("name"), visit.field("display")
    if not NAME.fullmatch(name):
        raise ValueError(texts.NAME_RULE)
    if not display or len(display) > LONGEST_DISPLAY:
        raise ValueError(texts.DISPLAY_RULE.format(most=LONGEST_DISPLAY))
    services = visit.services
    try:
        made = await services.accounts.create(
            name, display, StaffRole(visit.field("role")), visit.account.actor, services.clock()
        )
    except NameTaken:
        raise ValueError(texts.NAME_TAKEN.format(name=name)) from None
    return await _page(visit, made.display, await services.accounts.invite(made.id, Purpose.PASSWORD, services.clock()))


async def change(visit: Visit) -> web.Response:
    services, action = visit.services, visit.field("action")
    account = existing(await services.accounts.by_id(visit.number()))
    actor, now = visit.account.actor, services.clock()
    if action == "invite":
        await services.accounts.change(account.id, {"failures": 0}, texts.INVITED, actor, now)
        return await _page(visit, account.display, await services.accounts.invite(account.id, Purpose.PASSWORD, now))
    if action == "totp":
        await services.signing_in.drop_totp(account.id, actor)
        return see_other("/staff/people", m="account")
    values: dict[str, dict[str, object]] = {
        "role": {"role": str(StaffRole(visit.field("role") or account.role))},
        "disable": {"disabled_at": now},
        "enable": {"disabled_at": None},
        "unlock": {"failures": 0, "locked_until": None},
    }
    if action not in values:
        raise ValueError(texts.NO_ACTION)
    await services.accounts.change(account.id, values[action], texts.ACCOUNT_CHANGES[action], actor, now)
    return see_other("/staff/people", m="account")


async def audit(visit: Visit) -> web.Response:
    entries = await visit.services.audit.newest(PAGE, visit.counted("before") or None)
    held, last, wrong = await visit.services.audit.verify()
    more = entries[-1].id if len(entries) == PAGE else None
    return visit.page("audit.html", entries=entries, held=held, last=last, wrong=wrong, more=more)


async def _page(visit: Visit, invited: str, token: str) -> web.Response:
    accounts = await visit.services.accounts.all()
    return visit.page(
        "people.html",
        accounts=accounts,
        invited=invited,
        token=token,
        now=visit.services.clock(),
        every_role=list(StaffRole),
    )
