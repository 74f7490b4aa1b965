"""A draft: source and facts side by side, judged one by one; impact; publishing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from aiohttp import web

from bot.staff.publishing import NotReady, compiled, occasion_of
from bot.storage.staff.draft_models import DraftStage, HeldDraft, JudgedFact, ReviewDecision, Stale
from bot.web.staff.access import Visit, see_other
from bot.web.staff.fact_form import LIMIT_ROWS, UNITS, fact_of_form
from bot.web.staff.notices import READING_STALLED
from bot.web.staff.pages import METRICS
from knowledge.model.notice import Duty, SeminarKind, Stage
from knowledge.validation import positions_of, unowned_figures

DUTIES = {
    Duty.APPLICATION: "申报",
    Duty.FILING: "开班前备案",
    Duty.COMPLETION: "完成办班",
    Duty.SETTLEMENT: "结算",
    Duty.SUBSIDY: "补助",
}
SAID = ("title", "genre", "issuer", "doc_no", "issued_on")
CONTACT = ("office", "person", "phone", "mobile", "email")
BACKGROUND = "背景文字，不作为事实"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the source: plain text, or the quote of a fact."""

    text: str
    fact: int | None = None
    state: str = ""


async def draft_page(visit: Visit) -> web.Response:
    draft = await _draft(visit)
    if draft.head.stage is DraftStage.READING:
        stalled = visit.desk.clock() - draft.head.changed_at > READING_STALLED
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
        problems=visit.desk.problems_of(draft),
        pending=len(draft.of_state(ReviewDecision.PENDING)),
        accepted=len(draft.of_state(ReviewDecision.ACCEPTED)),
        rejected=len(draft.of_state(ReviewDecision.REJECTED)),
        unchanged=sum(one.fate == "unchanged" and one.state is ReviewDecision.PENDING for one in draft.facts),
        figures=len(list(unowned(draft))),
        held=draft.said["id"] in visit.desk.knowledge.notice_by_id,
        gone=_gone(visit, draft),
        labels={topic.id: topic.label for topic in visit.desk.knowledge.topics},
    )


async def judge(visit: Visit) -> web.Response:
    draft = await _read(visit)
    one = _fact(draft, visit)
    state = ReviewDecision(visit.field("state"))
    if state is ReviewDecision.ACCEPTED and not one.fact.topic:
        raise ValueError("这条事实还没有话题，请点“修改”选一个再采用")
    await visit.desk.drafts.judge(one.id, _version(visit), state, visit.account.actor, visit.desk.clock())
    done = {"accepted": "accepted", "rejected": "rejected", "pending": "reopened"}[state.value]
    return see_other(f"/staff/drafts/{draft.head.id}#f{one.id}", m=done, show=visit.field("show"))


async def judge_many(visit: Visit) -> web.Response:
    """Accept every pending fact whose quote is the earlier notice's, word for word."""
    draft = await _read(visit)
    fate = visit.field("fate")
    if fate != "unchanged":
        raise ValueError("只有与上一份逐字相同的事实可以成批采用，其余请逐条看过")
    done = await visit.desk.drafts.judge_all(
        draft.head.id, {"fate": fate}, ReviewDecision.ACCEPTED, visit.account.actor, visit.desk.clock()
    )
    return see_other(f"/staff/drafts/{draft.head.id}", m="many", n=done)


async def edit_page(visit: Visit) -> web.Response:
    draft = await _read(visit)
    return _form(visit, draft, _fact(draft, visit), "")


async def edit(visit: Visit) -> web.Response:
    draft = await _read(visit)
    one = _fact(draft, visit)
    try:
        fact = fact_of_form(visit, draft.source, int(draft.said["plan_year"]), one.fact, "")
    except ValueError as error:
        return _form(visit, draft, one, str(error), typed=True)
    await visit.desk.drafts.edit(one.id, _version(visit), fact, visit.account.actor, visit.desk.clock())
    return see_other(f"/staff/drafts/{draft.head.id}#f{one.id}", m="saved")


async def add_page(visit: Visit) -> web.Response:
    return _form(visit, await _read(visit), None, "")


async def add(visit: Visit) -> web.Response:
    draft = await _read(visit)
    taken = {one.fact.id for one in draft.facts}
    wanted = visit.field("topic").replace("_", "-") or "fact"
    fresh = next(name for n in range(1, len(taken) + 2) if (name := f"{wanted}-add{n}") not in taken)
    try:
        fact = fact_of_form(visit, draft.source, int(draft.said["plan_year"]), None, fresh)
    except ValueError as error:
        return _form(visit, draft, None, str(error), typed=True)
    made = await visit.desk.drafts.add(draft.head.id, fact, visit.account.actor, visit.desk.clock())
    return see_other(f"/staff/drafts/{draft.head.id}#f{made}", m="added")


async def describe(visit: Visit) -> web.Response:
    draft = await _read(visit)
    year = visit.field("plan_year")
    if not year.isdecimal() or not 2000 <= int(year) <= 2100:
        raise ValueError("计划年度应为四位年份")
    issued = visit.field("issued_on")
    said = draft.said | {name: visit.field(name) or None for name in SAID}
    said |= {"title": visit.field("title"), "genre": visit.field("genre"), "issuer": visit.field("issuer")}
    said |= {"plan_year": int(year), "issued_on": date.fromisoformat(issued).isoformat() if issued else None}
    said["kinds"] = [str(kind) for kind in SeminarKind if str(kind) in visit.fields("kinds")]
    said["contact"] = {name: visit.field(name) for name in CONTACT}
    await _describe(visit, draft, {"said": said})
    return see_other(f"/staff/drafts/{draft.head.id}", m="saved")


async def background(visit: Visit) -> web.Response:
    draft = await _read(visit)
    found = [{"quote": quote, "reason": BACKGROUND} for quote in unowned(draft)]
    await _describe(visit, draft, {"context": [*draft.context, *found]})
    return see_other(f"/staff/drafts/{draft.head.id}", m="many", n=len(found))


async def impact_page(visit: Visit) -> web.Response:
    draft = await _read(visit)
    if visit.desk.problems_of(draft):
        return see_other(f"/staff/drafts/{draft.head.id}", m="first")
    notice = compiled(draft)
    against = visit.desk.compared_with(notice)
    impact = await visit.desk.impact_of_draft(draft)
    mine = draft.head.submitted_by == visit.account.id
    _, replaces, _ = await visit.desk.change_of(draft)
    return visit.page(
        "impact.html", draft=draft, impact=impact, against=against, notice=notice, mine=mine, replaces=replaces
    )


async def submit(visit: Visit) -> web.Response:
    draft = await _read(visit)
    if problems := visit.desk.problems_of(draft):
        raise NotReady(problems)
    await _describe(visit, draft, {"reason": _reason(visit)})
    await _move(visit, draft, (DraftStage.OPEN,), DraftStage.WAITING)
    return see_other(f"/staff/drafts/{draft.head.id}/impact", m="submitted")


async def reopen(visit: Visit) -> web.Response:
    draft = await _read(visit)
    await _move(visit, draft, (DraftStage.WAITING, DraftStage.DISCARDED), DraftStage.OPEN)
    done = "withdrawn" if draft.head.stage is DraftStage.WAITING else "restored"
    return see_other(f"/staff/drafts/{draft.head.id}", m=done)


async def discard(visit: Visit) -> web.Response:
    draft = await _draft(visit)
    await _move(visit, draft, (DraftStage.OPEN, DraftStage.FAILED, DraftStage.READING), DraftStage.DISCARDED)
    return see_other("/staff/notices", m="discarded")


async def publish(visit: Visit) -> web.Response:
    """With the four-eyes setting on, the publisher must not be the one who submitted."""
    draft = await _read(visit)
    if visit.desk.second_person:
        if draft.head.stage is not DraftStage.WAITING:
            raise ValueError("须先提交，由另一位有发布权限的同事批准")
        if draft.head.submitted_by == visit.account.id:
            raise ValueError("不能批准自己提交的草稿，请另一位有发布权限的同事来批准")
    if draft.head.version != _version(visit):
        raise Stale
    if problems := visit.desk.problems_of(draft):
        raise NotReady(problems)
    if await visit.desk.overtaken(draft):
        raise NotReady(("这份草稿开始以后，同一通知又发布过新的一版（或编号被占用）。请作废它，从现行的重新更正",))
    reason = draft.reason if visit.desk.second_person else _reason(visit)
    maker = draft.head.submitted_by if visit.desk.second_person else None
    change, _, held = await visit.desk.change_of(draft)
    replaces = int(visit.field("replaces") or 0)
    await visit.desk.publishing.publish(
        change,
        replaces,
        reason,
        visit.account.actor,
        occasion=occasion_of(change, held, reason),
        draft=(draft.head.id, draft.head.version),
        maker=maker,
    )
    return see_other(f"/staff/notices/{change.name}", m="published")


def pieces(draft: HeldDraft) -> Iterator[Piece]:
    """The source split at the quotes of facts; of overlapping quotes the first one wins."""
    position = 0
    for start, end, one in _spans(draft):
        if start < position:
            continue
        if start > position:
            yield Piece(draft.source[position:start])
        yield Piece(draft.source[start:end], one.id, one.state.value)
        position = end
    if position < len(draft.source):
        yield Piece(draft.source[position:])


def _spans(draft: HeldDraft) -> list[tuple[int, int, JudgedFact]]:
    kept = [one for one in draft.facts if one.state is not ReviewDecision.REJECTED and one.fact.quote]
    found = [(draft.source.find(one.fact.quote), one) for one in kept]
    spans = [(at, at + len(one.fact.quote), one) for at, one in found if at >= 0]
    return sorted(spans, key=lambda span: (span[0], -span[1], span[2].id))


def unowned(draft: HeldDraft) -> Iterator[str]:
    """Text around figures that no accepted fact, context or metadata accounts for, without repeats."""
    said, source, covered = draft.said, draft.source, set[int]()
    quotes = [one.fact.quote for one in draft.of_state(ReviewDecision.ACCEPTED)]
    quotes += [row["quote"] for row in draft.context] + [said.get("doc_no") or "", said.get("title") or ""]
    for start, end in unowned_figures(source, quotes):
        if covered.issuperset(range(start, end)):
            continue
        line, line_end = source.rfind("\n", 0, start) + 1, source.find("\n", end)
        around = source[max(line, start - 12) : min(line_end if line_end >= 0 else len(source), end + 8)]
        yield around
        covered.update(positions_of(around, source))


def _gone(visit: Visit, draft: HeldDraft) -> list[str]:
    """Earlier facts without a counterpart in this notice."""
    earlier = visit.desk.knowledge.notice_by_id.get(draft.against)
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
        topics=sorted((topic.id, topic.label) for topic in visit.desk.knowledge.topics if not topic.decline),
        metrics=[(metric, label) for metric, (label, _) in METRICS.items()],
        DUTIES=DUTIES,
        UNITS=UNITS,
        STAGES={stage: stage.label for stage in Stage},
        rows=range(LIMIT_ROWS),
    )


async def _draft(visit: Visit) -> HeldDraft:
    found = await visit.desk.drafts.one(visit.number())
    if found is None:
        raise web.HTTPNotFound
    return found


async def _read(visit: Visit) -> HeldDraft:
    found = await _draft(visit)
    if not found.said:
        raise web.HTTPNotFound
    return found


def _fact(draft: HeldDraft, visit: Visit) -> JudgedFact:
    found = next((one for one in draft.facts if one.id == visit.number("fact")), None)
    if found is None:
        raise web.HTTPNotFound
    return found


def _version(visit: Visit) -> int:
    given = visit.field("version")
    return int(given) if given.isdecimal() else 0


def _reason(visit: Visit) -> str:
    if not visit.field("reason"):
        raise ValueError("请写明发布的说明，例如“收录2026年实施通知”或更正的原因")
    return visit.field("reason")


async def _describe(visit: Visit, draft: HeldDraft, values: dict[str, object]) -> None:
    version = _version(visit) or draft.head.version
    await visit.desk.drafts.describe(draft.head.id, version, values, visit.account.actor, visit.desk.clock())


async def _move(visit: Visit, draft: HeldDraft, expected: tuple[DraftStage, ...], stage: DraftStage) -> None:
    await visit.desk.drafts.set_stage(draft.head.id, expected, stage, visit.account.actor, visit.desk.clock())
