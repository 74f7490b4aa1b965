"""Dates in a question with their roles."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from knowledge.calendar import add_months

DAY_OF_MONTH = r"(?:日|号|號)?"
DATE = re.compile(
    r"(?:(20\d\d|2\d)[年\-/.])?(?<!\d)(1[0-2]|0?[1-9])(?:月份?|[./\-](?=\d))"
    r"(3[01]|[12]\d|0?[1-9]|底|末|初|中旬)(?!\d)(?!万|%|个|人|期|天)" + DAY_OF_MONTH
)
LATER_DAY = re.compile(r"(?<![\d月./\-])(3[01]|[12]\d|0?[1-9])(?:日|号)")
BARE_RANGE = re.compile(r"\s*(?:到|至|—+|-+|~|–)\s*(3[01]|[12]\d|0?[1-9])(?!\d)(?!月|人|个|天|万|%|[./]\d)(?:日|号)?")
RELATIVE_DAY = re.compile(r"今天|今日|现在|当天|昨天|明天|后天|年底")
RELATIVE_OFFSET = {"今天": 0, "今日": 0, "现在": 0, "昨天": -1, "明天": 1, "后天": 2}
RELATIVE_MONTH = re.compile(r"(上|这|本|下)个?月(?=[\d]{1,2}(?:日|号))")
NAMED_YEAR = re.compile(r"(前年|去年|今年|明年|后年)(?=\d{1,2}月)")
YEAR_SHIFT = {"前年": -2, "去年": -1, "今年": 0, "明年": 1, "后年": 2}
MONTH_SHIFT = {"上": -1, "这": 0, "本": 0, "下": 1}
WEEKDAY = re.compile(r"(上|这|本|下)?(?:周|星期|礼拜)([一二三四五六日天])")
OPENING_WORDS = re.compile(r"开班|开课|报到|开始|开训|举办|开办|开学|报道|开")
CLOSING_WORDS = re.compile(r"结束|办完|完班|离开|结业|闭班|完的班|结班|收官|办结|散班|离会|上完|搞完|完成|完")
SUBMIT_WORDS = re.compile(r"交|报送|提交|备案|送|递|报")


class DateRole(StrEnum):
    OPENING = "opening"
    CLOSING = "closing"
    SUBMISSION = "submission"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class StatedDate:
    day: date
    role: DateRole
    start: int
    end: int


def absolute(text: str, as_of: date) -> str:
    def month(match: re.Match[str]) -> str:
        moved = add_months(as_of.replace(day=1), MONTH_SHIFT[match[1]])
        return f"{moved.year}年{moved.month}月"

    def weekday(match: re.Match[str]) -> str:
        monday = as_of - timedelta(days=as_of.weekday()) + timedelta(weeks=MONTH_SHIFT.get(match[1] or "本", 0))
        day = monday + timedelta(days="一二三四五六日".find(match[2].replace("天", "日")))
        return f"{day.year}年{day.month}月{day.day}日"

    text = NAMED_YEAR.sub(lambda match: f"{as_of.year + YEAR_SHIFT[match[1]]}年", text)
    return WEEKDAY.sub(weekday, RELATIVE_MONTH.sub(month, text))


def read_dates(text: str, as_of: date, year: int) -> tuple[StatedDate, ...]:
    """Dates without a year fall in `year`."""
    spans: list[tuple[int, int, date]] = []
    for match in DATE.finditer(text):
        day = _date_of(match, year)
        if not day:
            continue
        spans.append((match.start(), match.end(), day))
        spans += _same_month_days(text, match, day)
    for match in RELATIVE_DAY.finditer(text):
        if match.group() in RELATIVE_OFFSET:
            day = as_of + timedelta(days=RELATIVE_OFFSET[match.group()])
            spans.append((match.start(), match.end(), day))
        elif match.group() == "年底":
            spans.append((match.start(), match.end(), date(year, 12, 31)))
    return _with_roles(text, sorted(set(spans)))


def _same_month_days(text: str, match: re.Match[str], day: date) -> list[tuple[int, int, date]]:
    """Later days named without their month: 10月20日报到24日离开, 6月10到13日."""
    end = re.compile(r"\d+月").search(text, match.end())
    stop = end.start() if end else len(text)
    ranged = BARE_RANGE.match(text, match.end())
    found = [ranged] if ranged and ranged.end() <= stop else []
    found += [m for m in LATER_DAY.finditer(text, match.end(), stop) if not found or m.start() > found[0].end()]
    days = []
    for later in found:
        number = int(later[1])
        if number <= calendar.monthrange(day.year, day.month)[1]:
            days.append((later.start(), later.end(), day.replace(day=number)))
    return days


def _date_of(match: re.Match[str], year: int) -> date | None:
    stated, month, day = match[1], int(match[2]), match[3]
    if stated:
        year = int(stated) if len(stated) == 4 else 2000 + int(stated)
    last = calendar.monthrange(year, month)[1]
    number = {"底": last, "末": last, "初": 1, "中旬": 15}.get(day) or int(day)
    return date(year, month, number) if number <= last else None


def _with_roles(text: str, spans: list[tuple[int, int, date]]) -> tuple[StatedDate, ...]:
    dates = []
    for index, (start, end, day) in enumerate(spans):
        before = text[spans[index - 1][1] if index else 0 : start]
        after = text[end : spans[index + 1][0] if index + 1 < len(spans) else len(text)]
        dates.append(StatedDate(day, _role(before[-8:], after[:9], after_first=True), start, end))
    return tuple(_pair_range(dates, text))


def _role(before: str, after: str, *, after_first: bool) -> DateRole:
    after = re.split(r"[,。;，；]", after)[0]
    before = re.split(r"[,。;，；]", before)[-1]
    for words, role in (
        (CLOSING_WORDS, DateRole.CLOSING),
        (OPENING_WORDS, DateRole.OPENING),
        (SUBMIT_WORDS, DateRole.SUBMISSION),
    ):
        match = words.search(after)
        if match and not any(
            other.search(after[: match.start()])
            for other in (CLOSING_WORDS, OPENING_WORDS, SUBMIT_WORDS)
            if other is not words
        ):
            return role
    for words, role in (
        (CLOSING_WORDS, DateRole.CLOSING),
        (OPENING_WORDS, DateRole.OPENING),
        (SUBMIT_WORDS, DateRole.SUBMISSION),
    ):
        if words.search(before):
            return role
    return DateRole.UNKNOWN


def _pair_range(dates: list[StatedDate], text: str) -> list[StatedDate]:
    """Two neighbouring days with no role between them are opening and closing."""
    out = list(dates)
    for index in range(len(out) - 1):
        first, second = out[index], out[index + 1]
        relative = text[first.start : first.end] in RELATIVE_OFFSET
        if second.start - first.end > 2 or second.day < first.day or relative:
            continue
        if first.role is DateRole.UNKNOWN or first.role is second.role:
            closing = DateRole.CLOSING if second.role is not DateRole.SUBMISSION else DateRole.SUBMISSION
            out[index] = StatedDate(first.day, DateRole.OPENING, first.start, first.end)
            out[index + 1] = StatedDate(second.day, closing, second.start, second.end)
    return out
