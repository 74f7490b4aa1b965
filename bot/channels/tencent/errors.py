"""What becomes of a refused call: an error for the sender, a word to staff."""

from __future__ import annotations

from dataclasses import dataclass

from bot.channels.base import SendError
from bot.channels.services import ChannelServices


@dataclass(frozen=True, slots=True)
class ErrorMeaning:
    """The error for the sender, and what staff should know; empty where it is nobody's business."""

    error: SendError
    for_staff: str = ""

    async def tell_staff(self, services: ChannelServices, channel: str, kind: str) -> None:
        if self.for_staff:
            await services.incidents.note(channel, kind, self.for_staff, services.clock())
