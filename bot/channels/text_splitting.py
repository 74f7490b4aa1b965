"""Long texts in parts that a platform accepts, cut where a reader would pause."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

Cost = Callable[[str], int]
"""What a text counts towards the limit, in the platform's unit: the sum of its characters."""

_CLOSERS = "[”’」』）)】》\"'〕]*"
_PARAGRAPH = re.compile(r"\n[^\S\n]*\n")
_LINE = re.compile(r"\n")
_SENTENCE = re.compile(rf"(?:[。！？!?；;…]+|\.(?=\s)){_CLOSERS}")
_CLAUSE = re.compile(rf"[，、：]{_CLOSERS}|\s")
_BOUNDARIES = (_PARAGRAPH, _LINE, _SENTENCE, _CLAUSE)

_ZERO_WIDTH_JOINER = "\u200d"
_JOINED_RANGES = ((0xFE00, 0xFE0F), (0x1F3FB, 0x1F3FF), (0xE0020, 0xE007F))
_REGIONAL_INDICATORS = (0x1F1E6, 0x1F1FF)


def utf16_cost(text: str) -> int:
    """UTF-16 code units (Telegram)."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def utf8_cost(text: str) -> int:
    """UTF-8 bytes (WeChat, WeCom)."""
    return len(text.encode("utf-8", "surrogatepass"))


def split_text(text: str, limit: int, cost: Cost) -> list[str]:
    """At most `limit` units each; cuts at a paragraph, line, sentence or clause, never within a visible character."""
    if limit < 4:
        raise ValueError("limit must hold at least one character")
    parts = []
    while (end := _fitting(text, limit, cost)) < len(text):
        cut = _best_cut(text, end)
        parts.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [part for part in (*parts, text) if part.strip()]


def _fitting(text: str, limit: int, cost: Cost) -> int:
    if cost(text) <= limit:
        return len(text)
    used = 0
    for index, char in enumerate(text):
        used += cost(char)
        if used > limit:
            return index
    return len(text)


def _best_cut(text: str, end: int) -> int:
    """The last good place to cut at or before `end`; never in the first third, so parts stay few."""
    for boundary in _BOUNDARIES:
        found = [match.end() for match in boundary.finditer(text, end // 3, end + 8)]
        usable = [cut for cut in found if not text[end:cut].strip()]
        if usable:
            return usable[-1]
    return _cluster_start(text, end)


def _cluster_start(text: str, end: int) -> int:
    """Move a hard cut back so that it does not fall inside a visible character."""
    cut = end
    while cut > 0 and _belongs_to_previous(text, cut):
        cut -= 1
    return cut or end


def _belongs_to_previous(text: str, index: int) -> bool:
    """Whether the character at `index` is drawn together with the one before it."""
    char = text[index]
    if text[index - 1] == _ZERO_WIDTH_JOINER or char == _ZERO_WIDTH_JOINER:
        return True
    if unicodedata.category(char) in {"Mn", "Me", "Mc"}:
        return True
    if any(low <= ord(char) <= high for low, high in _JOINED_RANGES):
        return True
    return _regional(char) and _regional_run(text, index) % 2 == 1


def _regional(char: str) -> bool:
    return _REGIONAL_INDICATORS[0] <= ord(char) <= _REGIONAL_INDICATORS[1]


def _regional_run(text: str, index: int) -> int:
    start = index
    while start > 0 and _regional(text[start - 1]):
        start -= 1
    return index - start


def sendable(text: str) -> str:
    return text.replace("\0", "").encode("utf-8", "ignore").decode()


def pack(blocks: Iterable[str], limit: int, cost: Cost) -> list[str]:
    """As few parts of at most `limit` units as the order allows; only a block longer than that is cut."""
    parts: list[str] = []
    for block in filter(str.strip, blocks):
        joined = f"{parts[-1]}\n\n{block}" if parts else ""
        if joined and cost(joined) <= limit:
            parts[-1] = joined
        else:
            parts += split_text(block, limit, cost)
    return parts
