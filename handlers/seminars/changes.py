"""变更: one answer of a registered seminar replaced, after showing what that moves and what the notice says."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from handlers.core.access import Opened, open_seminar
from handlers.core.choice_token import ChoiceToken
from handlers.core.context import Context
from handlers.core.replies import EXPIRED, clarify
from handlers.domain.assessment import Assessment, due_text, finding_line
from handlers.domain.citations import citations_of
from handlers.domain.messages import Choice, Reply, Status
from handlers.domain.seminar import Answers, Conflict, Flow, Role, Seminar
from handlers.seminars.overview import assessment_of, overview
from handlers.seminars.registration_steps import STEPS, Step, Unreadable, shown, step_of, suggestions
from handlers.texts import conversation as texts
from knowledge.model.snapshot import CitedFact
from knowledge.rules.results import Verdict

NAME = "change"
CHANGE = "change"
MOST_NAMED = 3
PLANNED = frozenset({"title", "opening", "closing", "place", "trainees"})
"""Fields that the plan fixed: 选题、举办时间和地点、对象."""


async def choose(context: Context, token: ChoiceToken) -> Reply:
    opened = await open_seminar(context, token.number(0), Role.EDITOR)
    field, sure = token.arg(1), token.arg(2)
    if not field:
        return clarify(texts.WHICH_FIELD, *[_field_choice(opened.seminar, step) for step in STEPS])
    step = step_of(field)
    if step is None:
        return EXPIRED
    if sure:
        return await _decide(context, opened, step, save=sure == "yes")
    await context.begin_flow(NAME, seminar=opened.seminar.id, field=field)
    return _ask(context, opened.seminar, step)


async def answer(context: Context, flow: Flow, said: str | None = None) -> Reply | None:
    text = context.incoming.text if said is None else said
    step = step_of(flow.text("field"))
    if step is None or (said is None and context.incoming.asks):
        return None
    opened = await open_seminar(context, flow.number("seminar"), Role.EDITOR)
    try:
        changed = _changed(context, opened.seminar.answers, step, text)
    except Unreadable as problem:
        return _ask(context, opened.seminar, step, problem=str(problem))
    proposal = flow.answers | {"proposed": changed.model_dump(mode="json"), "version": opened.seminar.version}
    await context.begin_flow(NAME, **proposal)
    return _effect(context, opened.seminar, changed, step)


async def press(context: Context, token: ChoiceToken) -> Reply:
    flow = await context.flow(NAME)
    return (await answer(context, flow, token.rest(0)) if flow else None) or EXPIRED


async def _decide(context: Context, opened: Opened, step: Step, *, save: bool) -> Reply:
    flow = await context.flow(NAME)
    if flow is None or flow.text("field") != step.field or "proposed" not in flow.answers:
        return EXPIRED
    await context.end_flow()
    if not save:
        return await overview(context, opened.seminar, heading=texts.CHANGE_DROPPED)
    if flow.answers["version"] != opened.seminar.version:
        return await overview(context, opened.seminar, heading=texts.SOMEBODY_FASTER)
    answers = Answers.model_validate(flow.answers["proposed"])
    try:
        seminar = await context.services.seminars.change(opened.person, opened.seminar, answers, context.now)
    except Conflict:
        return await overview(context, opened.seminar, heading=texts.SOMEBODY_FASTER)
    reply = await overview(context, seminar, heading=texts.CHANGED)
    if _rule_broken(assessment_of(context, seminar), opened.seminar, step) is None:
        return reply
    statement = Choice(label=texts.STATEMENT_LABEL, token=f"docs:{seminar.id}:{CHANGE}")
    return reply.model_copy(update={"choices": (statement, *reply.choices)})


def _changed(context: Context, answers: Answers, step: Step, text: str) -> Answers:
    """The answers with the new value. A new opening keeps the length. Raises Unreadable."""
    question = context.services.answering.read(text, context.today)
    moved: dict[str, Any] = {}
    before = answers
    if step.field == "opening" and answers.opening and answers.closing:
        before = answers.model_copy(update={"closing": None})
        opening = step.read(text, question, before)
        moved = {"closing": opening + (answers.closing - answers.opening)}
    value = step.read(text, question, before)
    try:
        return Answers.model_validate(answers.model_dump() | {step.field: value} | moved)
    except ValidationError as error:
        raise Unreadable(texts.CONTRADICTION.format(reason=error.errors()[0]["msg"])) from error


def _ask(context: Context, seminar: Seminar, step: Step, problem: str = "") -> Reply:
    offered = suggestions(step, seminar.answers, context.knowledge, context.today)
    choices = [Choice(label=s.label, token=f"new:{s.value}") for s in offered]
    choices.append(Choice(label=texts.CANCEL_LABEL, token=f"seminar:{seminar.id}"))
    return clarify("\n".join(filter(None, (problem, step.ask))), *choices, typed=not step.closed)


def _effect(context: Context, seminar: Seminar, changed: Answers, step: Step) -> Reply:
    before = assessment_of(context, seminar)
    after = assessment_of(context, seminar.model_copy(update={"answers": changed}))
    was, now = shown(step.field, seminar.answers) or texts.NOT_FILLED, shown(step.field, changed)
    lines = [
        texts.FIELD_CHANGE.format(name=step.name, was=was, now=now),
        texts.CHANGE_EFFECT,
        *(_moved(before, after) or [texts.NO_EFFECT]),
    ]
    rule = _rule_broken(after, seminar, step)
    if rule:
        lines.append(texts.CHANGE_RULE.format(say=after.label + rule.fact.say))
    choices = (
        Choice(label=texts.CONFIRM_CHANGE_LABEL, token=f"change:{seminar.id}:{step.field}:yes"),
        Choice(label=texts.DROP_CHANGE_LABEL, token=f"change:{seminar.id}:{step.field}:no"),
    )
    cited = citations_of([rule] if rule else [])
    return Reply(text="\n".join(lines), status=Status.CLARIFY, citations=cited, choices=choices)


def _moved(before: Assessment, after: Assessment) -> list[str]:
    old = {item.key: item for item in before.items}
    moves: dict[tuple[str, str], list[str]] = {}
    for item in after.items:
        was = due_text(old[item.key]) if item.key in old else texts.NOT_LISTED
        if was != due_text(item):
            moves.setdefault((was, due_text(item)), []).append(item.title)
    lines = [texts.DATE_CHANGE.format(titles=_listed(titles), was=was, now=now) for (was, now), titles in moves.items()]
    gone = [item.title for key, item in old.items() if key not in {i.key for i in after.items}]
    lines += [texts.NO_LONGER.format(titles=_listed(gone))] if gone else []
    failed = {f.text for f in before.findings if f.verdict is Verdict.FAIL}
    now_failed = [f for f in after.findings if f.verdict is Verdict.FAIL and f.text not in failed]
    return lines + [finding_line(after, finding) for finding in now_failed]


def _listed(titles: list[str]) -> str:
    named = "、".join(titles[:MOST_NAMED])
    return named if len(titles) <= MOST_NAMED else texts.MANY_ITEMS.format(titles=named, count=len(titles))


def _rule_broken(assessment: Assessment, seminar: Seminar, step: Step) -> CitedFact | None:
    if step.field not in PLANNED or not shown(step.field, seminar.answers):
        return None
    return assessment.ruling.fact_on(CHANGE)


def _field_choice(seminar: Seminar, step: Step) -> Choice:
    label = f"{step.name} {shown(step.field, seminar.answers)}".strip()
    return Choice(label=label[:30], token=f"change:{seminar.id}:{step.field}")
