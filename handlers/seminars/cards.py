"""Looking at one's seminars: list, card, check-up, pledges; removing and bringing back."""

from __future__ import annotations

from handlers.core.access import open_seminar
from handlers.core.context import Context
from handlers.domain.assessment import finding_line
from handlers.domain.citations import citations_of
from handlers.domain.messages import Choice, Reply, Status
from handlers.domain.seminar import Conflict, Role, Seminar
from handlers.seminars.overview import assessment_of, overview, reference_line
from handlers.seminars.planner import days_off, row
from handlers.texts import conversation as texts
from knowledge.model.snapshot import CitedFact

MOST_LISTED = 20


async def mine(context: Context, token: str = "") -> Reply:
    """/seminars: the only one at once, else a choice; how to begin where there is none."""
    person = await context.seminars.person(context.address, context.now)
    assessment = await context.seminars.of_person(person)
    new = Choice(label=texts.NEW_LABEL, token="reg:new")
    if not assessment:
        return Reply(text=texts.NO_SEMINARS, status=Status.SMALLTALK, choices=(new,))
    if len(assessment) == 1:
        return await overview(context, assessment[0])
    choices = [Choice(label=_label(seminar), token=f"seminar:{seminar.id}") for seminar in assessment[-MOST_LISTED:]]
    lines = [texts.WHICH_SEMINAR.format(count=len(assessment))]
    for seminar in assessment[-MOST_LISTED:]:
        states = await context.seminars.item_states(seminar.id)
        lines.append(row(seminar, assessment_of(context, seminar), states))
    return Reply(text="\n".join(lines), status=Status.CLARIFY, choices=(*choices, new))


async def show(context: Context, token: str) -> Reply:
    """`seminar:ID`: its card."""
    opened = await open_seminar(context, _number(token), Role.READER)
    return await overview(context, opened.seminar)


async def check(context: Context, token: str) -> Reply:
    """`check:ID`: every rule with its verdict; what breaks one comes first."""
    opened = await open_seminar(context, _number(token), Role.READER)
    assessment = assessment_of(context, opened.seminar)
    year = assessment.ruling.notice.plan_year
    lines = [reference_line(assessment) if assessment.ruling.reference else texts.CHECKUP_HEADING.format(year=year)]
    lines += [finding_line(assessment, finding) for finding in assessment.findings]
    lines += filter(None, [days_off(opened.seminar.answers, context.answering.knowledge.holidays)])
    facts = tuple(dict.fromkeys(fact for finding in assessment.findings for fact in finding.facts))
    choices = [Choice(label=opened.seminar.name[:20], token=f"seminar:{opened.seminar.id}")]
    if _open_pledges(opened.seminar, facts) and opened.seminar.role is not Role.READER:
        choices.insert(0, Choice(label=texts.PLEDGES_LABEL, token=f"pledge:{opened.seminar.id}"))
    return Reply(text="\n".join(lines), citations=citations_of(facts), choices=tuple(choices))


async def pledge(context: Context, token: str) -> Reply:
    """`pledge:ID` asks what no plan shows, one by one; `pledge:ID:FACT:y` or `:n` answers."""
    _, number, fact_id, said = (*token.split(":", 3), "", "", "")[:4]
    opened = await open_seminar(context, number, Role.EDITOR)
    seminar = opened.seminar
    facts = [c for c in assessment_of(context, seminar).ruling.facts if c.fact.pledge]
    if said in {"y", "n"} and any(c.fact.id == fact_id for c in facts):
        answers = seminar.answers
        kept, broken = set(answers.kept) - {fact_id}, set(answers.broken) - {fact_id}
        (kept if said == "y" else broken).add(fact_id)
        changed = answers.model_copy(update={"kept": tuple(sorted(kept)), "broken": tuple(sorted(broken))})
        try:
            seminar = await context.seminars.change(opened.person, seminar, changed, context.now)
        except Conflict:
            return await overview(context, seminar, heading=texts.SOMEBODY_FASTER)
    waiting = _open_pledges(seminar, tuple(facts))
    if not waiting:
        return await overview(context, seminar, heading=texts.PLEDGES_DONE)
    asked = waiting[0]
    text = texts.PLEDGE_ASK.format(number=len(facts) - len(waiting) + 1, of=len(facts), pledge=asked.fact.pledge)
    choices = (
        Choice(label=texts.YES_LABEL, token=f"pledge:{seminar.id}:{asked.fact.id}:y"),
        Choice(label=texts.NO_LABEL, token=f"pledge:{seminar.id}:{asked.fact.id}:n"),
    )
    return Reply(text=text, status=Status.CLARIFY, citations=citations_of([asked]), choices=choices)


async def remove(context: Context, token: str) -> Reply:
    """`remove:ID` asks; `remove:ID:yes` removes and offers to bring it back."""
    _, number, sure = (*token.split(":", 2), "", "")[:3]
    opened = await open_seminar(context, number, Role.OWNER)
    name = opened.seminar.name
    if sure != "yes":
        yes = Choice(label=texts.REMOVE_YES, token=f"remove:{number}:yes")
        keep = Choice(label=texts.KEEP_LABEL, token=f"seminar:{number}")
        return Reply(text=texts.REMOVE_ASK.format(name=name), status=Status.CLARIFY, choices=(yes, keep))
    await context.seminars.remove(opened.seminar.id, context.now)
    undo = Choice(label=texts.RESTORE_LABEL, token=f"restore:{number}")
    return Reply(text=texts.REMOVED.format(name=name), status=Status.SMALLTALK, choices=(undo,))


async def restore(context: Context, token: str) -> Reply:
    """`restore:ID`: bring one's removed seminar back."""
    number = _number(token)
    person = await context.seminars.person(context.address, context.now)
    seminar = await context.seminars.restore(person, int(number)) if number.isdecimal() else None
    if seminar is None:
        return Reply(text=texts.NOT_YOURS, status=Status.DECLINED)
    return await overview(context, seminar, heading=texts.RESTORED)


def _open_pledges(seminar: Seminar, facts: tuple[CitedFact, ...]) -> list[CitedFact]:
    answered = {*seminar.answers.kept, *seminar.answers.broken}
    return [c for c in facts if c.fact.pledge and c.fact.id not in answered]


def _label(seminar: Seminar) -> str:
    opening = seminar.answers.opening
    return f"{opening.month}月{opening.day}日 {seminar.name}"[:30] if opening else seminar.name[:30]


def _number(token: str) -> str:
    return token.split(":")[1] if ":" in token else ""
