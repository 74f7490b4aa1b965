"""Sending replies: retries in place, errors told apart, one chat never waits for another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from itertools import count

from telegram import Bot, InlineKeyboardMarkup, LinkPreviewOptions, ReplyParameters
from telegram.constants import ChatAction, ParseMode
from telegram.error import TelegramError

from bot.channels.base import AddressMoved, SendError, TemporarySendError, UncertainSendError
from bot.channels.telegram.errors import MessageRefused, classify, is_markup_error
from bot.channels.telegram.rendering import RenderedPart, keyboard, parts
from bot.channels.telegram.timing import Patience, Timing
from bot.channels.telegram.updates import NAME, Target
from bot.documents.service import FetchFile, File
from handlers.domain.messages import Address, Attachment, Reply
from handlers.texts import conversation as texts

_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


@dataclass(frozen=True)
class _Message:
    part: RenderedPart
    buttons: InlineKeyboardMarkup | None = None
    formatted: bool = True
    file: File | None = None


MAX_DOCUMENT_BYTES = 50 * 1024 * 1024
"""The largest file the Bot API takes from a bot."""


class TelegramSender:
    def __init__(self, bot: Bot, timing: Timing, fetch: FetchFile) -> None:
        self._bot = bot
        self._timing = timing
        self._fetch = fetch

    async def answer(self, target: Target, replies: tuple[Reply, ...]) -> None:
        """In a group its first message replies to the asker's; a group that has moved is followed. Raises SendError."""
        for message in [message for reply in replies for message in _messages(reply)]:
            try:
                await self._deliver(target, message, self._timing.answer)
            except AddressMoved as moved:
                target = Target(moved.new_id)
                await self._deliver(target, message, self._timing.answer)
            target = replace(target, reply_to=None)
        for attachment in [attachment for reply in replies for attachment in reply.files]:
            await self._deliver(target, await self._document(target, attachment), self._timing.answer)

    async def push(self, chat_id: str, reply: Reply) -> None:
        for message in _messages(reply):
            await self._deliver(Target(chat_id), message, self._timing.push)

    @asynccontextmanager
    async def typing(self, target: Target) -> AsyncIterator[None]:
        task = asyncio.create_task(self._keep_typing(target))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _keep_typing(self, target: Target) -> None:
        await asyncio.sleep(self._timing.typing_after)
        while True:
            with suppress(TelegramError):
                await self._bot.send_chat_action(target.chat_id, ChatAction.TYPING, message_thread_id=target.thread_id)
            await asyncio.sleep(self._timing.typing_every)

    async def _document(self, target: Target, attachment: Attachment) -> _Message:
        file = await self._fetch(Address(channel=NAME, id=target.chat_id), attachment.token)
        if file and len(file.data) > MAX_DOCUMENT_BYTES:
            return _Message(RenderedPart(texts.FILE_TOO_BIG_HERE))
        return _Message(RenderedPart(""), file=file) if file else _Message(RenderedPart(texts.FILE_UNAVAILABLE))

    async def _deliver(self, target: Target, message: _Message, patience: Patience) -> None:
        for attempt in count():
            try:
                await self._send(target, message)
                return
            except TelegramError as exc:
                error = classify(exc, self._bot.token)
            if is_markup_error(error) and message.formatted:
                message = replace(message, formatted=False)
            else:
                await _wait_or_raise(error, attempt, patience)

    async def _send(self, target: Target, message: _Message) -> None:
        if message.file:
            await self._bot.send_document(
                target.chat_id,
                message.file.data,
                filename=message.file.name,
                message_thread_id=target.thread_id,
            )
            return
        formatted = message.formatted and bool(message.part.quoted)
        await self._bot.send_message(
            target.chat_id,
            message.part.markup if formatted else message.part.plain,
            parse_mode=ParseMode.HTML if formatted else None,
            link_preview_options=_NO_PREVIEW,
            reply_markup=message.buttons,
            reply_parameters=_reply_parameters(target),
            message_thread_id=target.thread_id,
        )


def _reply_parameters(target: Target) -> ReplyParameters | None:
    """Which message this one answers; sent all the same when that one has been deleted."""
    if target.reply_to is None:
        return None
    return ReplyParameters(target.reply_to, allow_sending_without_reply=True)


async def _wait_or_raise(error: SendError, attempt: int, patience: Patience) -> None:
    if not isinstance(error, TemporarySendError) or isinstance(error, MessageRefused):
        raise error
    if isinstance(error, UncertainSendError) and not patience.repeats:
        raise error
    pause = patience.pause(attempt) if error.retry_after is None else error.retry_after
    if attempt + 1 >= patience.attempts or pause > patience.longest_wait:
        raise error
    await asyncio.sleep(pause)


def _messages(reply: Reply) -> list[_Message]:
    messages = [_Message(part) for part in parts(reply)]
    if messages:
        messages[-1] = replace(messages[-1], buttons=keyboard(reply))
    return messages
