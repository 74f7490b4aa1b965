"""Which conversation a message belongs to: the explicit, ordered list of routes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from handlers import texts
from handlers.ask import ask, choose
from handlers.context import Context
from handlers.feedback import rate, why
from handlers.leaving import leave, withdraw
from handlers.messages import Incoming, Reply, Status
from handlers.ports import Answering, FlowStore, SeminarStore, Store
from handlers.start import reset, show_help, start, unsupported

Handler = Callable[[Context], Awaitable[Reply]]

COMMANDS: dict[str, Handler] = {
    "/start": start,
    "开始": start,
    "/help": show_help,
    "帮助": show_help,
    "/reset": reset,
    "重新开始": reset,
    "/why": why,
    "为什么": why,
}
"""A message that is exactly one of these (or begins with the slash word) goes to its handler."""

CHOICES: dict[str, Callable[[Context, str], Awaitable[Reply]]] = {
    "up": rate,
    "down": rate,
    "why": why,
    "kind": choose,
    "topic": choose,
    "leave": leave,
    "withdraw": withdraw,
}
"""The first part of a choice token names its handler."""


class Router:
    """Answers one incoming message."""

    def __init__(self, store: Store, answering: Answering, seminars: SeminarStore, flows: FlowStore) -> None:
        self._store = store
        self._answering = answering
        self._seminars = seminars
        self._flows = flows

    async def __call__(self, incoming: Incoming, now: datetime) -> tuple[Reply, ...]:
        """The replies to a message."""
        context = Context(incoming, now, self._store, self._answering, self._seminars, self._flows)
        return (await self._route(context),)

    async def _route(self, context: Context) -> Reply:
        incoming = context.incoming
        if incoming.unsupported:
            return await unsupported(context)
        if incoming.choice is not None:
            return await _choice(context, incoming.choice)
        command = COMMANDS.get(_command_word(incoming.text))
        if command:
            return await command(context)
        return await ask(context, incoming.text)


def _command_word(text: str) -> str:
    stripped = text.strip().rstrip("?？!！。")
    return stripped.split()[0].lower() if stripped.startswith("/") else stripped


async def _choice(context: Context, token: str) -> Reply:
    name, _, value = token.partition(":")
    if name == "say" and value.isdecimal() and int(value) < len(texts.STARTERS):
        return await ask(context, texts.STARTERS[int(value)])
    handler = CHOICES.get(name)
    if handler is None or token.count(":") < 1:
        return Reply(text=texts.BUTTON_EXPIRED, status=Status.DECLINED)
    return await handler(context, token)
