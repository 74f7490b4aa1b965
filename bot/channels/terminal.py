"""The terminal as a channel: a line in, the answer out, choices by number."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from bot.channels.base import Dispatch
from bot.documents.service import FetchFile
from bot.files.inspection import MAX_BYTES
from bot.files.service import ReceiveFile
from handlers.domain.citations import plain
from handlers.domain.messages import Address, Attachment, Choice, Incoming, Notification, Reply
from handlers.texts import channels as channel_texts
from handlers.texts import conversation as texts

NAME = "terminal"
ADDRESS = Address(channel=NAME, id="local")
SEND = "/file"


@dataclass(eq=False)
class TerminalChannel:
    name: ClassVar[str] = NAME

    dispatch: Dispatch
    read: Callable[[str], str]
    """Blocks for a line and raises EOFError at its end; it runs in a thread."""
    write: Callable[[str], None]
    fetch: FetchFile
    receive: ReceiveFile
    folder: Path = Path()
    _choices: tuple[Choice, ...] = field(default=(), init=False)
    _question_id: int | None = field(default=None, init=False)

    async def run(self) -> None:
        await self._say(Incoming(address=ADDRESS, message_id=uuid.uuid4().hex, text="/start"))
        while True:
            try:
                line = (await asyncio.to_thread(self.read, channel_texts.TERMINAL_PROMPT)).strip()
            except EOFError:
                return
            if line.lower() in channel_texts.TERMINAL_FAREWELLS:
                return
            sends = line.split(maxsplit=1)
            if sends[:1] == [SEND] and len(sends) > 1:
                await self._send(sends[1])
            else:
                await self._say(self._incoming(line))

    async def push(self, address_id: str, notification: Notification) -> None:
        self._show(notification.reply)

    def _incoming(self, line: str) -> Incoming:
        token = self._token(line)
        return Incoming(address=ADDRESS, message_id=uuid.uuid4().hex, text=line, choice=token)

    def _token(self, line: str) -> str | None:
        if line.isdecimal() and 1 <= int(line) <= len(self._choices):
            return self._choices[int(line) - 1].token
        name = {"+": "up", "-": "down", "?": "why", "？": "why"}.get(line)
        return f"{name}:{self._question_id}" if name and self._question_id else None

    async def _send(self, name: str) -> None:
        path = Path(name)
        try:
            data = await asyncio.to_thread(read_at_most, path, MAX_BYTES + 1)
        except OSError as error:
            self.write(channel_texts.TERMINAL_UNREADABLE.format(name=name, reason=error.strerror))
            return
        sent = await self.receive(ADDRESS, path.name, data)
        await self._say(Incoming(address=ADDRESS, message_id=uuid.uuid4().hex, text=f"📎 {path.name}", file=sent))

    async def _say(self, incoming: Incoming) -> None:
        for reply in await self.dispatch(incoming):
            self._show(reply)
            for attachment in reply.files:
                await self._save(attachment)

    async def _save(self, attachment: Attachment) -> None:
        file = await self.fetch(ADDRESS, attachment.token)
        if file is None:
            self.write(texts.FILE_UNAVAILABLE)
            return
        path = self.folder / file.name
        try:
            await asyncio.to_thread(path.write_bytes, file.data)
        except OSError as error:
            self.write(channel_texts.TERMINAL_UNWRITABLE.format(path=path, reason=error.strerror))
        else:
            self.write(channel_texts.TERMINAL_SAVED.format(path=path.resolve()))

    def _show(self, reply: Reply) -> None:
        self.write(plain(reply))
        if reply.choices or reply.question_id:
            self._choices = reply.choices
        for number, choice in enumerate(reply.choices, start=1):
            self.write(f"  {number}. {choice.label}")
        if reply.question_id:
            self._question_id = reply.question_id
            self.write(channel_texts.TERMINAL_EXTRAS)
        self.write("")


def read_at_most(path: Path, size: int) -> bytes:
    with path.expanduser().open("rb") as file:
        return file.read(size)
