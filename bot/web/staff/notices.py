"""Notices: list, import, correction, withdrawal, history, rollback, and answers as of any day."""

from __future__ import annotations

import asyncio
from datetime import datetime, time, timedelta

from aiohttp import web
from aiohttp.web_request import FileField

from bot.clock import SHANGHAI
from bot.staff.publishing import compiled, occasion_of
from bot.storage.staff.draft_models import DraftStage, ReviewDecision
from bot.storage.staff.revisions import Revision
from bot.web.staff import texts
from bot.web.staff.access import Visit, existing, see_other
from handlers.domain.citations import citations_of
from knowledge.importing.proposed import Origin, ProposedFact
from knowledge.model.notice import Notice
from knowledge.publications import Publication, Subject
from knowledge.validation import notice_problems

PAGE = 100
READING_STALLED = timedelta(minutes=10)
"""A draft in this stage for longer lost its process."""


async def notices(visit: Visit) -> web.Response:
    services = visit.services
    found = await services.drafts.all()
    return visit.page(
        "notices.html",
        notices=sorted(services.knowledge.notices, key=lambda notice: -notice.plan_year),
        drafts=[one for one in found if one.stage not in {DraftStage.PUBLISHED, DraftStage.DISCARDED}],
        discarded=[one for one in found if one.stage is DraftStage.DISCARDED][:10],
        shipped=services.live_knowledge.shipped.notice_by_id,
    )


async def import_notice(visit: Visit) -> web.Response:
    given, pasted = visit.form.get("file"), visit.field("text")
    if isinstance(given, FileField) and given.filename:
        name, data = given.filename, await asyncio.to_thread(given.file.read)
    elif pasted:
        name, data = texts.PASTED_FILE, pasted.encode()
    else:
        raise ValueError(texts.FILE_MISSING)
    draft_id = await visit.services.reading.begin(name, data, visit.account.actor)
    return see_other(f"/staff/drafts/{draft_id}")


async def notice(visit: Visit) -> web.Response:
    held = _held(visit)
    history = await visit.services.revisions.of(Subject.NOTICE, held.id)
    head = history[0].id if history else 0
    problems = list(notice_problems(held))
    return visit.page("notice.html", notice=held, problems=problems, history=history, head=head)


async def correct(visit: Visit) -> web.Response:
    held, services, now = _held(visit), visit.services, visit.services.clock()
    draft_id = await services.drafts.begin(texts.CORRECTION.format(notice=held.id), b"", visit.account.actor, now)
    said = held.model_dump(mode="json", exclude={"facts", "source", "context", "annexes_held"})
    facts = [ProposedFact(fact, Origin.HELD, 1.0) for fact in held.facts]
    context = [one.model_dump() for one in held.context]
    base = await services.revisions.head(Subject.NOTICE, held.id)
    await services.drafts.fill(draft_id, held.source, said, held.id, facts, now, ReviewDecision.ACCEPTED, context, base)
    return see_other(f"/staff/drafts/{draft_id}")


async def withdraw(visit: Visit) -> web.Response:
    held = _held(visit)
    reason = visit.required("reason", texts.WITHDRAWAL_REASON_MISSING)
    change = Publication(Subject.NOTICE, held.id, None)
    visit.services.check_withdrawal(change)
    occasion, replaces = occasion_of(change, held, reason), visit.counted("head")
    await visit.services.publishing.publish(change, replaces, reason, visit.account.actor, occasion=occasion)
    return see_other("/staff/revisions", m="taken")


async def revisions(visit: Visit) -> web.Response:
    found = await visit.services.revisions.history(PAGE, visit.counted("before") or None)
    current = {one.id for one in await visit.services.revisions.current()}
    more = found[-1].id if len(found) == PAGE else None
    return visit.page("revisions.html", revisions=found, current=current, more=more)


async def rollback_page(visit: Visit) -> web.Response:
    one, change, before, after, head = await _before(visit)
    then = await visit.services.live_knowledge.with_change(change)
    impact = await visit.services.impact(before, after, then)
    withdraws = change.content is None
    return visit.page("going_back.html", revision=one, impact=impact, withdraws=withdraws, head=head)


async def rollback(visit: Visit) -> web.Response:
    _, change, before, _, _ = await _before(visit)
    reason = visit.required("reason", texts.RESTORE_REASON_MISSING)
    visit.services.check_withdrawal(change)
    occasion, replaces = occasion_of(change, before, reason), visit.counted("head")
    await visit.services.publishing.publish(change, replaces, reason, visit.account.actor, occasion=occasion)
    return see_other("/staff/revisions", m="rolled")


async def preview_answer(visit: Visit) -> web.Response:
    services, query = visit.services, visit.request.query
    question, day_text, draft_id = query.get("q", "").strip(), query.get("day", ""), query.get("draft", "")
    today = services.clock().date()
    day = datetime.strptime(day_text, "%Y-%m-%d").date() if day_text else today  # noqa: DTZ007 - a day, no moment
    answer, label = None, ""
    if question:
        draft = await services.drafts.one(int(draft_id)) if draft_id.isdecimal() else None
        if draft and draft.said:
            then, label = services.with_notice(compiled(draft)), texts.DRAFT_LABEL.format(title=draft.head.title)
        else:
            then = await services.live_knowledge.as_at(datetime.combine(day, time.max, SHANGHAI))
        engine = services.answering.engine
        if then.revision != engine.knowledge.revision:
            engine = await asyncio.to_thread(engine.renewed, then)
        answer = await asyncio.to_thread(engine.answer, question, day)
    citations = citations_of(answer.citations) if answer else ()
    return visit.page(
        "look.html", question=question, chosen=day, draft=draft_id, answer=answer, citations=citations, label=label
    )


def _held(visit: Visit) -> Notice:
    return existing(visit.services.knowledge.notice_by_id.get(visit.request.match_info["name"]))


async def _before(visit: Visit) -> tuple[Revision, Publication, Notice | None, Notice | None, int]:
    """The current revision is undone; of an earlier one its content is restored."""
    services = visit.services
    one = await services.revisions.one(visit.number())
    going = await services.before(one.subject, one.name) if one else None
    if one is None or going is None:
        raise web.HTTPNotFound
    change, head = going
    if head != one.id:
        change = one.publication
    of_notice = one.subject is Subject.NOTICE
    held = services.knowledge.notice_by_id.get(one.name) if of_notice else None
    after = Notice.model_validate(change.content) if change.content and of_notice else None
    return one, change, held, after, head
