"""The console's first page: overdue seminars, open questions, drafts, incidents."""

from __future__ import annotations

from aiohttp import web

from bot.staff.question_inbox import expires_soon
from bot.staff.seminar_board import Filter, Urgency
from bot.storage.staff.draft_models import DraftStage
from bot.web.staff.access import Visit


async def home(visit: Visit) -> web.Response:
    desk = visit.desk
    rows = await desk.board.rows(desk.knowledge, Filter())
    groups = await desk.inbox.groups()
    drafts = [one for one in await desk.drafts.all() if one.stage in {DraftStage.OPEN, DraftStage.WAITING}]
    answers = [one for one in await desk.inbox.standing() if expires_soon(one, desk.clock())]
    return visit.page(
        "home.html",
        overdue=[row for row in rows if row.urgency is Urgency.OVERDUE],
        soon=[row for row in rows if row.urgency is Urgency.SOON],
        every=len(rows),
        groups=groups,
        drafts=drafts,
        answers=answers,
        notices=sorted(desk.knowledge.notices, key=lambda notice: -notice.plan_year),
        incidents=await desk.incidents.all(),
        delivery=await desk.reports.status(desk.clock()),
    )
