"""The stages of a draft: impact, submitting, publishing, discarding."""

from __future__ import annotations

from aiohttp import web

from bot.staff.publishing import NotReady, compiled, occasion_of
from bot.storage.staff.draft_models import DraftStage, HeldDraft, Stale
from bot.web.staff import texts
from bot.web.staff.access import Visit, existing, see_other


async def load_draft(visit: Visit) -> HeldDraft:
    return existing(await visit.services.drafts.one(visit.number()))


async def load_read_draft(visit: Visit) -> HeldDraft:
    found = await load_draft(visit)
    if not found.said:
        raise web.HTTPNotFound
    return found


async def describe(visit: Visit, draft: HeldDraft, values: dict[str, object]) -> None:
    version = visit.counted("version") or draft.head.version
    await visit.services.drafts.describe(draft.head.id, version, values, visit.account.actor, visit.services.clock())


async def impact_page(visit: Visit) -> web.Response:
    draft = await load_read_draft(visit)
    if visit.services.problems_of(draft):
        return see_other(f"/staff/drafts/{draft.head.id}", m="first")
    notice = compiled(draft)
    against = visit.services.compared_with(notice)
    impact = await visit.services.impact_of_draft(draft)
    mine = draft.head.submitted_by == visit.account.id
    _, replaces, _ = await visit.services.change_of(draft)
    return visit.page(
        "impact.html", draft=draft, impact=impact, against=against, notice=notice, mine=mine, replaces=replaces
    )


async def submit(visit: Visit) -> web.Response:
    draft = await load_read_draft(visit)
    if problems := visit.services.problems_of(draft):
        raise NotReady(problems)
    await describe(visit, draft, {"reason": visit.required("reason", texts.PUBLISH_REASON_MISSING)})
    await _move(visit, draft, (DraftStage.OPEN,), DraftStage.WAITING)
    return see_other(f"/staff/drafts/{draft.head.id}/impact", m="submitted")


async def reopen(visit: Visit) -> web.Response:
    draft = await load_read_draft(visit)
    await _move(visit, draft, (DraftStage.WAITING, DraftStage.DISCARDED), DraftStage.OPEN)
    done = "withdrawn" if draft.head.stage is DraftStage.WAITING else "restored"
    return see_other(f"/staff/drafts/{draft.head.id}", m=done)


async def discard(visit: Visit) -> web.Response:
    draft = await load_draft(visit)
    await _move(visit, draft, (DraftStage.OPEN, DraftStage.FAILED, DraftStage.READING), DraftStage.DISCARDED)
    return see_other("/staff/notices", m="discarded")


async def publish(visit: Visit) -> web.Response:
    draft = await load_read_draft(visit)
    if visit.services.second_person:
        if draft.head.stage is not DraftStage.WAITING:
            raise ValueError(texts.SUBMIT_FIRST)
        if draft.head.submitted_by == visit.account.id:
            raise ValueError(texts.NOT_YOUR_OWN)
    if draft.head.version != visit.counted("version"):
        raise Stale
    if problems := visit.services.problems_of(draft):
        raise NotReady(problems)
    if await visit.services.overtaken(draft):
        raise NotReady((texts.OVERTAKEN,))
    reason = draft.reason if visit.services.second_person else visit.required("reason", texts.PUBLISH_REASON_MISSING)
    maker = draft.head.submitted_by if visit.services.second_person else None
    change, _, held = await visit.services.change_of(draft)
    await visit.services.publishing.publish(
        change,
        visit.counted("replaces"),
        reason,
        visit.account.actor,
        occasion=occasion_of(change, held, reason),
        draft=(draft.head.id, draft.head.version),
        maker=maker,
    )
    return see_other(f"/staff/notices/{change.name}", m="published")


async def _move(visit: Visit, draft: HeldDraft, expected: tuple[DraftStage, ...], stage: DraftStage) -> None:
    await visit.services.drafts.set_stage(draft.head.id, expected, stage, visit.account.actor, visit.services.clock())
