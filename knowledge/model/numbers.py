"""Figures in a text, in one spelling: so that an answer's figures can be traced to a clause."""

from __future__ import annotations

import re
import unicodedata

FIGURE = re.compile(r"\d+(?:\.\d+)?")
GROUPING = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
HAN_DIGITS = {
    "零": 0,
    "〇": 0,
    "一": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
}
HAN_UNITS = {"十": 10, "百": 100, "千": 1000}
HAN_NUMBER = re.compile(r"[零〇一二两三四五六七八九十百千]+")


def figures_in(text: str) -> frozenset[str]:
    """Arabic figures, width and leading zeros aside: "每期10.5万元" → {"10.5"}."""
    plain = GROUPING.sub("", unicodedata.normalize("NFKC", text))
    return frozenset(_canonical(match.group()) for match in FIGURE.finditer(plain))


def _canonical(figure: str) -> str:
    whole, dot, fraction = figure.partition(".")
    fraction = fraction.rstrip("0")
    return (whole.lstrip("0") or "0") + (dot + fraction if fraction else "")


def han_to_int(text: str) -> int | None:
    """Below ten thousand: 三十 → 30, 一百二 → 120; None where it is no number."""
    if not text or not HAN_NUMBER.fullmatch(text):
        return None
    if all(char in HAN_DIGITS for char in text):
        return int("".join(str(HAN_DIGITS[char]) for char in text))
    total, digit, unit = 0, 0, 1
    for char in text:
        if char in HAN_UNITS:
            unit = HAN_UNITS[char]
            total += (digit or (1 if unit == 10 else 0)) * unit
            digit = 0
        else:
            digit = HAN_DIGITS[char]
    trailing = digit * (unit // 10) if digit and text[-2] in "百千" else digit
    return total + trailing
