"""What WeCom delivers, as the messages a conversation understands."""

from __future__ import annotations

from bot.channels.tencent.menu import pressed
from bot.channels.tencent.signed_callbacks import Xml, text_of
from handlers.domain.messages import Address, Incoming, SentFile
from handlers.texts import channels as channel_texts

NAME = "wecom"
PRESSES = frozenset({"click", "template_card_event"})


def read(xml: Xml) -> Incoming | None:
    sender, kind = text_of(xml, "FromUserName"), text_of(xml, "MsgType").lower()
    if not sender or not kind:
        return None
    address = Address(channel=NAME, id=sender)
    return _event(xml, address) if kind == "event" else _message(xml, kind, address)


def left(xml: Xml) -> Address | None:
    gone = text_of(xml, "MsgType").lower() == "event" and text_of(xml, "Event").lower() == "unsubscribe"
    return Address(channel=NAME, id=text_of(xml, "FromUserName")) if gone else None


def _event(xml: Xml, address: Address) -> Incoming | None:
    event, key = text_of(xml, "Event").lower(), text_of(xml, "EventKey")
    message_id = f"{text_of(xml, 'CreateTime')}.{event}.{text_of(xml, 'TaskId')}.{key}"[:300]
    if event == "subscribe":
        return Incoming(address=address, message_id=message_id, text="/start")
    if event not in PRESSES or not key:
        return None
    return pressed(address, message_id, key)


def _message(xml: Xml, kind: str, address: Address) -> Incoming:
    message_id = text_of(xml, "MsgId") or f"{text_of(xml, 'CreateTime')}.{kind}"
    if kind == "text":
        return Incoming(address=address, message_id=message_id, text=text_of(xml, "Content"))
    media = text_of(xml, "MediaId")
    if kind in {"image", "file"} and media:
        name = text_of(xml, "FileName") or text_of(xml, "Title") or f"{channel_texts.PHOTO}.jpg"
        file = SentFile(name=name, ref=media)
        return Incoming(address=address, message_id=message_id, text=f"📎 {name}", file=file)
    return Incoming(address=address, message_id=message_id, unsupported=kind)
