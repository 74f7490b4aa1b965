"""Signatures and encryption of callbacks: the vendor's documented vectors, and a second implementation."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
import xmltodict
from hypothesis import given
from hypothesis import strategies as st
from werobot.crypto import MessageCrypt

from bot.channels.tencent.signed_callbacks import CallbackRefused, Keys, Signed, decoded_key, parse_xml, text_of, to_xml
from tests.support.fake_wechat import AES_KEY, APP_ID, TOKEN

NOW = datetime(2025, 4, 15, 2, 0, tzinfo=UTC)
VENDOR = Keys("QDG6eK", "wx5823bf96d3bd56c7", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C")
"""The keys of the example in WeCom's documentation on receiving messages."""
ECHO = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=="
MESSAGE = (
    "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/s"
    "YYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJ"
    "YuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGU"
    "callcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDY"
    "A5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q=="
)
KEYS = Keys(TOKEN, APP_ID, AES_KEY)
letters = st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
words = st.text(letters, max_size=300)


def test_the_vendors_verification_example_is_read() -> None:
    signed = Signed("5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3", "1409659589", "263014780")
    VENDOR.check(signed, datetime.fromtimestamp(1409659600, UTC), ECHO)
    assert VENDOR.decrypt(ECHO) == "1616140317555161061"


def test_the_vendors_message_example_is_read() -> None:
    signed = Signed("477715d11cdb4164915debcba66cb864d751f3e6", "1409659813", "1372623149")
    VENDOR.check(signed, datetime.fromtimestamp(1409659813, UTC), MESSAGE)
    xml = parse_xml(VENDOR.decrypt(MESSAGE))
    assert (text_of(xml, "FromUserName"), text_of(xml, "Content"), text_of(xml, "AgentID")) == (
        "mycreate",
        "hello",
        "218",
    )


@given(words)
def test_what_is_encrypted_here_a_second_implementation_decrypts(text: str) -> None:
    sealed = xmltodict.parse(KEYS.encrypt(to_xml({"Content": text}), NOW))["xml"]
    other = MessageCrypt(TOKEN, AES_KEY, APP_ID)
    plain = other.decrypt_message(sealed["TimeStamp"], sealed["Nonce"], sealed["MsgSignature"], sealed["Encrypt"])
    assert (xmltodict.parse(plain, strip_whitespace=False)["xml"]["Content"] or "") == text


@given(words)
def test_what_a_second_implementation_encrypts_is_decrypted_here(text: str) -> None:
    sealed = xmltodict.parse(MessageCrypt(TOKEN, AES_KEY, APP_ID).encrypt_message(text, "1744682400", "n"))["xml"]
    KEYS.check(Signed(sealed["MsgSignature"], "1744682400", "n"), NOW, sealed["Encrypt"])
    assert KEYS.decrypt(sealed["Encrypt"]) == text


@given(st.dictionaries(st.from_regex(r"[A-Za-z]{1,12}", fullmatch=True), words, max_size=5))
def test_fields_come_back_from_xml_as_they_were(fields: dict[str, str]) -> None:
    if fields:
        raw = xmltodict.parse(to_xml(fields), strip_whitespace=False)["xml"]
        assert {name: value or "" for name, value in raw.items()} == fields


def test_what_xml_cannot_hold_is_left_out() -> None:
    assert text_of(parse_xml(to_xml({"a": "x\x00\x0b]]>\ud800y"})), "a") == "x]]>y"


@given(st.text(max_size=80) | st.binary(max_size=80))
def test_nothing_but_ciphertext_is_decrypted(sent: str | bytes) -> None:
    with pytest.raises(CallbackRefused):
        KEYS.decrypt(sent.decode("latin-1") if isinstance(sent, bytes) else sent)


def test_a_message_for_another_account_is_refused() -> None:
    sealed = xmltodict.parse(MessageCrypt(TOKEN, AES_KEY, "somebody else").encrypt_message("x", "1", "n"))["xml"]
    with pytest.raises(CallbackRefused, match="somebody else"):
        KEYS.decrypt(sealed["Encrypt"])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"<xml>",
        b"<a/>",
        b"<xml>text</xml>",
        b"\xff\xfe\x00",
        b'<!DOCTYPE x [<!ENTITY a "b">]><xml><a>&a;</a></xml>',
        b'<!DOCTYPE x SYSTEM "http://example.invalid/x.dtd"><xml><a>1</a></xml>',
        b"<xml>" + b"<a>" * 100_000,
    ],
)
def test_what_is_no_message_is_refused(body: bytes) -> None:
    with pytest.raises(CallbackRefused) as refused:
        parse_xml(body)
    assert refused.value.status == 400


@pytest.mark.parametrize("key", ["", "short", "a" * 42 + "=", "钥" * 43, "a" * 44])
def test_a_wrong_key_is_named_with_its_length(key: str) -> None:
    with pytest.raises(ValueError, match=f"现在是{len(key)}位"):
        decoded_key(key)


@pytest.mark.parametrize("stamp", ["", "x", "-1", "９", "1" * 30, "0", "1744682100"])
def test_a_time_stamp_must_be_one_and_of_now(stamp: str) -> None:
    import hashlib

    signature = hashlib.sha1("".join(sorted([TOKEN, stamp, "n"])).encode()).hexdigest()
    with pytest.raises(CallbackRefused, match="time stamp"):
        KEYS.check(Signed(signature, stamp, "n"), datetime.fromtimestamp(1744682401, UTC))


def test_unclosed_sections_cost_no_time() -> None:
    body = b"<xml>" + b"<![CDATA[" * 28_000
    began = time.perf_counter()
    with pytest.raises(CallbackRefused):
        parse_xml(body)
    assert time.perf_counter() - began < 0.5  # it was minutes once
