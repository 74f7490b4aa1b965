"""Splits a sentence into statements that each fix something."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from knowledge.importing.typed import Kinds, Typed, total_in, typed
from knowledge.model.notice import Stance

SENTENCE = re.compile(r"[^。；\n]+[。；]?")
SEGMENT = re.compile(r"(?:[^，。；\n（“]|（[^）\n]*）|“[^”\n]*”|[（“])+[，。；]?")
MARK = re.compile(r"^(?:[一二三四五六七八九十]+、|（[一二三四五六七八九十\d]+）|\d{1,2}[.．、])\s*")
ADVERBIAL = ("内", "前", "后", "的", "外", "起", "中", "时")
"""Endings of adverbials, which belong to the next stretch."""
ENCOURAGING = ("鼓励", "允许", "支持")
ENCLOSED = re.compile(r"[^，。；、（]+（(?:附|含|包括)(?P<parts>[^）、]+(?:、[^）、]+)+)）")
LONGEST_HEADING = 14
LEAST_QUOTE = 4


def statements(sentence: str, names: Kinds, year: int) -> Iterator[tuple[str, Typed]]:
    counts = names.counts(sentence)
    if len(counts) > 1:
        read = typed(sentence, sentence, year)
        yield sentence, replace(read, counts=counts, total=total_in(sentence), items=(), open_ended=False)
        return
    plain = ""
    for segment in _segments(sentence):
        read = typed(segment, sentence, year)
        if read.says_something or read.stance is Stance.FORBIDS:
            yield from _plain(plain, sentence, year)
            plain = ""
            yield segment, read
            yield from _enclosed(segment, sentence, year)
        elif names.subject(segment)[0] or segment.startswith(ENCOURAGING):
            yield from _plain(plain, sentence, year)
            plain = segment
        else:
            plain += segment
    yield from _plain(plain, sentence, year)


def _enclosed(segment: str, sentence: str, year: int) -> Iterator[tuple[str, Typed]]:
    """What an item has to bring with it: 补助款票据（附户名、账号、开户行）."""
    for match in ENCLOSED.finditer(segment):
        parts = tuple(match["parts"].split("、"))
        read = typed(match.group(), sentence, year)
        yield match.group(), replace(read, items=parts, open_ended=False, limits=(), deadline=None)


def _plain(words: str, sentence: str, year: int) -> Iterator[tuple[str, Typed]]:
    if len(words.strip("，。；\n ")) >= LEAST_QUOTE:
        yield words, typed(words, sentence, year)


def _segments(sentence: str) -> Iterator[str]:
    """Split at commas; a stretch that only says when or for whom stays with the next one."""
    before = ""
    for segment in SEGMENT.findall(sentence):
        if segment.rstrip("，").endswith(ADVERBIAL) and segment.endswith("，"):
            before += segment
        else:
            yield before + segment
            before = ""
    if before:
        yield before
