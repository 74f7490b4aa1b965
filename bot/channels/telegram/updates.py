"""Telegram updates as the messages a conversation understands."""

from __future__ import annotations

import re
from dataclasses import dataclass

from telegram import CallbackQuery, Message, MessageEntity, Update, User
from telegram.constants import ChatType

from bot.channels.telegram.downloads import SentThrough, file_in
from handlers.domain.messages import MAX_TOKEN_BYTES, Address, Incoming, SentFile

NAME = "telegram"
ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
BARE_MENTION = "/help"
"""What a mention of the bot without any words stands for."""

_UNSUPPORTED = (
    *("animation", "live_photo", "sticker", "voice", "audio", "video", "video_note"),
    *("venue", "location", "contact", "poll", "dice", "story", "game", "paid_media", "invoice", "checklist"),
)
_COMMAND = re.compile(r"(/\w+)@(\w+)")
_GROUPS = (ChatType.GROUP, ChatType.SUPERGROUP)


@dataclass(frozen=True)
class Target:
    chat_id: str
    reply_to: int | None = None
    thread_id: int | None = None


@dataclass(frozen=True)
class Asked:
    incoming: Incoming
    target: Target
    sent: SentThrough | None = None
    """A file that is still to be fetched; `incoming.file` has its name only."""


def read_update(update: Update, me: User) -> Asked | None:
    if update.callback_query is not None:
        return _read_press(update.callback_query)
    if update.message is not None:
        return _read_message(update.message, me, edited=False)
    if update.edited_message is not None:
        return _read_message(update.edited_message, me, edited=True)
    return None


def _read_press(query: CallbackQuery) -> Asked | None:
    message = query.message
    if message is None or not query.data or len(query.data.encode()) > MAX_TOKEN_BYTES:
        return None
    chat_id = str(message.chat.id)
    incoming = Incoming(address=Address(channel=NAME, id=chat_id), message_id=f"cb:{query.id}", choice=query.data)
    grouped = message.chat.type in _GROUPS
    thread_id = _thread(message) if isinstance(message, Message) else None
    return Asked(incoming, Target(chat_id, message.message_id if grouped else None, thread_id))


def _read_message(message: Message, me: User, *, edited: bool) -> Asked | None:
    if message.chat.type not in (ChatType.PRIVATE, *_GROUPS) or _from_machine(message):
        return None
    grouped = message.chat.type in _GROUPS
    if grouped and not _addressed(message, me):
        return None
    incoming = _incoming(message, me, edited=edited)
    if incoming is None:
        return None
    reply_to = message.message_id if grouped else None
    sent = file_in(message) if incoming.file else None
    return Asked(incoming, Target(incoming.address.id, reply_to, _thread(message)), sent)


def _incoming(message: Message, me: User, *, edited: bool) -> Incoming | None:
    address = Address(channel=NAME, id=str(message.chat.id))
    if message.text is not None:
        text = _own_words(message, me)
        return Incoming(address=address, message_id=_message_id(message, edited), text=text)
    sent = None if edited or message.animation else file_in(message)
    if sent is not None:
        named = SentFile(name=sent.name)
        return Incoming(address=address, message_id=str(message.message_id), text=f"📎 {sent.name}", file=named)
    kind = next((kind for kind in _UNSUPPORTED if getattr(message, kind, None)), None)
    if kind is None or edited:
        return None
    return Incoming(address=address, message_id=_message_id(message, edited), unsupported=kind)


def _message_id(message: Message, edited: bool) -> str:
    """One id per version of a message; the videos of one album share theirs."""
    if edited and message.edit_date is not None:
        return f"{message.message_id}.e{int(message.edit_date.timestamp())}"
    if message.media_group_id:
        return f"album:{message.media_group_id}"
    return str(message.message_id)


def _from_machine(message: Message) -> bool:
    """Sent by another bot or forwarded from a channel; an anonymous group admin is a person."""
    if message.sender_chat is not None:
        return bool(message.is_automatic_forward) or message.sender_chat.id != message.chat.id
    return message.from_user is None or message.from_user.is_bot


def _addressed(message: Message, me: User) -> bool:
    """In a group: a command, a reply to the bot, or a mention of it."""
    command = _COMMAND.match(message.text or "")
    if command is not None:
        return command[2].lower() == (me.username or "").lower()
    if (message.text or "").startswith("/"):
        return True
    replied = message.reply_to_message
    if replied is not None and replied.from_user is not None and replied.from_user.id == me.id:
        return True
    return bool(_mentions(message, me))


def _mentions(message: Message, me: User) -> list[MessageEntity]:
    entities = message.entities if message.text is not None else message.caption_entities
    return [entity for entity in entities if _names(entity, _units(message), me)]


def _names(entity: MessageEntity, units: bytes, me: User) -> bool:
    if entity.type == MessageEntity.TEXT_MENTION:
        return entity.user is not None and entity.user.id == me.id
    if entity.type != MessageEntity.MENTION:
        return False
    named = units[entity.offset * 2 : (entity.offset + entity.length) * 2].decode("utf-16-le", "ignore")
    return named.lower() == f"@{me.username}".lower()


def _own_words(message: Message, me: User) -> str:
    mentions = _mentions(message, me)
    if not mentions:
        return _COMMAND.sub(lambda found: _bare_command(found, me), message.text or "", count=1)
    units = _units(message)
    for entity in sorted(mentions, key=lambda e: e.offset, reverse=True):
        units = units[: entity.offset * 2] + units[(entity.offset + entity.length) * 2 :]
    return units.decode("utf-16-le", "ignore").strip() or BARE_MENTION


def _bare_command(found: re.Match[str], me: User) -> str:
    ours = found.start() == 0 and found[2].lower() == (me.username or "").lower()
    return found[1] if ours else found[0]


def _units(message: Message) -> bytes:
    """The text or caption as UTF-16, which entity offsets count in."""
    return (message.text or message.caption or "").encode("utf-16-le", "surrogatepass")


def _thread(message: Message) -> int | None:
    return message.message_thread_id if message.is_topic_message else None
