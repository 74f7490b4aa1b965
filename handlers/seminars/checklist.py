"""Working through a seminar's checklist: what is next, marking, undoing."""

from __future__ import annotations

from datetime import date

from handlers.core.access import open_seminar
from handlers.core.choice_token import ChoiceToken
from handlers.core.context import Context
from handlers.core.replies import EXPIRED, clarify, declined, to_checklist, to_seminar
from handlers.domain.citations import citations_of
from handlers.domain.messages import Choice, Reply
from handlers.domain.seminar import Flow, ItemState, Role, Seminar, State, state_of
from handlers.seminars.checklist_item import card, find, gone, line
from handlers.seminars.overview import assessment_of, bar, next_item, next_line, progress, reference_line, short
from handlers.texts import conversation as texts
from handlers.texts.dates import month_day
from knowledge.model.notice import Stage
from knowledge.rules.checklists import ChecklistItem
from knowledge.rules.results import chinese_date

NAME = "mark"
MAX_NOTE = 200


async def show(context: Context, token: ChoiceToken) -> Reply:
    opened = await open_seminar(context, token.number(0), Role.READER)
    wanted = token.arg(1)
    assessment = assessment_of(context, opened.seminar)
    states = await context.services.seminars.item_states(opened.seminar.id)
    done, every = progress(assessment.items, states)
    title = opened.seminar.name
    lines = [texts.CHECKLIST_HEADING.format(title=title, bar=bar(done, every), done=done, all=every)]
    if assessment.ruling.reference:
        lines.append(reference_line(assessment))
    stages = [stage for stage in Stage if any(i.stage is stage for i in assessment.items) and wanted in {"", stage}]
    for stage in stages:
        lines.append(texts.LISTED_STAGE.format(stage=stage.label))
        lines += [line(item, state_of(states, item.key)) for item in assessment.items if item.stage is stage]
    shown = [item for item in assessment.items if item.stage in stages]
    if wanted:
        choices = [
            Choice(label=item.title[:30], token=f"item:{opened.seminar.id}:{short(item.key)}")
            for item in shown
            if item.stated
        ]
        choices.append(Choice(label=texts.WHOLE_LIST_LABEL, token=f"list:{opened.seminar.id}"))
    else:
        choices = [_stage_choice(opened.seminar, stage, assessment.items, states) for stage in stages]
    choices.append(to_seminar(opened.seminar))
    facts = tuple(dict.fromkeys(item.cited for item in shown))
    return Reply(text="\n".join(lines), citations=citations_of(facts), choices=tuple(choices))


def _stage_choice(
    seminar: Seminar, stage: Stage, items: tuple[ChecklistItem, ...], states: dict[str, ItemState]
) -> Choice:
    done, every = progress([item for item in items if item.stage is stage], states)
    return Choice(label=f"{stage.label} {done}/{every}", token=f"list:{seminar.id}:{stage}")


async def upcoming(context: Context, token: ChoiceToken) -> Reply:
    opened = await open_seminar(context, token.number(0), Role.READER)
    assessment = assessment_of(context, opened.seminar)
    states = await context.services.seminars.item_states(opened.seminar.id)
    item = next_item(assessment, states)
    if item is None:
        return Reply(text=texts.ALL_DONE, choices=(to_checklist(opened.seminar.id),))
    return await card(context, opened.seminar, item, next_line(assessment, states, context.today))


async def item(context: Context, token: ChoiceToken) -> Reply:
    action = token.arg(2)
    opened = await open_seminar(context, token.number(0), Role.EDITOR if action else Role.READER)
    found = find(context, opened.seminar, token.arg(1))
    if found is None:
        return gone(opened.seminar)
    if action == "undo":
        before = await context.services.seminars.unmark(opened.seminar.id, found.key)
        text = texts.UNMARKED.format(title=found.title, state=before.state.label)
        return await card(context, opened.seminar, found, text)
    return await card(context, opened.seminar, found)


async def mark(context: Context, token: ChoiceToken) -> Reply:
    opened = await open_seminar(context, token.number(0), Role.EDITOR)
    key, wanted = token.arg(1), token.arg(2)
    found = find(context, opened.seminar, key)
    if found is None or wanted not in set(State):
        return gone(opened.seminar)
    if not found.stated:
        return declined(texts.ITEM_SILENT)
    if State(wanted) is State.PREPARED:
        return await _store(context, opened.seminar, opened.person, found, State.PREPARED, None, "")
    flow = await context.begin_flow(NAME, seminar=opened.seminar.id, key=key, state=wanted)
    return _ask(flow, found)


async def answer(context: Context, flow: Flow, said: str | None = None) -> Reply | None:
    text = context.incoming.text if said is None else said
    if said is None and context.incoming.asks:
        return None
    opened = await open_seminar(context, flow.number("seminar"), Role.EDITOR)
    found = find(context, opened.seminar, flow.text("key"))
    if found is None:
        await context.end_flow()
        return gone(opened.seminar)
    state = State(flow.text("state"))
    if state is not State.RETURNED and "day" not in flow.answers:
        return await _day_said(context, flow, found, text)
    day = date.fromisoformat(flow.text("day")) if "day" in flow.answers else context.today
    await context.end_flow()
    return await _store(context, opened.seminar, opened.person, found, state, day, text.strip()[:MAX_NOTE])


async def press(context: Context, token: ChoiceToken) -> Reply:
    flow = await context.flow(NAME)
    return (await answer(context, flow, token.rest(0)) if flow else None) or EXPIRED


async def _day_said(context: Context, flow: Flow, found: ChecklistItem, text: str) -> Reply:
    today = context.today
    stated = context.services.answering.read(text, today).quantities.dates
    if not stated:
        return _ask(flow, found, problem=texts.NO_DATE)
    day = stated[0].day
    if day > today:
        return _ask(flow, found, problem=texts.FUTURE_DAY.format(day=month_day(day)))
    return _ask(await context.begin_flow(NAME, **flow.answers, day=day.isoformat()), found)


def _ask(flow: Flow, found: ChecklistItem, problem: str = "") -> Reply:
    skip: tuple[str, ...] = (texts.SKIP_LABEL,)
    if flow.answers["state"] == State.RETURNED:
        text, offered = texts.ASK_RETURNED_WHY, skip
    elif "day" not in flow.answers:
        text, offered = texts.ASK_DONE_DAY.format(title=found.title), (texts.TODAY_LABEL, texts.YESTERDAY_LABEL)
    else:
        text, offered = texts.ASK_DONE_HOW, (*texts.HOW_LABELS, *skip)
    choices = tuple(Choice(label=word, token=f"how:{'' if word in skip else word}") for word in offered)
    return clarify("\n".join(filter(None, (problem, text))), *choices, typed=True)


async def _store(
    context: Context, seminar: Seminar, person: int, found: ChecklistItem, state: State, day: date | None, note: str
) -> Reply:
    await context.services.seminars.mark(person, seminar.id, found.key, state, day, note, context.now)
    on_day = chinese_date(day) if day and state is not State.RETURNED else ""
    text = texts.MARKED.format(title=found.title, said="，".join(filter(None, [state.label, on_day, note])))
    assessment = assessment_of(context, seminar)
    states = await context.services.seminars.item_states(seminar.id)
    choices = (
        Choice(label=texts.NEXT_LABEL, token=f"next:{seminar.id}"),
        Choice(label=texts.UNDO_LABEL, token=f"item:{seminar.id}:{short(found.key)}:undo"),
        to_checklist(seminar.id),
    )
    return Reply(text=f"{text}\n{next_line(assessment, states, context.today)}", choices=choices)
