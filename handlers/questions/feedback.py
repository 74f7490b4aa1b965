"""👍, 👎 and 为什么 on an answer."""

from __future__ import annotations

from handlers.core.context import Context
from handlers.domain.messages import Reply, Status
from handlers.questions.choices import leave_choice
from handlers.texts import conversation as texts


async def rate(context: Context, token: str) -> Reply:
    """`up:ID` or `down:ID`; the last vote counts."""
    name, _, number = token.partition(":")
    helpful = name == "up"
    known = number.isdecimal() and await context.store.rate(context.address, int(number), helpful, context.now)
    if not known:
        return Reply(text=texts.BUTTON_EXPIRED, status=Status.DECLINED)
    if helpful:
        return Reply(text=texts.THANKS_UP, status=Status.SMALLTALK)
    return Reply(text=texts.THANKS_DOWN, status=Status.SMALLTALK, choices=(leave_choice(int(number)),))


async def why(context: Context, token: str = "") -> Reply:
    """How an answer came about: `why:ID`, or the newest answer where no id is given."""
    number = token.partition(":")[2]
    question_id = int(number) if number.isdecimal() else None
    if not token:
        question_id = await context.store.last_question_id(context.address)
    question = await context.store.question(context.address, question_id) if question_id else None
    if question is None:
        text = texts.BUTTON_EXPIRED if token else texts.NOTHING_TO_EXPLAIN
        return Reply(text=text, status=Status.DECLINED)
    steps = [*question.trace, _timing_line(question.timings)]
    return Reply(text="\n".join([texts.WHY_HEADING, *(f"· {s}" for s in steps)]), status=Status.SMALLTALK)


def _timing_line(timings: dict[str, float]) -> str:
    return f"用时：{sum(timings.values()):.1f} 毫秒"
