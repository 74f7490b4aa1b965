"""Leave a question for staff where the notices do not answer it, and taking it back."""

from __future__ import annotations

from handlers.core.choice_token import ChoiceToken
from handlers.core.context import Context
from handlers.core.replies import EXPIRED, acknowledged, declined
from handlers.domain.messages import Choice, Reply
from handlers.texts import questions as question_texts


def leave_choice(question_id: int) -> Choice:
    return Choice(label=question_texts.LEAVE_LABEL, token=f"leave:{question_id}")


async def leave(context: Context, token: ChoiceToken) -> Reply:
    question_id = token.number(0) or 0
    if not await context.services.forwarded_questions.leave(context.address, question_id, context.now):
        return EXPIRED
    undo = Choice(label=question_texts.WITHDRAW_LABEL, token=f"withdraw:{question_id}")
    return acknowledged(question_texts.LEFT_FOR_STAFF, undo)


async def withdraw(context: Context, token: ChoiceToken) -> Reply:
    question_id = token.number(0) or 0
    if await context.services.forwarded_questions.withdraw(context.address, question_id):
        return acknowledged(question_texts.WITHDRAWN, leave_choice(question_id))
    return declined(question_texts.NOTHING_TO_WITHDRAW)
