"""The console's first page: overdue seminars, open questions, drafts, incidents."""

from __future__ import annotations

from aiohttp import web

from bot.staff.question_inbox import expires_soon
from bot.staff.seminar_board import Filter, Urgency
from bot.storage.staff.draft_models import DraftStage
from bot.web.staff.access import Visit


async def home(visit: Visit) -> web.Response:
    services = visit.services
    rows = await services.board.rows(services.knowledge, Filter())
    groups = await services.inbox.groups()
    drafts = [one for one in await services.drafts.all() if one.stage in {DraftStage.OPEN, DraftStage.WAITING}]
    answers = [one for one in await services.inbox.standing() if expires_soon(one, services.clock())]
    return visit.page(
        "home.html",
        overdue=[row for row in rows if row.urgency is Urgency.OVERDUE],
        soon=[row for row in rows if row.urgency is Urgency.SOON],
        every=len(rows),
        groups=groups,
        drafts=drafts,
        answers=answers,
        notices=sorted(services.knowledge.notices, key=lambda notice: -notice.plan_year),
        incidents=await services.incidents.all(),
        delivery=await services.reports.status(services.clock()),
    )
