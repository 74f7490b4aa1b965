"""Unanswered questions and the answers staff published."""

from __future__ import annotations

from aiohttp import web

from bot.staff.question_inbox import Group, expires_soon
from bot.web.staff import texts
from bot.web.staff.access import Visit, existing, see_other

NEAREST = 3


async def inbox(visit: Visit) -> web.Response:
    groups = await visit.services.inbox.groups()
    waiting = sum(len(group.questions) for group in groups)
    aside = await visit.services.inbox.last_put_aside()
    return visit.page("inbox.html", groups=groups, waiting=waiting, aside=aside)


async def group_page(visit: Visit) -> web.Response:
    return await _question_page(visit, await _group(visit), "")


async def answer(visit: Visit) -> web.Response:
    group = await _group(visit)
    try:
        await visit.services.inbox.answer(
            group,
            text=visit.field("text"),
            wordings=visit.field("wordings").splitlines(),
            notice=visit.field("notice"),
            clause=_clause(visit),
            quote=visit.field("quote").replace("\r\n", "\n"),
            account=visit.account,
            knowledge=visit.services.knowledge,
        )
    except ValueError as error:
        return await _question_page(visit, group, str(error))
    return see_other("/staff/inbox", m="answered")


async def put_aside(visit: Visit) -> web.Response:
    await visit.services.inbox.put_aside(await _group(visit), visit.account)
    return see_other("/staff/inbox", m="aside")


async def list_again(visit: Visit) -> web.Response:
    await visit.services.inbox.list_again(visit.number(), visit.account)
    return see_other("/staff/inbox", m="again")


async def answers(visit: Visit) -> web.Response:
    services = visit.services
    standing = await services.inbox.standing()
    soon = {one.id for one in standing if expires_soon(one, services.clock())}
    return visit.page("answers.html", answers=standing, soon=soon, notices=services.knowledge.notice_by_id)


async def confirm(visit: Visit) -> web.Response:
    await visit.services.inbox.confirm(visit.request.match_info["name"], visit.account)
    return see_other("/staff/answers", m="confirmed")


async def take_back(visit: Visit) -> web.Response:
    reason = visit.required("reason", texts.WITHDRAWAL_REASON_MISSING)
    await visit.services.inbox.take_back(visit.request.match_info["name"], reason, visit.account)
    return see_other("/staff/answers", m="taken")


async def _group(visit: Visit) -> Group:
    return existing(await visit.services.inbox.group_of(visit.number()))


def _clause(visit: Visit) -> str:
    notice = visit.services.knowledge.notice_by_id.get(visit.field("notice"))
    quote = visit.field("quote").replace("\r\n", "\n")
    if notice is None or not quote:
        return ""
    return next((clause.number for clause in notice.clauses if quote in notice.text_of(clause.number)), "")


async def _question_page(visit: Visit, group: Group, error: str) -> web.Response:
    knowledge = visit.services.knowledge
    topic, _ = visit.services.answering.engine.topic_of(group.first.text)
    near = [cited for cited in knowledge.facts_by_topic.get(topic, ()) if cited.fact.quote][:NEAREST]
    given = visit.request.query
    typed = {name: visit.field(name) or given.get(name, "") for name in ("text", "wordings", "notice", "quote")}
    typed["wordings"] = typed["wordings"] or "\n".join(group.wordings[:6])
    return visit.page(
        "question.html",
        status=422 if error else 200,
        group=group,
        error=error,
        typed=typed,
        near=near,
        notices=sorted(knowledge.notices, key=lambda notice: -notice.plan_year),
    )
