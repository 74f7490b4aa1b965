"""The transcript as the page receives it when it connects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.storage.conversations.inbox import Exchange
from bot.web.chat.frames import CHANNEL, RESET_TEXT, turn_frame
from bot.web.deps import Deps
from handlers.domain.messages import Address

MOST_TURNS = 200


def since_reset(exchanges: Sequence[Exchange]) -> tuple[Sequence[Exchange], bool]:
    """Those after the last answered /reset, and whether there was one."""
    for index in range(len(exchanges) - 1, -1, -1):
        one = exchanges[index]
        if one.incoming.choice is None and one.incoming.text.strip() == RESET_TEXT and one.replies:
            return exchanges[index + 1 :], True
    return exchanges, False


async def history_frame(deps: Deps, session: str, after: int | None) -> dict[str, Any]:
    exchanges = await deps.core.inbox.transcript(Address(channel=CHANNEL, id=session), MOST_TURNS, after or 0)
    shown, reset = since_reset(exchanges)
    return {
        "type": "history",
        "turns": [turn_frame(e.incoming, e.replies, e.received_at, e.seq, unasked=e.pushed) for e in shown],
        "seq": max((one.seq for one in exchanges), default=after),
        "reset": reset,
        "welcome": deps.welcome.model_dump(mode="json"),
    }
