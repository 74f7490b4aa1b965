"""Who looks after a checklist item, and remarks on it."""

from __future__ import annotations

from handlers.core.access import open_seminar
from handlers.core.context import Context
from handlers.domain.messages import Choice, Reply, Status
from handlers.domain.seminar import Flow, ItemDetail, Role, state_of
from handlers.seminars.checklist_item import card, find, gone
from handlers.texts import conversation as texts

NAME = "detail"
MAX_WORDS = {ItemDetail.OWNER: 20, ItemDetail.REMARK: 200}
CLEAR = "clear"


async def ask(context: Context, token: str) -> Reply:
    """`detail:ID:KEY:FIELD` asks for the words; `:clear` takes them back."""
    _, number, key, field, action = (*token.split(":", 4), "", "", "", "")[:5]
    opened = await open_seminar(context, number, Role.EDITOR)
    item = find(context, opened.seminar, key)
    if item is None or field not in set(ItemDetail):
        return gone(opened.seminar)
    detail = ItemDetail(field)
    if action == CLEAR:
        await context.flows.end(context.address)
        await context.seminars.describe(opened.seminar.id, item.key, detail, "")
        text = texts.DETAIL_CLEARED.format(title=item.title, field=detail.label)
        return await card(context, opened.seminar, item, text)
    flow = Flow(name=NAME, answers={"seminar": opened.seminar.id, "key": key, "field": field})
    await context.flows.save(context.address, flow, context.now)
    state = state_of(await context.seminars.item_states(opened.seminar.id), item.key)
    choices = [Choice(label=texts.CANCEL_LABEL, token=f"item:{number}:{key}")]
    if getattr(state, detail):
        choices.insert(0, Choice(label=texts.CLEAR_LABEL, token=f"{token}:{CLEAR}"))
    text = texts.ASK_DETAIL[field].format(title=item.title)
    return Reply(text=text, status=Status.CLARIFY, choices=tuple(choices), typed=True)


async def answer(context: Context, flow: Flow) -> Reply | None:
    """The words; None where the message is a question."""
    if context.incoming.asks:
        return None
    words = " ".join(context.incoming.text.split())
    opened = await open_seminar(context, str(flow.answers["seminar"]), Role.EDITOR)
    item = find(context, opened.seminar, str(flow.answers["key"]))
    detail = ItemDetail(str(flow.answers["field"]))
    limit = MAX_WORDS[detail]
    if item is not None and (not words or len(words) > limit):
        text = texts.TOO_LONG.format(length=len(words), limit=limit) if words else texts.NO_WORDS
        return Reply(text=text, status=Status.CLARIFY)
    await context.flows.end(context.address)
    if item is None:
        return gone(opened.seminar)
    await context.seminars.describe(opened.seminar.id, item.key, detail, words)
    text = texts.DETAIL_SAVED.format(title=item.title, field=detail.label, words=words)
    return await card(context, opened.seminar, item, text)
