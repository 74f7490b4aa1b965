"""One checklist item as it is shown: its line, its card with buttons, finding it by a button's key."""

from __future__ import annotations

from handlers.core.context import Context
from handlers.core.replies import declined, to_checklist
from handlers.domain.assessment import due_text
from handlers.domain.citations import citations_of
from handlers.domain.messages import Choice, Reply
from handlers.domain.seminar import ItemDetail, ItemState, Role, Seminar, State, state_of
from handlers.seminars.overview import assessment_of, short
from handlers.texts import conversation as texts
from handlers.texts.dates import month_day
from knowledge.rules.checklists import ChecklistItem

MARKS = {
    State.TODO: "☐",
    State.PREPARED: "◐",
    State.HANDED_IN: "☑",
    State.ACCEPTED: "✅",
    State.RETURNED: "↩",
}


def find(context: Context, seminar: Seminar, key: str) -> ChecklistItem | None:
    return next((item for item in assessment_of(context, seminar).items if short(item.key) == key), None)


def line(item: ChecklistItem, state: ItemState) -> str:
    if not item.stated:
        return texts.LISTED_SILENCE.format(title=item.title)
    parts = [f"{MARKS[state.state]} {item.title}"]
    if state.state.done:
        parts.append((month_day(state.on_day) if state.on_day else "") + state.state.label)
    else:
        parts.append(due_text(item))
        if state.state is State.RETURNED:
            said = state.state.label
            parts.append(texts.WITH_NOTE.format(said=said, note=state.note) if state.note else said)
    if state.owner:
        parts.append(texts.LISTED_OWNER.format(owner=state.owner))
    return "　".join(parts)


async def card(context: Context, seminar: Seminar, item: ChecklistItem, text: str = "") -> Reply:
    state = state_of(await context.services.seminars.item_states(seminar.id), item.key)
    files = sum(upload.item == item.key for upload in await context.services.uploads.of_seminar(seminar.id))
    said = {ItemDetail.OWNER: state.owner, ItemDetail.REMARK: state.remark}
    lines = [text or line(item, state)]
    lines += [texts.DETAIL_LINE.format(field=field.label, words=words) for field, words in said.items() if words]
    lines += [texts.FILES_LINE.format(count=files)] if files else []
    choices = (*_choices(seminar, item, state), to_checklist(seminar.id))
    return Reply(text="\n".join(lines), citations=citations_of([item.cited]), choices=choices)


def gone(seminar: Seminar) -> Reply:
    return declined(texts.ITEM_GONE, to_checklist(seminar.id))


def _choices(seminar: Seminar, item: ChecklistItem, state: ItemState) -> list[Choice]:
    if seminar.role is Role.READER or not item.stated:
        return []
    at = f"{seminar.id}:{short(item.key)}"
    marks = [
        Choice(label=label, token=f"mark:{at}:{name}")
        for name, label in texts.MARK_LABELS.items()
        if name != state.state
    ]
    undo = [Choice(label=texts.UNDO_LABEL, token=f"item:{at}:undo")] if state.state is not State.TODO else []
    return [*marks, *undo, *(Choice(label=field.label, token=f"detail:{at}:{field}") for field in ItemDetail)]
