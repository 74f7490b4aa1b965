"""Which conversation a message belongs to: the explicit, ordered list of routes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from handlers.contact import mailbox
from handlers.core.access import AccessRefused
from handlers.core.choice_token import ChoiceToken
from handlers.core.context import Context
from handlers.core.replies import EXPIRED, declined
from handlers.core.services import ConversationServices
from handlers.domain.messages import Incoming, Reply
from handlers.domain.seminar import Flow, TooManyTries
from handlers.files import uploads
from handlers.questions.ask import ask, ask_starter, choose
from handlers.questions.feedback import rate, why
from handlers.questions.forward_to_staff import leave, withdraw
from handlers.questions.start import cancel, reset, show_help, start, unsupported
from handlers.reminders import history as seminar_reminders
from handlers.reminders import preferences as reminders
from handlers.seminars import cards as seminars
from handlers.seminars import changes as changing
from handlers.seminars import checklist, documents, team
from handlers.seminars import item_notes as details
from handlers.seminars import registration as registering
from handlers.staff import desk as staff
from handlers.texts import channels as channel_texts
from handlers.texts import conversation as texts

Handler = Callable[[Context], Awaitable[Reply]]

FLOWS: dict[str, Callable[[Context, Flow], Awaitable[Reply | None]]] = {
    registering.NAME: registering.answer,
    checklist.NAME: checklist.answer,
    changing.NAME: changing.answer,
    details.NAME: details.answer,
    reminders.NAME: reminders.answer,
    staff.NAME: staff.answer,
    mailbox.NAME: mailbox.answer,
}
"""What a message that is no command answers in an open flow; None where it is a question to be answered as such."""

COMMANDS: dict[str, Handler] = {
    "/start": start,
    "开始": start,
    "/help": show_help,
    "帮助": show_help,
    "/reset": reset,
    "重新开始": reset,
    "/why": why,
    "为什么": why,
    "/new": registering.begin,
    "登记": registering.begin,
    "登记研修班": registering.begin,
    "/seminars": seminars.mine,
    "我的研修班": seminars.mine,
    "/link": team.link,
    "关联": team.link,
    "/join": team.join,
    "加入": team.join,
    "/remind": reminders.preferences,
    "提醒设置": reminders.preferences,
    "/mail": mailbox.begin,
    "邮箱": mailbox.begin,
    "/staff": staff.desk,
    "处室": staff.desk,
    "/cancel": cancel,
    "取消": cancel,
}
"""A message that is exactly one of these (or begins with the slash word) goes to its handler."""

WITH_ARGUMENTS = frozenset({"登记", "登记研修班", "加入", "关联", "处室", "邮箱"})
"""Commands in words that something may follow: 登记 示范班 6月10到13日."""

CHOICES: dict[str, Callable[[Context, ChoiceToken], Awaitable[Reply]]] = {
    "say": ask_starter,
    "up": rate,
    "down": rate,
    "why": why,
    "kind": choose,
    "topic": choose,
    "leave": leave,
    "withdraw": withdraw,
    "reg": registering.press,
    "mine": seminars.mine,
    "seminar": seminars.show,
    "check": seminars.check,
    "pledge": seminars.pledge,
    "remove": seminars.remove,
    "restore": seminars.restore,
    "list": checklist.show,
    "next": checklist.upcoming,
    "item": checklist.item,
    "mark": checklist.mark,
    "how": checklist.press,
    "detail": details.ask,
    "change": changing.choose,
    "docs": documents.choose,
    "link": documents.link,
    "team": team.show,
    "invite": team.invite,
    "member": team.member,
    "new": changing.press,
    "files": uploads.files,
    "upload": uploads.show,
    "put": uploads.put,
    "snooze": reminders.snooze,
    "prefer": reminders.preferences,
    "reminded": seminar_reminders.show,
    "quiet": seminar_reminders.quiet,
    "mail": mailbox.press,
    "staff": staff.press,
}


@dataclass(frozen=True)
class Router:
    services: ConversationServices

    async def __call__(self, incoming: Incoming, now: datetime) -> tuple[Reply, ...]:
        context = Context(incoming, now, self.services)
        try:
            reply = await self._route(context)
        except TooManyTries:
            reply = declined(texts.TOO_MANY_TRIES)
        except AccessRefused as refused:
            return (refused.reply,)
        return (_heard(incoming, reply),)

    async def _route(self, context: Context) -> Reply:
        incoming = context.incoming
        if incoming.unsupported:
            return await unsupported(context)
        if incoming.file is not None:
            return await uploads.received(context)
        if incoming.choice is not None:
            return await _choice(context, incoming.choice)
        command = COMMANDS.get(_command_word(incoming.text))
        if command:
            return await command(context)
        flow = await context.flow()
        reply = await FLOWS[flow.name](context, flow) if flow and flow.name in FLOWS else None
        if reply is None:
            reply = await ask(context, incoming.text)
            reply = reply.model_copy(update={"text": f"{reply.text}\n{texts.STILL_OPEN}"}) if flow else reply
        return reply


def _heard(incoming: Incoming, reply: Reply) -> Reply:
    """What speech recognition understood stands first, so that a slip of it shows."""
    if not incoming.spoken:
        return reply
    return reply.model_copy(update={"text": f"{channel_texts.HEARD.format(text=incoming.text[:60])}\n{reply.text}"})


def _command_word(text: str) -> str:
    stripped = text.strip().rstrip("?？!！。")
    first = stripped.split()[0] if stripped else ""
    return first.lower() if stripped.startswith("/") or first in WITH_ARGUMENTS else stripped


async def _choice(context: Context, pressed: str) -> Reply:
    token = ChoiceToken.parse(pressed)
    handler = CHOICES.get(token.name) if token else None
    return await handler(context, token) if handler and token else EXPIRED
