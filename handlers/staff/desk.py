"""Staff in a chat: what waits, what is overdue, an answer typed on the way."""

from __future__ import annotations

from handlers.core.choice_token import ChoiceToken
from handlers.core.context import Context
from handlers.core.replies import EXPIRED, clarify, declined
from handlers.domain.messages import Choice, Reply
from handlers.domain.seminar import Flow
from handlers.domain.staff_member import StaffMember
from handlers.texts import staff as staff_texts

NAME = "staff_answer"
SHOWN = 5
LISTED = 10


async def desk(context: Context, _token: ChoiceToken | None = None) -> Reply:
    code = context.incoming.text.strip().removeprefix("/staff").removeprefix("处室").strip()
    if code and context.incoming.choice is None:
        return await _link(context, code)
    member = await context.services.staff.member(context.address)
    if member is None:
        return declined(staff_texts.STAFF_NOT_LINKED)
    waiting, overdue = await context.services.staff.questions(LISTED), await context.services.staff.overdue(LISTED)
    text = staff_texts.STAFF_DESK.format(name=member.name, questions=_count(waiting), overdue=_count(overdue))
    choices = (
        Choice(label=staff_texts.STAFF_QUESTIONS_LABEL, token="staff:inbox"),
        Choice(label=staff_texts.STAFF_OVERDUE_LABEL, token="staff:overdue"),
    )
    return Reply(text=text, choices=choices)


async def press(context: Context, token: ChoiceToken) -> Reply:
    member = await context.services.staff.member(context.address)
    if member is None:
        return declined(staff_texts.STAFF_NOT_LINKED)
    what = token.arg(0)
    if what == "inbox":
        return await _questions(context, member)
    if what == "overdue":
        lines = await context.services.staff.overdue(LISTED)
        text = "\n".join(f"· {line}" for line in lines) if lines else staff_texts.STAFF_NOTHING_OVERDUE
        return Reply(text=text)
    if not member.may_answer:
        return declined(staff_texts.STAFF_MAY_NOT_ANSWER)
    return await (_send(context) if what == "send" else _begin(context, token.number(0)))


async def answer(context: Context, flow: Flow) -> Reply | None:
    text = context.incoming.text.strip()
    question = await context.services.staff.question(flow.number("question") or 0)
    if question is None:
        await context.end_flow()
        return declined(staff_texts.STAFF_QUESTION_GONE)
    await context.begin_flow(NAME, question=question.id, text=text)
    preview = staff_texts.STAFF_PREVIEW.format(question=question.text, text=text, times=question.times)
    return clarify(preview, Choice(label=staff_texts.STAFF_SEND_LABEL, token="staff:send"), typed=True)


async def _link(context: Context, code: str) -> Reply:
    name = await context.services.staff.link(context.address, code)
    if name is None:
        return declined(staff_texts.STAFF_WRONG_CODE)
    return Reply(text=staff_texts.STAFF_LINKED.format(name=name))


async def _questions(context: Context, member: StaffMember) -> Reply:
    found = await context.services.staff.questions(SHOWN)
    if not found:
        return Reply(text=staff_texts.STAFF_NO_QUESTIONS)
    lines = [
        staff_texts.STAFF_QUESTION.format(number=n, text=one.text, why=one.why, times=one.times)
        for n, one in enumerate(found, start=1)
    ]
    choices = tuple(
        Choice(label=staff_texts.STAFF_ANSWER_LABEL.format(number=n), token=f"staff:{one.id}")
        for n, one in enumerate(found, start=1)
        if member.may_answer
    )
    return Reply(text="\n".join(lines), choices=choices)


async def _begin(context: Context, number: int | None) -> Reply:
    question = None if number is None else await context.services.staff.question(number)
    if question is None:
        return declined(staff_texts.STAFF_QUESTION_GONE)
    await context.begin_flow(NAME, question=question.id)
    return clarify(staff_texts.STAFF_ASK_ANSWER.format(question=question.text))


async def _send(context: Context) -> Reply:
    flow = await context.flow(NAME)
    if flow is None or not flow.text("text"):
        return EXPIRED
    try:
        await context.services.staff.answer(context.address, flow.number("question") or 0, flow.text("text"))
    except ValueError as error:
        return declined(staff_texts.STAFF_NOT_SENT.format(problem=error))
    await context.end_flow()
    return Reply(text=staff_texts.STAFF_SENT)


def _count(found: tuple[object, ...]) -> str:
    return f"{len(found)}+" if len(found) >= LISTED else str(len(found))
