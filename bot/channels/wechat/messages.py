"""What WeChat delivers, as the messages a conversation understands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.channels.tencent.menu import pressed
from bot.channels.tencent.signed_callbacks import Xml, text_of
from bot.storage.channels.quotas import QuotaGrant
from handlers.domain.messages import Address, Incoming, SentFile
from handlers.texts import channels as channel_texts

NAME = "wechat"
WINDOW = "window"
"""The allowance of messages that an account may send by itself."""
AFTER_MESSAGE, MESSAGE_LASTS = 5, timedelta(hours=48)
AFTER_ACTION, ACTION_LASTS = 3, timedelta(minutes=1)
"""After a menu click, a subscription or a scan."""
KINDS = {"shortvideo": "video"}


@dataclass(frozen=True, slots=True)
class Delivered:
    """What is said, if anything; what its coming allows; `job` and `status` of a template message that has ended."""

    sender: str
    account: str
    incoming: Incoming | None = None
    grant: QuotaGrant | None = None
    only_if_expired: bool = False
    left: bool = False
    job: str = ""
    status: str = ""


def read(xml: Xml, now: datetime) -> Delivered:
    sender, account = text_of(xml, "FromUserName"), text_of(xml, "ToUserName")
    kind = text_of(xml, "MsgType").lower()
    if not sender or not kind:
        return Delivered(sender, account)
    if kind == "event":
        return _event(xml, sender, account, now)
    grant = QuotaGrant(WINDOW, AFTER_MESSAGE, now + MESSAGE_LASTS)
    return Delivered(sender, account, _message(xml, kind, sender), grant)


def _event(xml: Xml, sender: str, account: str, now: datetime) -> Delivered:
    event, key = text_of(xml, "Event").lower(), text_of(xml, "EventKey")
    if event == "unsubscribe":
        return Delivered(sender, account, left=True)
    if event == "templatesendjobfinish":
        return Delivered(sender, account, job=text_of(xml, "MsgID"), status=text_of(xml, "Status"))
    said = {"subscribe": "/start", "scan": "/start"}.get(event, key if event == "click" else "")
    if not said:
        return Delivered(sender, account)
    grant = QuotaGrant(WINDOW, AFTER_ACTION, now + ACTION_LASTS)
    incoming = pressed(Address(channel=NAME, id=sender), f"{text_of(xml, 'CreateTime')}.{event}.{key}"[:200], said)
    return Delivered(sender, account, incoming, grant, only_if_expired=True)


def _message(xml: Xml, kind: str, sender: str) -> Incoming:
    address = Address(channel=NAME, id=sender)
    message_id = text_of(xml, "MsgId") or f"{text_of(xml, 'CreateTime')}.{kind}"
    heard = text_of(xml, "Recognition").strip().rstrip("。")
    if kind == "text":
        return Incoming(address=address, message_id=message_id, text=text_of(xml, "Content"))
    if kind == "voice" and heard:
        return Incoming(address=address, message_id=message_id, text=heard, spoken=True)
    if kind == "image" and text_of(xml, "MediaId"):
        file = SentFile(name=f"{channel_texts.PHOTO}.jpg", ref=text_of(xml, "MediaId"))
        return Incoming(address=address, message_id=message_id, text=f"📎 {file.name}", file=file)
    return Incoming(address=address, message_id=message_id, unsupported=KINDS.get(kind, kind))
