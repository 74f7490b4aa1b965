"""Greeting, help and a fresh start."""

from __future__ import annotations

from handlers import texts
from handlers.context import Context
from handlers.messages import Choice, Reply, Status


def welcome() -> Reply:
    """The greeting with common questions to tap."""
    choices = tuple(Choice(label=question, token=f"say:{number}") for number, question in enumerate(texts.STARTERS))
    return Reply(text=texts.WELCOME, status=Status.SMALLTALK, choices=choices)


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


async def unsupported(context: Context) -> Reply:
    """A photo, a sticker, a voice message: say what to send instead."""
    kind = texts.KINDS_OF_MESSAGE.get(context.incoming.unsupported or "", texts.OTHER_MESSAGE)
    return Reply(text=texts.UNSUPPORTED.format(kind=kind), status=Status.DECLINED)
