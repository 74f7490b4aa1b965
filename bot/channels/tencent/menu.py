"""The menu below the chats of WeChat and WeCom: common questions, one's seminars, help."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.channels.base import Diagnosis
from handlers.domain.messages import MAX_TOKEN_BYTES, Address, Incoming
from handlers.texts import channel_setup as setup_texts
from handlers.texts import channels as channel_texts
from handlers.texts import conversation as texts

QUESTIONS = 5
"""Most entries below one button."""
LONGEST_ENTRY = 60
"""Longest name of an entry, in UTF-8 bytes."""


def menu() -> dict[str, Any]:
    """The menu as both platforms take it; each entry's key is a command or the token of a choice."""
    asked = [(question, f"say:{number}") for number, question in enumerate(texts.STARTERS[:QUESTIONS])]
    groups = ((channel_texts.MENU_QUESTIONS, asked), *channel_texts.MENU)
    return {"button": [{"name": name, "sub_button": [_entry(*one) for one in entries]} for name, entries in groups]}


def keys_of(found: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(_keys(found.get("button", [])))


def menu_diagnosis(found: Mapping[str, Any]) -> Diagnosis:
    """Whether what a platform gives back is the menu as it should be."""
    outdated = keys_of(menu()) - keys_of(found)
    return Diagnosis(setup_texts.MENU, setup_texts.MENU_OUTDATED if outdated else "")


def pressed(address: Address, message_id: str, key: str) -> Incoming:
    if ":" in key and len(key.encode()) <= MAX_TOKEN_BYTES:
        return Incoming(address=address, message_id=message_id, choice=key)
    return Incoming(address=address, message_id=message_id, text=key)


def _keys(buttons: Sequence[Mapping[str, Any]]) -> list[str]:
    below = [button.get("sub_button") or [] for button in buttons]
    lists = [one["list"] if isinstance(one, Mapping) else one for one in below]
    own = [str(button["key"]) for button in buttons if button.get("key")]
    return own + [key for entries in lists for key in _keys(entries)]


def _entry(name: str, key: str) -> dict[str, str]:
    fitting = name.encode()[:LONGEST_ENTRY].decode(errors="ignore")
    return {"type": "click", "name": fitting, "key": key}
