"""Callbacks of WeChat and WeCom: who signed them, when, what they say; answers encrypted the same way."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from xml.parsers.expat import ExpatError

import xmltodict
from wechatpy.crypto import PrpCrypto
from wechatpy.exceptions import InvalidAppIdException

from handlers.texts import channel_setup as setup_texts

MAX_BODY_BYTES = 256 * 1024
AES_KEY_LENGTH = 43
CLOCK_SKEW_SECONDS = 300
"""A callback whose time stamp is further off than this is not taken."""

Xml = Mapping[str, object]
_CDATA, _END = "<![CDATA[", "]]>"


class CallbackRefused(Exception):
    """Not from the platform, too old, or not what it sends; `status` is the HTTP status it is answered with."""

    def __init__(self, reason: str, status: int = 403) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True, slots=True)
class Signed:
    signature: str
    timestamp: str
    nonce: str

    @classmethod
    def of(cls, query: Mapping[str, str], name: str) -> Signed:
        """From the query; `name` is what the signature is called there."""
        return cls(query.get(name, ""), query.get("timestamp", ""), query.get("nonce", ""))


@dataclass(frozen=True)
class Keys:
    """The secrets agreed with the platform; `owner` is the appid or corpid. Raises ValueError for a wrong key."""

    token: str
    owner: str
    aes_key: str = ""
    _cipher_key: bytes = field(init=False, default=b"", repr=False)

    def __post_init__(self) -> None:
        if self.aes_key:
            object.__setattr__(self, "_cipher_key", decoded_key(self.aes_key))

    def check(self, signed: Signed, now: datetime, encrypted: str | None = None) -> None:
        """Raises CallbackRefused where the signature is wrong or the time stamp too far off."""
        parts = [self.token, signed.timestamp, signed.nonce, *([encrypted] if encrypted is not None else [])]
        if not hmac.compare_digest(_digest(parts).encode(), signed.signature.encode(errors="replace")):
            raise CallbackRefused("wrong signature")
        if not signed.timestamp.isascii() or not signed.timestamp.isdecimal() or len(signed.timestamp) > 12:
            raise CallbackRefused("no time stamp")
        if abs(now.timestamp() - int(signed.timestamp)) > CLOCK_SKEW_SECONDS:
            raise CallbackRefused("stale time stamp")

    def decrypt(self, encrypted: str) -> str:
        """The plain text. Raises CallbackRefused where it was not encrypted with this key for this owner."""
        try:
            plain: str = PrpCrypto(self._cipher_key).decrypt(encrypted, self.owner)
        except InvalidAppIdException:
            raise CallbackRefused("encrypted for somebody else") from None
        except (ValueError, IndexError, binascii.Error, UnicodeDecodeError, OverflowError) as error:
            raise CallbackRefused("cannot be decrypted") from error
        except Exception as error:  # the library raises what its parts raise
            raise CallbackRefused("cannot be decrypted") from error
        return plain

    def opened(self, query: Mapping[str, str], body: bytes, now: datetime) -> tuple[Signed, Xml]:
        """What an encrypted callback says, its signature checked first. Raises CallbackRefused."""
        encrypted, signed = text_of(parse_xml(body), "Encrypt"), Signed.of(query, "msg_signature")
        self.check(signed, now, encrypted)
        return signed, parse_xml(self.decrypt(encrypted))

    def encrypt(self, plain: str, now: datetime) -> str:
        """A reply as the platform takes it in safe mode."""
        encrypted = PrpCrypto(self._cipher_key).encrypt(plain, self.owner).decode()
        timestamp, nonce = str(int(now.timestamp())), secrets.token_hex(8)
        signature = _digest([self.token, timestamp, nonce, encrypted])
        reply = {"Encrypt": encrypted, "MsgSignature": signature, "TimeStamp": timestamp, "Nonce": nonce}
        return to_xml(reply)


def decoded_key(aes_key: str) -> bytes:
    """The AES key behind an EncodingAESKey. Raises ValueError, in words for whoever has set it."""
    if len(aes_key) != AES_KEY_LENGTH or not aes_key.isascii() or not aes_key.isalnum():
        raise ValueError(setup_texts.AES_KEY_LENGTH.format(wanted=AES_KEY_LENGTH, found=len(aes_key)))
    return base64.b64decode(f"{aes_key}=")


def parse_xml(body: bytes | str) -> Xml:
    """The elements below `<xml>`. Raises CallbackRefused (400) for anything else; entities are never expanded."""
    try:
        text = body.decode() if isinstance(body, bytes) else body
        if _declares(text):
            raise CallbackRefused("markup declarations", 400)
        found = xmltodict.parse(text).get("xml")
    except (ExpatError, ValueError, RecursionError) as error:
        raise CallbackRefused("not XML", 400) from error
    if not isinstance(found, dict):
        raise CallbackRefused("not a message", 400)
    return found


def _declares(text: str) -> bool:
    """Whether anything but well-formed CDATA sections begins with `<!`; linear in the length of the text."""
    at = text.find("<!")
    while at >= 0:
        end = text.find(_END, at) if text.startswith(_CDATA, at) else -1
        if end < 0:
            return True
        at = text.find("<!", end)
    return False


_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def to_xml(fields: Mapping[str, str]) -> str:
    lines = [f"<{name}><![CDATA[{_uncut(value)}]]></{name}>" for name, value in fields.items()]
    return "<xml>" + "".join(lines) + "</xml>"


def text_of(xml: Xml, name: str) -> str:
    """One element's text; empty where it is missing or something else."""
    value = xml.get(name)
    return value if isinstance(value, str) else ""


def body_digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _uncut(value: str) -> str:
    """Without what XML cannot hold, and with the end of a CDATA section taken apart."""
    return _NOT_XML.sub("", value).replace("]]>", "]]]]><![CDATA[>")


def _digest(parts: list[str]) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode(errors="replace"), usedforsecurity=False).hexdigest()
