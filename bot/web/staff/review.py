"""Review of a draft: source and facts side by side, judged one by one."""

from __future__ import annotations

from datetime import date

from aiohttp import web

from bot.storage.staff.draft_models import DraftStage, HeldDraft, JudgedFact, ReviewDecision
from bot.web.staff import texts
from bot.web.staff.access import Visit, existing, see_other
from bot.web.staff.drafts import describe, load_draft, load_read_draft
from bot.web.staff.fact_form import LIMIT_ROWS, fact_of_form
from bot.web.staff.notices import READING_STALLED
from bot.web.staff.source_view import pieces, unowned
from knowledge.model.notice import SeminarKind, Stage

SAID = ("title", "genre", "issuer", "doc_no", "issued_on")
CONTACT = ("office", "person", "phone", "mobile", "email")


async def draft_page(visit: Visit) -> web.Response:
    draft = await load_draft(visit)
    if draft.head.stage is DraftStage.READING:
        stalled = visit.services.clock() - draft.head.changed_at > READING_STALLED
        return visit.page("reading.html", draft=draft, stalled=stalled)
    if not draft.said:
        return visit.page("failed.html", draft=draft)
    shown = visit.request.query.get("show", "")
    facts = [one for one in draft.facts if not shown or one.state == shown]
    return visit.page(
        "review.html",
        draft=draft,
        facts=facts,
        shown=shown,
        pieces=list(pieces(draft)),
        problems=visit.services.problems_of(draft),
        pending=len(draft.of_state(ReviewDecision.PENDING)),
        accepted=len(draft.of_state(ReviewDecision.ACCEPTED)),
        rejected=len(draft.of_state(ReviewDecision.REJECTED)),
        unchanged=sum(one.fate == "unchanged" and one.state is ReviewDecision.PENDING for one in draft.facts),
        figures=len(list(unowned(draft))),
        held=draft.said["id"] in visit.services.knowledge.notice_by_id,
        gone=_dropped_facts(visit, draft),
        labels={topic.id: topic.label for topic in visit.services.knowledge.topics},
    )


async def judge(visit: Visit) -> web.Response:
    draft = await load_read_draft(visit)
    one = _fact(draft, visit)
    state = ReviewDecision(visit.field("state"))
    if state is ReviewDecision.ACCEPTED and not one.fact.topic:
        raise ValueError(texts.FACT_WITHOUT_TOPIC)
    await visit.services.drafts.judge(
        one.id, visit.counted("version"), state, visit.account.actor, visit.services.clock()
    )
    done = {"accepted": "accepted", "rejected": "rejected", "pending": "reopened"}[state.value]
    return see_other(f"/staff/drafts/{draft.head.id}#f{one.id}", m=done, show=visit.field("show"))


async def judge_many(visit: Visit) -> web.Response:
    """Accept every pending fact whose quote is the earlier notice's, word for word."""
    draft = await load_read_draft(visit)
    fate = visit.field("fate")
    if fate != "unchanged":
        raise ValueError(texts.ONLY_UNCHANGED)
    done = await visit.services.drafts.judge_all(
        draft.head.id, {"fate": fate}, ReviewDecision.ACCEPTED, visit.account.actor, visit.services.clock()
    )
    return see_other(f"/staff/drafts/{draft.head.id}", m="many", n=done)


async def edit_page(visit: Visit) -> web.Response:
    draft = await load_read_draft(visit)
    return _form(visit, draft, _fact(draft, visit), "")


async def edit(visit: Visit) -> web.Response:
    draft = await load_read_draft(visit)
    one = _fact(draft, visit)
    try:
        fact = fact_of_form(visit, draft.source, int(draft.said["plan_year"]), one.fact, "")
    except ValueError as error:
        return _form(visit, draft, one, str(error), typed=True)
    await visit.services.drafts.edit(
        one.id, visit.counted("version"), fact, visit.account.actor, visit.services.clock()
    )
    return see_other(f"/staff/drafts/{draft.head.id}#f{one.id}", m="saved")


async def add_page(visit: Visit) -> web.Response:
    return _form(visit, await load_read_draft(visit), None, "")


async def add(visit: Visit) -> web.Response:
    draft = await load_read_draft(visit)
    taken = {one.fact.id for one in draft.facts}
    wanted = visit.field("topic").replace("_", "-") or "fact"
    fresh = next(name for n in range(1, len(taken) + 2) if (name := f"{wanted}-add{n}") not in taken)
    try:
        fact = fact_of_form(visit, draft.source, int(draft.said["plan_year"]), None, fresh)
    except ValueError as error:
        return _form(visit, draft, None, str(error), typed=True)
    made = await visit.services.drafts.add(draft.head.id, fact, visit.account.actor, visit.services.clock())
    return see_other(f"/staff/drafts/{draft.head.id}#f{made}", m="added")


async def save_metadata(visit: Visit) -> web.Response:
    draft = await load_read_draft(visit)
    year = visit.field("plan_year")
    if not year.isdecimal() or not 2000 <= int(year) <= 2100:
        raise ValueError(texts.YEAR_INVALID)
    issued = visit.field("issued_on")
    said = draft.said | {name: visit.field(name) or None for name in SAID}
    said |= {"title": visit.field("title"), "genre": visit.field("genre"), "issuer": visit.field("issuer")}
    said |= {"plan_year": int(year), "issued_on": date.fromisoformat(issued).isoformat() if issued else None}
    said["kinds"] = [str(kind) for kind in SeminarKind if str(kind) in visit.fields("kinds")]
    said["contact"] = {name: visit.field(name) for name in CONTACT}
    await describe(visit, draft, {"said": said})
    return see_other(f"/staff/drafts/{draft.head.id}", m="saved")


async def background(visit: Visit) -> web.Response:
    draft = await load_read_draft(visit)
    found = [{"quote": quote, "reason": texts.BACKGROUND} for quote in unowned(draft)]
    await describe(visit, draft, {"context": [*draft.context, *found]})
    return see_other(f"/staff/drafts/{draft.head.id}", m="many", n=len(found))


def _dropped_facts(visit: Visit, draft: HeldDraft) -> list[str]:
    earlier = visit.services.knowledge.notice_by_id.get(draft.against)
    ids = {one.fact.id for one in draft.facts if one.state is not ReviewDecision.REJECTED}
    return [fact.say for fact in earlier.facts if fact.id not in ids] if earlier else []


def _form(visit: Visit, draft: HeldDraft, one: JudgedFact | None, error: str, *, typed: bool = False) -> web.Response:
    form = visit.form if typed else None
    return visit.page(
        "fact.html",
        status=422 if error else 200,
        draft=draft,
        one=one,
        fact=one.fact if one else None,
        error=error,
        form=form,
        topics=sorted((topic.id, topic.label) for topic in visit.services.knowledge.topics if not topic.decline),
        metrics=[(metric, label) for metric, (label, _) in texts.METRICS.items()],
        DUTIES=texts.DUTIES,
        UNITS=texts.UNITS,
        STAGES={stage: stage.label for stage in Stage},
        rows=range(LIMIT_ROWS),
    )


def _fact(draft: HeldDraft, visit: Visit) -> JudgedFact:
    return existing(next((one for one in draft.facts if one.id == visit.number("fact")), None))
