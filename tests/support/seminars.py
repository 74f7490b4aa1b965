"""A seminar registered in conversation, and the buttons of its card."""

from __future__ import annotations

from bot.core import Core
from handlers.domain.messages import Reply
from handlers.texts import conversation as texts
from tests.support.application import say


async def press(core: Core, reply: Reply, label: str, who: str = "amy", channel: str = "test") -> Reply:
    """Press the first button whose label begins so."""
    token = next(choice.token for choice in reply.choices if choice.label.startswith(label))
    return await say(core, choice=token, who=who, channel=channel)


async def registered(
    core: Core, words: str = "示范班 6月10到13日 福州 60人 线上20 工作人员6人", who: str = "amy", channel: str = "test"
) -> Reply:
    reply = await say(core, f"/new {words}", who=who, channel=channel)
    while any(choice.label == texts.SKIP_LABEL for choice in reply.choices):
        reply = await press(core, reply, texts.SKIP_LABEL, who, channel)
    return await press(core, reply, texts.SAVE_LABEL, who, channel)


def number_of(card: Reply) -> str:
    return next(choice.token.partition(":")[2] for choice in card.choices if choice.token.startswith("next:"))
