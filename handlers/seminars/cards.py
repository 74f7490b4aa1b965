"""Looking at one's seminars: list, card, check-up, pledges; removing and bringing back."""

from __future__ import annotations

from handlers.core.access import open_seminar
from handlers.core.choice_token import ChoiceToken
from handlers.core.context import Context
from handlers.core.replies import REGISTER, acknowledged, clarify, declined, to_seminar
from handlers.domain.assessment import finding_line
from handlers.domain.citations import citations_of
from handlers.domain.messages import Choice, Reply, Status
from handlers.domain.seminar import Conflict, Role, Seminar
from handlers.seminars.overview import assessment_of, overview, reference_line
from handlers.seminars.planner import days_off, row
from handlers.texts import conversation as texts
from handlers.texts.dates import month_day
from knowledge.model.snapshot import CitedFact

MOST_LISTED = 20


async def mine(context: Context, _token: ChoiceToken | None = None) -> Reply:
    person = await context.person()
    seminars = await context.services.seminars.of_person(person)
    if not seminars:
        return acknowledged(texts.NO_SEMINARS, REGISTER)
    if len(seminars) == 1:
        return await overview(context, seminars[0])
    choices = [Choice(label=_label(seminar), token=f"seminar:{seminar.id}") for seminar in seminars[-MOST_LISTED:]]
    lines = [texts.WHICH_SEMINAR.format(count=len(seminars))]
    for seminar in seminars[-MOST_LISTED:]:
        states = await context.services.seminars.item_states(seminar.id)
        lines.append(row(seminar, assessment_of(context, seminar), states))
    return clarify("\n".join(lines), *choices, REGISTER)


async def show(context: Context, token: ChoiceToken) -> Reply:
    opened = await open_seminar(context, token.number(0), Role.READER)
    return await overview(context, opened.seminar)


async def check(context: Context, token: ChoiceToken) -> Reply:
    opened = await open_seminar(context, token.number(0), Role.READER)
    assessment = assessment_of(context, opened.seminar)
    year = assessment.ruling.notice.plan_year
    lines = [reference_line(assessment) if assessment.ruling.reference else texts.CHECKUP_HEADING.format(year=year)]
    lines += [finding_line(assessment, finding) for finding in assessment.findings]
    lines += filter(None, [days_off(opened.seminar.answers, context.knowledge.holidays)])
    facts = tuple(dict.fromkeys(fact for finding in assessment.findings for fact in finding.facts))
    choices = [to_seminar(opened.seminar)]
    if _open_pledges(opened.seminar, facts) and opened.seminar.role is not Role.READER:
        choices.insert(0, Choice(label=texts.PLEDGES_LABEL, token=f"pledge:{opened.seminar.id}"))
    return Reply(text="\n".join(lines), citations=citations_of(facts), choices=tuple(choices))


async def pledge(context: Context, token: ChoiceToken) -> Reply:
    opened = await open_seminar(context, token.number(0), Role.EDITOR)
    seminar, fact_id, said = opened.seminar, token.arg(1), token.arg(2)
    facts = [c for c in assessment_of(context, seminar).ruling.facts if c.fact.pledge]
    if said in {"y", "n"} and any(c.fact.id == fact_id for c in facts):
        answers = seminar.answers
        kept, broken = set(answers.kept) - {fact_id}, set(answers.broken) - {fact_id}
        (kept if said == "y" else broken).add(fact_id)
        changed = answers.model_copy(update={"kept": tuple(sorted(kept)), "broken": tuple(sorted(broken))})
        try:
            seminar = await context.services.seminars.change(opened.person, seminar, changed, context.now)
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


async def remove(context: Context, token: ChoiceToken) -> Reply:
    opened = await open_seminar(context, token.number(0), Role.OWNER)
    number, name = opened.seminar.id, opened.seminar.name
    if token.arg(1) != "yes":
        yes = Choice(label=texts.REMOVE_YES, token=f"remove:{number}:yes")
        keep = Choice(label=texts.KEEP_LABEL, token=f"seminar:{number}")
        return clarify(texts.REMOVE_ASK.format(name=name), yes, keep)
    await context.services.seminars.remove(number, context.now)
    undo = Choice(label=texts.RESTORE_LABEL, token=f"restore:{number}")
    return acknowledged(texts.REMOVED.format(name=name), undo)


async def restore(context: Context, token: ChoiceToken) -> Reply:
    person, number = await context.person(), token.number(0)
    seminar = None if number is None else await context.services.seminars.restore(person, number)
    if seminar is None:
        return declined(texts.NOT_YOURS)
    return await overview(context, seminar, heading=texts.RESTORED)


def _open_pledges(seminar: Seminar, facts: tuple[CitedFact, ...]) -> list[CitedFact]:
    answered = {*seminar.answers.kept, *seminar.answers.broken}
    return [c for c in facts if c.fact.pledge and c.fact.id not in answered]


def _label(seminar: Seminar) -> str:
    opening = seminar.answers.opening
    return f"{month_day(opening)} {seminar.name}"[:30] if opening else seminar.name[:30]
