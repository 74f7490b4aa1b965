"""Fetching a file that somebody sent through Telegram."""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from telegram import Bot, Message
from telegram.error import BadRequest, TelegramError

from bot.channels.telegram.secrecy import redacted
from bot.files.inspection import MAX_BYTES, BadFile, too_large
from handlers.texts import channels as channel_texts

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class SentThrough:
    """`size` in bytes, 0 where Telegram does not say."""

    file_id: str
    name: str
    size: int


def file_in(message: Message) -> SentThrough | None:
    if message.document is not None:
        document = message.document
        return SentThrough(document.file_id, document.file_name or channel_texts.PHOTO, document.file_size or 0)
    if message.photo:
        photo = message.photo[-1]
        return SentThrough(photo.file_id, f"{message.caption or channel_texts.PHOTO}.jpg", photo.file_size or 0)
    return None


async def download(bot: Bot, sent: SentThrough) -> bytes:
    """Its content. Raises BadFile, with a sentence for the sender, where it is too large or cannot be had."""
    if sent.size > MAX_BYTES:
        raise too_large(sent.size)
    try:
        file = await bot.get_file(sent.file_id)
        return bytes(await file.download_as_bytearray())
    except TelegramError as exc:
        _log.warning("没能取到一个文件", reason=redacted(exc.message, bot.token))
        if isinstance(exc, BadRequest) and "too big" in exc.message.lower():
            raise too_large(MAX_BYTES + 1) from None
        raise BadFile(channel_texts.TELEGRAM_NOT_FETCHED) from None
