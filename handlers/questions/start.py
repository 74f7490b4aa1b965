"""Greeting, help and a fresh start."""

from __future__ import annotations

from handlers.core.context import Context
from handlers.core.replies import MY_SEMINARS, REGISTER, acknowledged, declined
from handlers.domain.messages import Choice, Reply
from handlers.texts import conversation as texts
from handlers.texts import questions as question_texts


def welcome() -> Reply:
    choices = tuple(Choice(label=question, token=f"say:{number}") for number, question in enumerate(texts.STARTERS))
    return acknowledged(question_texts.WELCOME, *choices, REGISTER, MY_SEMINARS)


async def start(context: Context) -> Reply:
    await context.services.conversations.conversation(context.address, context.now)
    return welcome()


async def show_help(context: Context) -> Reply:
    return acknowledged(question_texts.HELP)


async def reset(context: Context) -> Reply:
    await context.services.conversations.reset(context.address, context.now)
    return acknowledged(question_texts.RESET_DONE)


async def cancel(context: Context) -> Reply:
    if await context.flow() is None:
        return acknowledged(texts.NOTHING_OPEN)
    await context.end_flow()
    return acknowledged(texts.CANCELLED)


async def unsupported(context: Context) -> Reply:
    kind = question_texts.KINDS_OF_MESSAGE.get(context.incoming.unsupported or "", question_texts.OTHER_MESSAGE)
    return declined(question_texts.UNSUPPORTED.format(kind=kind))
