"""👍, 👎 and 为什么 on an answer."""

from __future__ import annotations

from handlers.core.choice_token import ChoiceToken
from handlers.core.context import Context
from handlers.core.replies import EXPIRED, acknowledged, declined
from handlers.domain.messages import Reply
from handlers.questions.forward_to_staff import leave_choice
from handlers.texts import questions as question_texts


async def rate(context: Context, token: ChoiceToken) -> Reply:
    helpful, question_id = token.name == "up", token.number(0)
    questions = context.services.questions
    if question_id is None or not await questions.rate(context.address, question_id, helpful, context.now):
        return EXPIRED
    if helpful:
        return acknowledged(question_texts.THANKS_UP)
    return acknowledged(question_texts.THANKS_DOWN, leave_choice(question_id))


async def why(context: Context, token: ChoiceToken | None = None) -> Reply:
    questions = context.services.questions
    question_id = token.number(0) if token else await questions.last_question_id(context.address)
    question = await questions.question(context.address, question_id) if question_id else None
    if question is None:
        return EXPIRED if token else declined(question_texts.NOTHING_TO_EXPLAIN)
    steps = [*question.trace, question_texts.WHY_TIMING.format(milliseconds=sum(question.timings.values()))]
    return acknowledged("\n".join([question_texts.WHY_HEADING, *(f"· {s}" for s in steps)]))
