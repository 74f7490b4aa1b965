"""Choices where there are no buttons: numbered in the text, taken by replying with the number."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from handlers.domain.citations import basis
from handlers.domain.messages import Reply
from handlers.texts import channels as channel_texts

LONGEST = 40
"""A message longer than this, in characters, is no choice."""
_NUMBER = re.compile(r"(?:请)?(?:回复|选择|选|第|按)?\s*(\d{1,2}|[A-Za-z]{1,2})\s*(?:个|项|号)?[.。、)）]?")


def blocks(reply: Reply, *, pushed: bool = False) -> list[str]:
    """What is said, each citation, then the choices: each is kept in one piece where the limit allows."""
    cited = [basis((citation,)) for citation in reply.citations]
    return [reply.text, *cited, listed(reply, pushed=pushed)]


def listed(reply: Reply, *, pushed: bool = False) -> str:
    if not reply.choices:
        return ""
    lines = [f"{key} {choice.label}" for key, choice in zip(keys(reply, pushed=pushed), reply.choices, strict=True)]
    return "\n".join([_heading(reply, pushed), *lines])


def keys(reply: Reply, *, pushed: bool) -> list[str]:
    """Letters where a figure may be the answer, and for what came unasked: a number always means the last answer."""
    count = len(reply.choices)
    return [_letter(n) for n in range(count)] if reply.typed or pushed else [str(n + 1) for n in range(count)]


def chosen(text: str, shown: Iterable[tuple[Sequence[Reply], bool]]) -> str | None:
    """By key or label; `shown`: replies and whether pushed, newest first; nothing counts before the last answer."""
    said = unicodedata.normalize("NFKC", text).strip()
    if not said or len(said) > LONGEST:
        return None
    match = _NUMBER.fullmatch(said)
    key = match[1].upper() if match else ""
    for replies, pushed in shown:
        for reply in replies:
            for place, (name, choice) in enumerate(zip(keys(reply, pushed=pushed), reply.choices, strict=True)):
                also = "" if pushed else _letter(place)  # a letter is never taken for a figure
                if key in {name, also} - {""} or unicodedata.normalize("NFKC", choice.label).strip() == said:
                    return choice.token
        if not pushed:
            return None
    return None


def _letter(number: int) -> str:
    letter = chr(ord("A") + number % 26)
    return letter if number < 26 else letter * 2


def _heading(reply: Reply, pushed: bool) -> str:
    if reply.typed:
        return channel_texts.REPLY_OR_LETTER
    return channel_texts.REPLY_LETTER if pushed else channel_texts.REPLY_NUMBER
