"""The outline of any notice: its numbered parts in order, also where the text is one long line.

A number counts only where it can stand: at the beginning of a line, behind the end of a sentence or right
behind a heading, and if it continues the numbering (or begins one anew).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from knowledge.model.numbers import han_to_int

HAN = "〇零一二三四五六七八九十百"
STYLES = {
    "chapter": re.compile(rf"第([{HAN}]+)章"),
    "article": re.compile(rf"第([{HAN}]+)条"),
    "han": re.compile(rf"([{HAN}]+)、"),
    "han_bracket": re.compile(rf"[（(]([{HAN}]+)[）)]"),
    "arabic": re.compile(r"(\d{1,2})[.．、](?!\d)"),
    "arabic_bracket": re.compile(r"[（(](\d{1,2})[）)]"),
}
ANY = re.compile("|".join(f"(?P<{name}>{pattern.pattern})" for name, pattern in STYLES.items()))
ENDS = "。；;：:！？!?”）)"
REFERS_BEFORE, REFERS_AFTER = ("第", "条", "款"), ("项", "款", "条", "目")
"""Context of a number that refers to another part, as in 第三条第（二）项."""
LONGEST_HEADING = 60
"""Characters; after a shorter heading without full stop the next level may begin at once."""


@dataclass(frozen=True, slots=True)
class Section:
    """`number` as printed, `path` with outer ones, `level` its depth from 1; `start`, `end` offsets into the text."""

    number: str
    path: str
    level: int
    start: int
    body: int
    end: int


@dataclass(frozen=True, slots=True)
class _Mark:
    style: str
    number: str
    value: int
    start: int
    end: int


def outline(text: str, end: int | None = None) -> tuple[Section, ...]:
    marks = list(_accepted(text, len(text) if end is None else end))
    sections: list[Section] = []
    around: list[_Mark] = []
    for position, mark in enumerate(marks):
        while around and _rank(around[-1]) >= _rank(mark):
            around.pop()
        around.append(mark)
        ends = marks[position + 1].start if position + 1 < len(marks) else (len(text) if end is None else end)
        path = "".join(one.number for one in around)
        sections.append(Section(mark.number, path, len(around), mark.start, mark.end, ends))
    return tuple(sections)


def _rank(mark: _Mark) -> int:
    return list(STYLES).index(mark.style)


def _accepted(text: str, end: int) -> Iterator[_Mark]:
    last: dict[str, int] = {}
    before: _Mark | None = None
    for match in ANY.finditer(text, 0, end):
        mark = _mark(match)
        if not _can_stand(text, mark, before) or not _continues(mark, last, before):
            continue
        last[mark.style] = mark.value
        before = mark
        yield mark


def _continues(mark: _Mark, last: dict[str, int], before: _Mark | None) -> bool:
    """The next number of its kind; or a first one nested in an outer section (or in none)."""
    if mark.value == last.get(mark.style, 0) + 1:
        return True
    return mark.value == 1 and before is not None and _rank(before) < _rank(mark)


def _can_stand(text: str, mark: _Mark, before: _Mark | None) -> bool:
    if mark.start == 0 or text[mark.start - 1] in "\n" + ENDS:
        return True
    if before is None or _rank(before) >= _rank(mark):
        return False
    heading = text[before.end : mark.start]
    if heading.endswith(REFERS_BEFORE) or text.startswith(REFERS_AFTER, mark.end):
        return False
    return 0 < len(heading) <= LONGEST_HEADING and not set("。；\n") & set(heading)


def _mark(match: re.Match[str]) -> _Mark:
    style = next(name for name in STYLES if match[name])
    inner = STYLES[style].fullmatch(match[style])
    figure = inner[1] if inner else ""
    number = figure if style in {"han", "arabic"} else match[style].replace("(", "（").replace(")", "）")
    return _Mark(
        style, number, int(figure) if figure.isdecimal() else han_to_int(figure) or 0, match.start(), match.end()
    )
