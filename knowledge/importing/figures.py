"""Figures of a text: dates, lengths, money, people, shares, with their bounding words."""

from __future__ import annotations

import re
from dataclasses import dataclass

BEFORE = "不少于|不低于|不超过|不得超过|不多于|不高于|至少|最多|超过|提前|一般为|原则上为"
AFTER = "以上|以下|以内|左右|前|之前|内|后|底前"
HAN_OR_DIGITS = r"(?:\d[\d.,]*|[一二三四五六七八九十百两]+)"
DATE = r"(?:\d{4}\s*年)?\d{1,2}\s*月(?:\d{1,2}\s*日)?|\d{4}\s*年"
PATTERNS = {
    "deadlines": rf"(?:{DATE})(?:底)?(?:之)?前|{HAN_OR_DIGITS}\s*个?(?:工作日|日|天|月)(?:之)?(?:前|内|以内)",
    "dates": r"\d{4}\s*年\d{1,2}\s*月\d{1,2}\s*日",
    "money": rf"{HAN_OR_DIGITS}\s*(?:万元|亿元|元)",
    "counts": rf"{HAN_OR_DIGITS}\s*(?:人|名|期|份|家|门|学时)",
    "days": rf"{HAN_OR_DIGITS}\s*天",
    "percent": rf"{HAN_OR_DIGITS}\s*[%％]|百分之[一二三四五六七八九十百]+",
    "durations": rf"{HAN_OR_DIGITS}\s*个(?:工作日|月|学年|学期)|(?<![\d.])\d{{1,2}}\s*年(?=以|内|。|，)",
}
COMPILED = {kind: re.compile(rf"(?:(?:{BEFORE})\s*)?(?:{pattern})(?:{AFTER})?") for kind, pattern in PATTERNS.items()}


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with the words that bound it; `start` is its offset into the text."""

    text: str
    start: int


Figures = dict[str, tuple[Figure, ...]]


def figures(text: str, offset: int = 0) -> Figures:
    """By kind, in order; `offset` is where `text` begins in the whole."""
    return {
        kind: tuple(Figure(match.group(), match.start() + offset) for match in pattern.finditer(text))
        for kind, pattern in COMPILED.items()
    }
