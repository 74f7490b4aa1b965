"""Registering a seminar, one question at a time; everything said is kept and can be changed."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import ValidationError

from handlers.core.choice_token import ChoiceToken
from handlers.core.context import Context
from handlers.core.replies import EXPIRED, REGISTER, acknowledged, clarify, declined
from handlers.domain.messages import Choice, Reply
from handlers.domain.seminar import Answers, Flow
from handlers.seminars.overview import overview
from handlers.seminars.planner import window
from handlers.seminars.registration_steps import (
    STEPS,
    Step,
    Unreadable,
    harvest,
    is_bare_number,
    next_step,
    shown,
    step_of,
    suggestions,
)
from handlers.texts import conversation as texts
from handlers.texts import registration as registration_texts

NAME = "register"


async def begin(context: Context) -> Reply:
    said = context.incoming.text.strip()
    rest = "" if context.incoming.choice else said.partition(" ")[2].strip()
    draft = _Draft.of(await context.flow(NAME) or Flow(name=NAME, answers={}))
    if rest:
        draft = draft.told(rest, context)
    return await _ask(context, draft)


async def answer(context: Context, flow: Flow) -> Reply | None:
    draft = _Draft.of(flow)
    step = draft.current(context)
    if step is None or context.incoming.asks:
        return None
    return await _take(context, draft, step, context.incoming.text)


async def press(context: Context, token: ChoiceToken) -> Reply:
    action, field, value = token.arg(0), token.arg(1), token.rest(2)
    if action == "new":
        return await begin(context)
    flow = await context.flow(NAME)
    if flow is None:
        return declined(texts.NOTHING_OPEN, REGISTER)
    draft, step = _Draft.of(flow), step_of(field)
    if action == "cancel":
        await context.end_flow()
        return acknowledged(registration_texts.REGISTRATION_CANCELLED, REGISTER)
    if action == "save":
        return await _save(context, draft)
    if action == "fields":
        return clarify(texts.WHICH_FIELD, *_field_choices(draft))
    if step is None:
        return EXPIRED
    if action == "edit":
        return await _ask(context, draft.reopened(field))
    if action == "skip":
        return await _ask(context, draft.skipping(field))
    return await _take(context, draft, step, value)


async def _take(context: Context, draft: _Draft, step: Step, said: str) -> Reply:
    try:
        return await _ask(context, draft.answered(step, said, context))
    except Unreadable as problem:
        return _question(context, draft, step, problem=str(problem))


async def _ask(context: Context, draft: _Draft) -> Reply:
    await context.keep_flow(draft.flow())
    step = draft.current(context)
    return _question(context, draft, step) if step else _summary(draft)


def _question(context: Context, draft: _Draft, step: Step, problem: str = "") -> Reply:
    lines = [problem] if problem else []
    if draft.news:
        noted = "；".join(f"{step_of(f).name}{shown(f, draft.answers)}" for f in draft.news if step_of(f))  # type: ignore[union-attr]
        lines.append(registration_texts.NOTED.format(noted=noted))
    if step.field == "opening":
        lines += window(draft.answers, context.knowledge, context.today)
    lines.append(registration_texts.STEP.format(number=STEPS.index(step) + 1, of=len(STEPS), ask=step.ask))
    offered = suggestions(step, draft.answers, context.knowledge, context.today)
    choices = [Choice(label=s.label, token=f"reg:set:{step.field}:{s.value}") for s in offered]
    if not step.required:
        choices.append(Choice(label=texts.SKIP_LABEL, token=f"reg:skip:{step.field}"))
    if any(shown(s.field, draft.answers) for s in STEPS):
        choices.append(Choice(label=texts.CHANGE_LABEL, token="reg:fields"))
    choices.append(Choice(label=texts.CANCEL_LABEL, token="reg:cancel"))
    return clarify("\n".join(lines), *choices, typed=not step.closed)


def _summary(draft: _Draft) -> Reply:
    lines = [registration_texts.SUMMARY]
    lines += [
        texts.FIELD_VALUE.format(name=step.name, value=shown(step.field, draft.answers) or texts.NOT_FILLED)
        for step in STEPS
    ]
    choices = (
        Choice(label=texts.SAVE_LABEL, token="reg:save"),
        Choice(label=texts.CHANGE_LABEL, token="reg:fields"),
        Choice(label=texts.CANCEL_LABEL, token="reg:cancel"),
    )
    return clarify("\n".join(lines), *choices)


def _field_choices(draft: _Draft) -> tuple[Choice, ...]:
    return tuple(
        Choice(label=f"{step.name} {shown(step.field, draft.answers)}".strip()[:30], token=f"reg:edit:{step.field}")
        for step in STEPS
    )


async def _save(context: Context, draft: _Draft) -> Reply:
    if draft.answers.kind is None:
        return await _ask(context, draft)
    person = await context.person()
    seminar = await context.services.seminars.register(person, draft.answers, context.now)
    await context.end_flow()
    return await overview(context, seminar, heading=registration_texts.REGISTERED)


@dataclass(frozen=True)
class _Draft:
    answers: Answers
    skipped: frozenset[str] = frozenset()
    again: str = ""
    news: tuple[str, ...] = ()

    @classmethod
    def of(cls, flow: Flow) -> _Draft:
        kept = dict(flow.answers)
        skipped, reopened = kept.pop("skipped", []), kept.pop("reopened", "")
        put_off = frozenset(str(field) for field in skipped) if isinstance(skipped, list) else frozenset()
        return cls(Answers.model_validate(kept), put_off, str(reopened))

    def flow(self) -> Flow:
        kept = self.answers.model_dump(mode="json", exclude_defaults=True)
        kept |= {"skipped": sorted(self.skipped)} if self.skipped else {}
        kept |= {"reopened": self.again} if self.again else {}
        return Flow(name=NAME, answers=kept)

    def current(self, context: Context) -> Step | None:
        return step_of(self.again) or next_step(self.answers, self.skipped, context.knowledge, context.today)

    def told(self, text: str, context: Context) -> _Draft:
        """With everything a message states by the way. Raises Unreadable where it contradicts itself."""
        today = context.today
        question = context.services.answering.read(text, today)
        found = harvest(text, question, self.answers, context.knowledge.vocabulary.places, today)
        return self._with(found)

    def answered(self, step: Step, text: str, context: Context) -> _Draft:
        """With the answer to a question, and whatever else the message states. Raises Unreadable."""
        today = context.today
        question = context.services.answering.read(text, today)
        places = context.knowledge.vocabulary.places
        stated = {} if is_bare_number(text) else harvest(text, question, self.answers, places, today)
        if step.free_text:
            return self._with(stated if len(stated) > 1 else {step.field: step.read(text, question, self.answers)})
        try:
            return self._with(stated | {step.field: step.read(text, question, self.answers)})
        except Unreadable:
            if not stated or self.again:
                raise
            return self._with(stated)

    def reopened(self, field: str) -> _Draft:
        return _Draft(self.answers, self.skipped - {field}, field)

    def skipping(self, field: str) -> _Draft:
        return _Draft(self.answers, self.skipped | {field})

    def _with(self, found: dict[str, object]) -> _Draft:
        try:
            answers = Answers.model_validate(self.answers.model_dump() | found)
        except ValidationError as error:
            raise Unreadable(texts.CONTRADICTION.format(reason=error.errors()[0]["ctx"]["error"])) from error
        return _Draft(answers, self.skipped - found.keys(), "", tuple(found))
