"""The clause tree of a cleaned notice: numbers as printed, offsets into the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

LEVEL_ONE = re.compile(r"^([一二三四五六七八九十]+)、")
LEVEL_TWO = re.compile(r"^（([一二三四五六七八九十]+)）")
DOC_NO = re.compile(r"^\S{2,12}〔\d{4}〕\d+号$")
CONTACT = re.compile(r"^(联系人|联系电话|联系方式|传真)")
ATTACHMENT = re.compile(r"^附件[:：]")
ATTACHMENT_ITEM = re.compile(r"^\d+[.．、]")


@dataclass(frozen=True, slots=True)
class Clause:
    """A numbered (or named) part of a notice.

    `number` is as printed, outer numbers first: 一, 一（三）; unnumbered parts are called 标题, 文号,
    主送, 前言, 联系方式, 附件, 落款. `start` and `end` are character offsets into the cleaned text.
    """

    number: str
    level: int
    start: int
    end: int
    heading: str = ""


def parse_clauses(text: str) -> tuple[Clause, ...]:
    merged: list[Clause] = []
    for clause in _line_clauses(text):
        if merged and merged[-1].number == clause.number:
            last = merged[-1]
            merged[-1] = Clause(last.number, last.level, last.start, clause.end, last.heading)
        else:
            merged.append(clause)
    return tuple(merged)


def _line_clauses(text: str) -> Iterator[Clause]:
    part, level, offset = "标题", 0, 0
    for line in text.splitlines(keepends=True):
        body = line.rstrip("\n")
        part, level, heading = _place(body, part, level)
        yield Clause(part, level, offset, offset + len(body), heading)
        offset += len(line)


def _place(line: str, part: str, level: int) -> tuple[str, int, str]:
    if match := LEVEL_ONE.match(line):
        return match[1], 1, line
    if (match := LEVEL_TWO.match(line)) and level > 0:
        outer = part.split("（")[0]
        return f"{outer}（{match[1]}）", 2, line[: line.find("。") + 1] if "。" in line[:16] else ""
    if level > 0 or part in {"联系方式", "附件", "落款"}:
        return _after_clauses(line, part, level)
    if DOC_NO.match(line):
        return "文号", 0, ""
    if part in {"主送", "前言"}:
        return "前言", 0, ""
    return ("主送" if line.endswith(("：", ":")) else "标题"), 0, ""


def _after_clauses(line: str, part: str, level: int) -> tuple[str, int, str]:
    if CONTACT.match(line):
        return "联系方式", 0, ""
    if ATTACHMENT.match(line) or (part == "附件" and ATTACHMENT_ITEM.match(line)):
        return "附件", 0, ""
    if part in {"联系方式", "附件", "落款"}:
        return "落款", 0, ""
    return part, level, ""
