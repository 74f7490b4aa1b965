"""A notice's raw text without the dirt that word processors leave behind."""

from __future__ import annotations

import re

BOOKMARK = re.compile(r"\[bookmark:[^\]]*\]")
BLANKS = re.compile(r"[ \u00a0\u3000\t]+")
BLANK_BETWEEN_HAN = re.compile(r"(?<=[\u3400-\u9fff：])[ \u00a0\u3000]+(?=[\u3400-\u9fff])")
MEANINGFUL_BLANK = re.compile(r"(处|室|科|局) (?=[\u3400-\u9fff]{2,4}$)")


def clean(raw: str) -> str:
    """The text to quote from: no bookmarks, no layout blanks, no empty lines.

    A blank that pads a name (林　茗) goes; one that separates an office from a name stays.
    """
    lines = (clean_line(line) for line in BOOKMARK.sub("", raw).splitlines())
    return "\n".join(line for line in lines if line) + "\n"


def clean_line(line: str) -> str:
    """One line without layout blanks."""
    stripped = BLANKS.sub(" ", line).strip(" \ufeff")
    kept = MEANINGFUL_BLANK.sub("\\1\x00", stripped)
    return BLANK_BETWEEN_HAN.sub("", kept).replace("\x00", " ")
