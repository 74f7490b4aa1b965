"""Who looks after a checklist item, and remarks on it."""

from __future__ import annotations

from handlers.core.access import open_seminar
from handlers.core.choice_token import ChoiceToken
from handlers.core.context import Context
from handlers.core.replies import clarify
from handlers.domain.messages import Choice, Reply
from handlers.domain.seminar import Flow, ItemDetail, Role, state_of
from handlers.seminars.checklist_item import card, find, gone
from handlers.texts import conversation as texts

NAME = "detail"
MAX_WORDS = {ItemDetail.OWNER: 20, ItemDetail.REMARK: 200}
CLEAR = "clear"


async def ask(context: Context, token: ChoiceToken) -> Reply:
    opened = await open_seminar(context, token.number(0), Role.EDITOR)
    number, key, field = opened.seminar.id, token.arg(1), token.arg(2)
    item = find(context, opened.seminar, key)
    if item is None or field not in set(ItemDetail):
        return gone(opened.seminar)
    detail = ItemDetail(field)
    if token.arg(3) == CLEAR:
        await context.end_flow()
        await context.services.seminars.describe(number, item.key, detail, "")
        text = texts.DETAIL_CLEARED.format(title=item.title, field=detail.label)
        return await card(context, opened.seminar, item, text)
    await context.begin_flow(NAME, seminar=number, key=key, field=field)
    state = state_of(await context.services.seminars.item_states(number), item.key)
    choices = [Choice(label=texts.CANCEL_LABEL, token=f"item:{number}:{key}")]
    if getattr(state, detail):
        choices.insert(0, Choice(label=texts.CLEAR_LABEL, token=f"detail:{number}:{key}:{field}:{CLEAR}"))
    return clarify(texts.ASK_DETAIL[field].format(title=item.title), *choices, typed=True)


async def answer(context: Context, flow: Flow) -> Reply | None:
    if context.incoming.asks:
        return None
    words = " ".join(context.incoming.text.split())
    opened = await open_seminar(context, flow.number("seminar"), Role.EDITOR)
    item = find(context, opened.seminar, flow.text("key"))
    detail = ItemDetail(flow.text("field"))
    limit = MAX_WORDS[detail]
    if item is not None and (not words or len(words) > limit):
        text = texts.TOO_LONG.format(length=len(words), limit=limit) if words else texts.NO_WORDS
        return clarify(text)
    await context.end_flow()
    if item is None:
        return gone(opened.seminar)
    await context.services.seminars.describe(opened.seminar.id, item.key, detail, words)
    text = texts.DETAIL_SAVED.format(title=item.title, field=detail.label, words=words)
    return await card(context, opened.seminar, item, text)
