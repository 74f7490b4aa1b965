"""Removes word processors' artefacts from a notice's raw text."""

from __future__ import annotations

import re
from unicodedata import normalize

BOOKMARK = re.compile(r"\[bookmark:[^\]]*\]")
BLANKS = re.compile(r"[ \u00a0\u3000\t]+")
BLANK_BETWEEN_HAN = re.compile(r"(?<=[\u3400-\u9fff：])[ \u00a0\u3000]+(?=[\u3400-\u9fff])")
MEANINGFUL_BLANK = re.compile(r"(处|室|科|局) (?=[\u3400-\u9fff]{2,4}$)")
INDENT = re.compile(r"(?<=\S)[ \u3000\u00a0]*\u3000{2}[ \u3000\u00a0]*(?=\S)")
"""Paragraph indentation inside a line whose line breaks were lost."""

RADICAL = re.compile(r"[\u2e80-\u2fdf\uf900-\ufaff]")
"""Look-alikes of characters (⼈ for 人) that PDF files are full of."""
LOOK_ALIKES = "⺟⺠⻁⻄⻅⻆⻉⻋⻑⻓⻔⻗⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻬⻮⻰⻳"
CHARACTERS = "母民虎西见角贝车長长门雨青韦页风飞食马骨鬼鱼鸟卤麦黄齐齿龙龟"
SIMPLIFIED_RADICALS = str.maketrans(LOOK_ALIKES, CHARACTERS)
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\u200b-\u200f\ue000-\uf8ff\ufeff]")


def clean_document(raw: str) -> str:
    written = RADICAL.sub(lambda match: normalize("NFKC", match.group()), raw.translate(SIMPLIFIED_RADICALS))
    return clean(INDENT.sub("\n", UNPRINTABLE.sub("", written)))


def clean(raw: str) -> str:
    """A blank that pads a name (林 茗) goes; one between an office and a name stays."""
    lines = (clean_line(line) for line in BOOKMARK.sub("", raw).splitlines())
    return "\n".join(line for line in lines if line) + "\n"


def clean_line(line: str) -> str:
    stripped = BLANKS.sub(" ", line).strip(" \ufeff")
    kept = MEANINGFUL_BLANK.sub("\\1\x00", stripped)
    return BLANK_BETWEEN_HAN.sub("", kept).replace("\x00", " ")
