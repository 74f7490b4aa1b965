"""`yanxiu chat --json`: the whole conversation for programs, one JSON object a line in and one out."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from bot.channels.terminal import NAME, read_at_most
from bot.cli import texts
from bot.clock import SHANGHAI, system_clock
from bot.core import Core
from bot.files.inspection import MAX_BYTES
from handlers.domain.citations import plain
from handlers.domain.messages import Address, Incoming, Reply

TEN = time(10)


class Line(BaseModel):
    """What a person says, the token of the choice they press, or the file they send. `as_of` holds from then on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    user: str = "local"
    as_of: date | None = None
    say: str | None = None
    press: str | None = None
    file: Path | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Line:
        if sum(part is not None for part in (self.say, self.press, self.file)) != 1:
            raise ValueError("say, press or file")
        return self


@dataclass
class SetClock:
    """Ten o'clock in Shanghai of the day that was set; the system's time as long as none was."""

    day: date | None = None

    def __call__(self) -> datetime:
        return datetime.combine(self.day, TEN, SHANGHAI) if self.day else system_clock()


@dataclass(kw_only=True)
class JsonChat:
    core: Core
    clock: SetClock
    read: Callable[[], str]
    """Blocks for a line and returns "" at the end; it runs in a thread."""
    write: Callable[[str], None]

    async def run(self) -> bool:
        """Until the end of input; False where a line could not be read."""
        number, good = 0, True
        while line := await asyncio.to_thread(self.read):
            number += 1
            if not line.strip():
                continue
            try:
                row = await self._answered(Line.model_validate_json(line))
            except (ValidationError, OSError) as error:
                good, row = False, {"line": number, "error": texts.LINE_UNREADABLE.format(number=number, reason=error)}
            self.write(json.dumps(row, ensure_ascii=False))
        return good

    async def _answered(self, line: Line) -> dict[str, Any]:
        self.clock.day = line.as_of or self.clock.day
        address = Address(channel=NAME, id=line.user)
        incoming = Incoming(address=address, message_id=uuid.uuid4().hex, text=line.say or "", choice=line.press)
        if line.file is not None:
            data = await asyncio.to_thread(read_at_most, line.file, MAX_BYTES + 1)
            sent = await self.core.files.receive(address, line.file.name, data)
            incoming = incoming.model_copy(update={"file": sent})
        return joined(await self.core.dispatch(incoming))


def joined(replies: Sequence[Reply]) -> dict[str, Any]:
    """Several replies to one message as one; the status is the last one's."""
    citations = [citation for reply in replies for citation in reply.citations]
    return {
        "text": "\n\n".join(plain(reply) for reply in replies),
        "status": replies[-1].status if replies else None,
        "choices": [choice.model_dump(include={"label", "token"}) for reply in replies for choice in reply.choices],
        "citations": [one.model_dump(include={"notice", "plan_year", "clause", "quote"}) for one in citations],
        "files": [file.model_dump() for reply in replies for file in reply.files],
    }
