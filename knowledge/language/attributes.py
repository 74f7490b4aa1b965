"""Project kinds, plan years and funding that a question names."""

from __future__ import annotations

import re

from knowledge.language.phrasebook import Phrasebook
from knowledge.model.notice import Funding, SeminarKind
from knowledge.model.numbers import han_to_int
from knowledge.model.snapshot import Vocabulary

PROVINCIAL = (SeminarKind.PROVINCIAL_DEMO, SeminarKind.ENGINEERING, SeminarKind.PROVINCIAL_REGULAR)
FOUR_DIGITS = re.compile(r"(?<!\d)(19\d\d(?=年)|20[0-4]\d)(?!\d)(?=年|版|〕|\)|$|[^\d人元块名个天期%.])")
TWO_DIGITS = re.compile(r"(?<!\d)(2\d)(?:年|版|届)")
HAN_YEAR = re.compile(r"(?:二[〇零])?二([〇零一二三四五六七八九])年")
RELATIVE = {
    "大前年": -3,
    "前年": -2,
    "去年": -1,
    "上年": -1,
    "今年": 0,
    "本年度": 0,
    "本年": 0,
    "明年": 1,
    "来年": 1,
    "后年": 2,
}
RELATIVE_YEAR = re.compile("|".join(RELATIVE))
BOTH_YEARS = re.compile(
    r"这两年|两年差|两个年份|两年(?:之间|间|比)|两年的?通知|两份通知|两个通知|前后两|两个年度|历年|新旧|跟以前|和以前|比以前|与以往|往年"
)
NEXT_WORDS = frozenset({"明年", "来年", "后年"})
SELF_FUNDED = re.compile(
    r"自筹|(?:自己|单位|自个儿?)(?:筹|掏|出)的?(?:经费|钱)"
    r"|钱是?(?:自己|单位自己|单位)出|自掏|自费|self.?funded"
)
FISCAL = re.compile(r"财政")


NO_KIND = "none"


class KindReader:
    def __init__(self, vocabulary: Vocabulary) -> None:
        self._phrases = Phrasebook(vocabulary.kinds)

    def kinds(self, text: str) -> tuple[SeminarKind, ...]:
        """In the order they are named; 省级 alone means all provincial kinds."""
        named = [m.meanings[0] for m in self._phrases.find(text)]
        specific = [SeminarKind(name) for name in named if name not in {"provincial", NO_KIND}]
        provincial = [kind for kind in specific if kind in PROVINCIAL]
        if "provincial" in named and not provincial:
            specific += PROVINCIAL
        return tuple(dict.fromkeys(specific))


def years_in(text: str, this_year: int) -> tuple[int, ...]:
    """In order, without words for the following year (see `next_year_in`)."""
    found = [(m.start(), int(m[1])) for m in FOUR_DIGITS.finditer(text)]
    found += [(m.start(), 2000 + int(m[1])) for m in TWO_DIGITS.finditer(text)]
    found += [(m.start(), 2020 + (han_to_int(m[1]) or 0)) for m in HAN_YEAR.finditer(text)]
    found += [
        (m.start(), this_year + RELATIVE[m.group()])
        for m in RELATIVE_YEAR.finditer(text)
        if m.group() not in NEXT_WORDS
    ]
    return tuple(dict.fromkeys(year for _, year in sorted(found)))


def next_year_in(text: str, this_year: int) -> int | None:
    for match in RELATIVE_YEAR.finditer(text):
        if match.group() in NEXT_WORDS:
            return this_year + RELATIVE[match.group()]
    return None


def speaks_of_both_years(text: str) -> bool:
    return bool(BOTH_YEARS.search(text))


def funding_in(text: str) -> Funding | None:
    own, fiscal = bool(SELF_FUNDED.search(text)), bool(FISCAL.search(text))
    if own == fiscal:
        return None
    return Funding.SELF_FUNDED if own else Funding.FISCAL
