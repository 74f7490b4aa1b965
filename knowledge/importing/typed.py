"""Reads bounds, dates, lists, stance and kinds from a stretch of a notice.

Patterns describe wording only; every value comes from the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from knowledge.model.notice import Anchor, Comparison, Deadline, Duty, Funding, Limit, Metric, SeminarKind, Stance
from knowledge.model.numbers import han_to_int
from knowledge.model.snapshot import Vocabulary
from knowledge.validation import OPEN_LIST

NUMBER = r"(?:\d[\d,]*(?:\.\d+)?|[一二两三四五六七八九十百]+)"
LEAST = r"不少于|不低于|不得少于|不得低于|至少|最少|达到|不短于"
MOST = r"不超过|不得超过|最多不超过|不多于|不高于|至多|最多|上限(?:为|是)?|控制在|限额(?:为|是)?|最高(?:为)?|封顶"
BOUND = re.compile(
    rf"(?:(?P<least>{LEAST})|(?P<most>{MOST})|(?P<about>为|时间|))(?:(?<=[过于少低多高在])[^，。；\d]{{0,8}}的)?\s*(?P<number>{NUMBER})\s*"
    r"(?P<unit>人|名|天|[%％]|万元|元)(?P<after>以上|及以上|以下|以内|之内|左右)?"
)
HUNDREDTHS = re.compile(r"百分之([一二三四五六七八九十百]+)")
WAN = 10_000
STAFF, ONLINE = "工作人员", "线上"
MONEY_UNITS = ("万元", "元")
SPANS = {"months": "个月", "working_days": "个?工作日", "days": "[日天]"}
SPAN = rf"(?P<number>{NUMBER})\s*(?:(?P<months>个月)|(?P<working_days>个?工作日)|(?P<days>[日天]))"
OPENING = re.compile(rf"(?:开班|举办|办班|培训)(?:之?前)?\s*(?:至少|提前)?\s*{SPAN}(?:之?前|内|以前)?")
CLOSING = re.compile(rf"(?:结束|办结|结业)(?:之?后|之日起|起)?\s*(?:的)?\s*{SPAN}(?:之?内|以内)")
BEFORE = re.compile(r"前")
FIXED = re.compile(r"(?:(?P<year>\d{4})\s*年\s*)?(?P<month>\d{1,2})\s*月\s*(?P<day>\d{1,2})\s*日\s*(?:之前|以前|前|止)")
HOLD = re.compile(r"完成.{0,6}(?:办班|举办|培训|研修)|办结|办班")
FORBIDS = re.compile(r"不得|严禁|禁止|不准|不许|不再|严格控制")
PERMITS = re.compile(r"鼓励|允许|可以|可在|可由|可申请")
REQUIRES = re.compile(r"应|须|要|必须|需|请|按照|坚持|面向|采取|切实|严格|报送|提交|依据|于.{1,12}前")
OUTER = re.compile(r"[、](?![^（(]*[）)])")
LAST = re.compile(r"(?:和|及|与|以及|或)(?![^（(]*[）)])")
LEAD = re.compile(
    r".*(?:提交|包括|用于|采取|围绕|瞄准|紧贴|服务|要将|要把|应将|须将|按照|附|加强|做大做强|提档升级|培育壮大|报送|变更|携带|准备|上报|的|[：:])"
)
TAIL = re.compile(
    r"(?:等|的要求|多种方式|六大|四大|五大|[一二三四五六七八九十]大|重大战略|材料报|报[省市厅]|一式|并|后|作为).*$"
)
ANNOUNCES = re.compile(r"提交|包括|要将")
LONGEST_ITEM, FEWEST_ITEMS = 24, 3
ADDRESSED = re.compile(r"^(?:各|有关)|^.{0,4}“")
KIND_PREFIX = re.compile(r"^(?:其中[，,]?|对?(?:列入|入选)|财政资助的?|自筹经费的?)*")
LEAST_NAME, LOOKAHEAD = 3, 4
"""Characters: shorter kind names are colloquial; the text after 省级 decides whether it names seminars."""
SESSIONS = re.compile(r"(\d+)\s*期")


@dataclass(frozen=True, slots=True)
class Typed:
    stance: Stance
    limits: tuple[Limit, ...] = ()
    deadline: Deadline | None = None
    items: tuple[str, ...] = ()
    open_ended: bool = False
    counts: tuple[tuple[SeminarKind, int], ...] = ()
    total: int | None = None

    @property
    def says_something(self) -> bool:
        return bool(self.limits or self.deadline or self.items or self.counts)


def typed(text: str, around: str, year: int) -> Typed:
    """`around` is the sentence up to its end; `year` completes dates without one."""
    items, open_ended = listed(text)
    return Typed(stance_of(text), tuple(limits_in(text, around)), deadline_in(text, year), items, open_ended)


def stance_of(text: str) -> Stance:
    """Precedence: forbids, permits, requires; a bare statement states."""
    for stance, pattern in ((Stance.FORBIDS, FORBIDS), (Stance.PERMITS, PERMITS), (Stance.REQUIRES, REQUIRES)):
        if pattern.search(text):
            return stance
    return Stance.STATES


def limits_in(text: str, around: str) -> Iterator[Limit]:
    for match in BOUND.finditer(HUNDREDTHS.sub(lambda m: f"{han_to_int(m[1]) or 0}%", text)):
        metric = _metric(match["unit"], text[: match.end()], around, match)
        comparison = _comparison(match)
        if metric and comparison:
            yield Limit(metric=metric, comparison=comparison, value=_value(match["number"], match["unit"]))


def _comparison(match: re.Match[str]) -> Comparison | None:
    if match["after"] == "左右":
        return Comparison.ABOUT
    if match["least"] or match["after"] in {"以上", "及以上"}:
        return Comparison.AT_LEAST
    if match["most"] or match["after"] in {"以下", "以内", "之内"}:
        return Comparison.AT_MOST
    return None


def _metric(unit: str, until: str, around: str, match: re.Match[str]) -> Metric | None:
    if unit in MONEY_UNITS:
        return None if "每人每天" in until or "人均" in until else Metric.SUBSIDY
    if unit == "天":
        return Metric.DAYS
    before = around[: around.find(match.group())] if match.group() in around else until
    of_staff, online = before.rfind(STAFF), before.rfind(ONLINE)
    if unit in {"%", "％"}:
        return Metric.STAFF_SHARE if of_staff > online else (Metric.ONLINE_SHARE if online >= 0 else None)
    return Metric.STAFF_COUNT if of_staff >= 0 and "学员" not in before[of_staff:] else Metric.HEADCOUNT


def _value(number: str, unit: str) -> float:
    figure = float(han_to_int(number) or 0) if not number[0].isdecimal() else float(number.replace(",", ""))
    return figure * WAN if unit == "万元" else figure


def deadline_in(text: str, year: int) -> Deadline | None:
    if (match := OPENING.search(text)) and "前" in match.group():
        return Deadline(duty=Duty.FILING, anchor=Anchor.OPENING, **_length(match, -1))
    if match := CLOSING.search(text):
        return Deadline(duty=Duty.SETTLEMENT, anchor=Anchor.CLOSING, **_length(match, 1))
    if match := FIXED.search(text):
        try:
            day = date(int(match["year"] or year), int(match["month"]), int(match["day"]))
        except ValueError:
            return None
        duty = Duty.COMPLETION if HOLD.search(text[match.end() : match.end() + 10]) else Duty.APPLICATION
        return Deadline(duty=duty, anchor=Anchor.FIXED, day=day)
    return None


def _length(match: re.Match[str], sign: int) -> dict[str, int]:
    number = match["number"]
    amount = int(number) if number.isdecimal() else han_to_int(number) or 0
    unit = next(name for name in SPANS if match[name])
    return {unit: sign * amount}


def listed(text: str) -> tuple[tuple[str, ...], bool]:
    """Verbatim items of the longest enumeration (three, or two where a list is announced); whether it ends in 等."""
    best: tuple[str, ...] = ()
    for part in re.split(r"[，。；](?![^（(]*[）)])", text):
        items = _items(part)
        if len(items) > len(best):
            best = items
    return best, bool(best) and bool(OPEN_LIST.search(text))


def _items(part: str) -> tuple[str, ...]:
    pieces = OUTER.split(part)
    if ADDRESSED.match(part) and not ANNOUNCES.search(pieces[0]):
        return ()
    if len(pieces) == 1 and (lead := LEAD.match(part)):
        pieces = LAST.split(part[lead.end() :], maxsplit=1)
        return tuple(_trimmed(pieces)) if len(pieces) > 1 and part.find("提交") >= 0 else ()
    if len(pieces) < 2:
        return ()
    lead = LEAD.match(pieces[0])
    pieces[0] = pieces[0][lead.end() :] if lead else pieces[0]
    last = pieces.pop()
    pieces += LAST.split(TAIL.sub("", last), maxsplit=1)
    announced = "等" in last or ANNOUNCES.search(part)
    return tuple(_trimmed(pieces)) if len(pieces) >= FEWEST_ITEMS or announced else ()


def _trimmed(pieces: list[str]) -> Iterator[str]:
    for piece in pieces:
        item = TAIL.sub("", piece).strip()
        if 0 < len(item) <= LONGEST_ITEM:
            yield item


class Kinds:
    """Kinds of seminar as notices name them; colloquial words do not count."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        forms = {form: kind for kind in SeminarKind for form in vocabulary.kinds[kind] if len(form) >= LEAST_NAME}
        self._kind_of = forms
        names = "|".join(sorted(map(re.escape, forms), key=len, reverse=True))
        apart = "|".join(map(re.escape, vocabulary.kinds["none"]))
        self._pattern = re.compile(rf"(?:{apart})|(?P<kind>{names})|(?P<all>省级(?=高级研修|项目|班))")

    def named(self, text: str) -> tuple[SeminarKind, ...]:
        found: list[SeminarKind] = []
        for match in self._pattern.finditer(text):
            if match["kind"]:
                found.append(self._kind_of[match["kind"]])
            elif match["all"]:
                found += [kind for kind in SeminarKind if kind is not SeminarKind.NATIONAL]
        return tuple(dict.fromkeys(found))

    def held(self, text: str) -> tuple[SeminarKind, ...]:
        """Kinds a notice is about: 省级 is the plain one unless others are named."""
        exact = {self._kind_of[m["kind"]] for m in self._pattern.finditer(text) if m["kind"]}
        if any(m["all"] for m in self._pattern.finditer(text)):
            exact.add(SeminarKind.PROVINCIAL_REGULAR)
        return tuple(kind for kind in SeminarKind if kind in exact)

    def subject(self, text: str) -> tuple[tuple[SeminarKind, ...], Funding | None]:
        """Kinds and funding a stretch begins with; empty where it begins otherwise."""
        start = KIND_PREFIX.match(text)
        at = start.end() if start else 0
        found: list[SeminarKind] = []
        while match := self._pattern.match(text, at):
            found += self.named(match.group() + text[match.end() : match.end() + LOOKAHEAD])[
                : None if match["all"] else 1
            ]
            rest = re.compile(r"(?:高级研修)?(?:项目|班次|班)?(?:[、和及与]|\d+期)?").match(text, match.end())
            at = rest.end() if rest and rest.end() > match.end() else match.end()
        head = text[:at]
        if not found:
            return (), None
        funding = Funding.SELF_FUNDED if "自筹" in head else (Funding.FISCAL if "财政资助" in head else None)
        return tuple(dict.fromkeys(found)), funding

    def counts(self, text: str) -> tuple[tuple[SeminarKind, int], ...]:
        counted = []
        for part in re.split(r"[，。、；]", text):
            kinds, number = self.named(part), SESSIONS.search(part)
            if number and len(kinds) == 1:
                counted.append((kinds[0], int(number[1])))
        return tuple(counted)


def total_in(text: str) -> int | None:
    found = re.search(r"共(?:计)?\s*(\d+)\s*期", text)
    return int(found[1]) if found else None
