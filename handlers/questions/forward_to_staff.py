"""Release a question for staff where the notices do not answer it, and taking it back."""

from __future__ import annotations

from handlers.core.context import Context
from handlers.domain.messages import Choice, Reply, Status
from handlers.questions.choices import leave_choice
from handlers.texts import conversation as texts


async def leave(context: Context, token: str) -> Reply:
    """`leave:ID`: staff will see the question."""
    question_id = _number(token)
    if not await context.store.leave_for_staff(context.address, question_id, context.now):
        return Reply(text=texts.BUTTON_EXPIRED, status=Status.DECLINED)
    undo = Choice(label=texts.WITHDRAW_LABEL, token=f"withdraw:{question_id}")
    return Reply(text=texts.LEFT_FOR_STAFF, status=Status.SMALLTALK, choices=(undo,))


async def withdraw(context: Context, token: str) -> Reply:
    """`withdraw:ID`: staff no longer see the question."""
    question_id = _number(token)
    if await context.store.withdraw_from_staff(context.address, question_id):
        return Reply(text=texts.WITHDRAWN, status=Status.SMALLTALK, choices=(leave_choice(question_id),))
    return Reply(text=texts.NOTHING_TO_WITHDRAW, status=Status.DECLINED)


def _number(token: str) -> int:
    number = token.partition(":")[2]
    return int(number) if number.isdecimal() else 0
