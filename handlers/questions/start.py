"""Greeting, help and a fresh start."""

from __future__ import annotations

from handlers.core.context import Context
from handlers.domain.messages import Choice, Reply, Status
from handlers.texts import conversation as texts


def welcome() -> Reply:
    """The greeting with common questions to tap."""
    choices = tuple(Choice(label=question, token=f"say:{number}") for number, question in enumerate(texts.STARTERS))
    seminars = (
        Choice(label=texts.NEW_LABEL, token="reg:new"),
        Choice(label=texts.MY_SEMINARS_LABEL, token="mine:"),
    )
    return Reply(text=texts.WELCOME, status=Status.SMALLTALK, choices=(*choices, *seminars))


async def start(context: Context) -> Reply:
    """/start: begin the conversation and greet."""
    await context.store.conversation(context.address, context.now)
    return welcome()


async def show_help(context: Context) -> Reply:
    """/help: how to ask."""
    return Reply(text=texts.HELP, status=Status.SMALLTALK)


async def reset(context: Context) -> Reply:
    """/reset: earlier questions no longer give context."""
    await context.store.reset(context.address, context.now)
    return Reply(text=texts.RESET_DONE, status=Status.SMALLTALK)


async def cancel(context: Context) -> Reply:
    """/cancel: whatever was being asked step by step is dropped."""
    if await context.flows.flow(context.address) is None:
        return Reply(text=texts.NOTHING_OPEN, status=Status.SMALLTALK)
    await context.flows.end(context.address)
    return Reply(text=texts.CANCELLED, status=Status.SMALLTALK)


async def unsupported(context: Context) -> Reply:
    """A photo, a sticker, a voice message: say what to send instead."""
    kind = texts.KINDS_OF_MESSAGE.get(context.incoming.unsupported or "", texts.OTHER_MESSAGE)
    return Reply(text=texts.UNSUPPORTED.format(kind=kind), status=Status.DECLINED)
