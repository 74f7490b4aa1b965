"""The transcript as the page receives it when it connects."""

from __future__ import annotations

from typing import Any

from bot.web.deps import Deps
from bot.web.ports import CHANNEL, RESET_TEXT, TranscriptTurn
from handlers.domain.messages import Address


def since_reset(turns: tuple[TranscriptTurn, ...]) -> tuple[tuple[TranscriptTurn, ...], bool]:
    """The turns after the last answered /reset, and whether there was one."""
    for index in range(len(turns) - 1, -1, -1):
        turn = turns[index]
        if turn.choice is None and turn.text.strip() == RESET_TEXT and turn.replies:
            return turns[index + 1 :], True
    return turns, False


async def history_frame(deps: Deps, session: str, after: int | None) -> dict[str, Any]:
    """Everything the page has not seen; `reset` tells it to drop what it shows first."""
    turns = await deps.transcript(Address(channel=CHANNEL, id=session), after)
    shown, reset = since_reset(turns)
    seqs = [turn.seq for turn in turns if turn.seq is not None]
    return {
        "type": "history",
        "turns": [turn.model_dump(mode="json") for turn in shown],
        "seq": max(seqs, default=after),
        "reset": reset,
        "welcome": deps.welcome.model_dump(mode="json"),
    }
