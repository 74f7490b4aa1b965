"""Dates, headcounts, days, months, money and shares that a question states, with their roles."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from knowledge.language.dates import DateRole, StatedDate, absolute, read_dates
from knowledge.model.numbers import HAN_NUMBER, han_to_int

PEOPLE = re.compile(
    r"(?<![^\d]-)(?<!^-)(?<!\d)(\d+)\s*(?:多|来)?\s*(?:个|名|位|号)?(?:人|(?:学员|工作人员|会务|后勤|老师)(?!\s*\d)|位|名|个(?!月|班|点|工作日|项|单位|平台|表))"
)
BARE_ROLE_COUNT = re.compile(
    r"(线上|线下|学员|工作人员|会务|后勤|总人数|人数|总数|合计|总共|一共|招了|招到|招)[^\d,。;、]{0,3}(\d+)(?![\d.]*[%月号日天万元期年])"
)
COUNTED_NOUN = re.compile(r"(?!(?:线上|线下|网上|现场|学员|工作人员|会务|后勤)\d)[\u3400-\u9fff]{0,4}|")
"""The noun after a number of people, unless another number follows it (线上30个线下30个)."""
PART_OF_DAY = re.compile(r"(?<![\d.])(\d+)天半")
"""Half days are dropped: 两天半 counts as two."""
ALL_ONLINE = re.compile(r"(?:全部|全都|都|全员|全体|整班)(?:在|走|是|上)?(?:线上|网上|上网|网课|直播)")
DAYS = re.compile(r"(?<![\d.])(\d+)\s*(?:个)?(?:整)?天")
MONTHS = re.compile(r"(?<![\d.])(\d+|半)\s*个?月(?![\d底初中份])")
WEEKS = re.compile(r"(?<![\d.])(\d+)\s*(?:个)?(?:周|星期|礼拜)(?!\S?[一二三四五六日天](?!\S))")
MONEY_SPLIT = re.compile(r"(?<![\d.])(\d+)万(\d)(?!\d)")
MONEY = re.compile(r"(?<![\d.这那哪])(\d+(?:\.\d+)?)\s*(万|千)?\s*(元|块|人民币|(?<=万))")
PERCENT = re.compile(r"(?<![\d.])(\d+(?:\.\d+)?)\s*%|百分之(\d+)")
SESSIONS = re.compile(r"(?<!\d)(\d+)\s*(?:期|个班)")
HAN_BEFORE_UNIT = re.compile(rf"({HAN_NUMBER.pattern})(?=个|人|名|位|天|期|万|元|块|月|日|号|%|周|星期|礼拜|年底)")
HAN_TEN_THOUSANDS = re.compile(r"([一二三四五六七八九十]+)万([一二三四五六七八九])(?![十百千万])")
HALF_YEAR = re.compile(r"(?<![上下前后])半年")
HAN_DAY = re.compile(rf"(?<=月)({HAN_NUMBER.pattern})(?!\d)")
HAN_PERCENT = re.compile(rf"百分之({HAN_NUMBER.pattern})")
STAFF_WORDS = re.compile(r"工作人员|会务|后勤|工作组|服务人员|班务|带队|陪同|工作的人|干活|跑腿")
ONLINE_WORDS = re.compile(r"线上|网上|网课|上网|直播|远程|在线|云端")
OFFLINE_WORDS = re.compile(r"线下|现场|到场|面授")
TRAINEE_WORDS = re.compile(r"学员|学生|参训|招|报名|来了|总人数|一共|总共|预计")
PERSON_ROLES = (
    (STAFF_WORDS, "staff"),
    (ONLINE_WORDS, "online"),
    (OFFLINE_WORDS, "offline"),
    (TRAINEE_WORDS, "trainees"),
)
WHERE_THEY_ARE = re.compile(r"(?:在|走|上|看|用)?(?:线上|网上|上网|网课|直播|远程|线下|现场)(?!\d|线|和|与|、|加)")


@dataclass(frozen=True, slots=True)
class Quantities:
    """Money in yuan, shares in percent."""

    dates: tuple[StatedDate, ...] = ()
    trainees: int | None = None
    online: int | None = None
    offline: int | None = None
    staff: int | None = None
    days: int | None = None
    months: float | None = None
    money: float | None = None
    percent: float | None = None
    sessions: int | None = None
    lead_days: int | None = None
    elapsed_days: int | None = None
    rest: str = ""

    def day_of(self, role: DateRole) -> date | None:
        """The last stated date of a role (a correction wins)."""
        return next((d.day for d in reversed(self.dates) if d.role is role), None)

    @property
    def headcount(self) -> int | None:
        if self.online is not None and self.offline is not None:
            return max(self.trainees or 0, self.online + self.offline)
        return self.trainees


def arabic(text: str) -> str:
    """Chinese numbers before units, written in digits: 三十人 → 30人, 十一月三十 → 11月30, 四万八 → 4万8."""
    text = HALF_YEAR.sub("6个月", text)
    text = HAN_TEN_THOUSANDS.sub(lambda m: f"{han_to_int(m[1])}万{han_to_int(m[2])}", text)
    text = HAN_PERCENT.sub(lambda m: f"{han_to_int(m[1])}%", text)
    text = HAN_BEFORE_UNIT.sub(lambda m: str(han_to_int(m[1])), text)
    text = PART_OF_DAY.sub(lambda m: f"{m[1]}天", text)
    return HAN_DAY.sub(lambda m: str(han_to_int(m[1])), text)


def read_quantities(text: str, as_of: date, year: int | None = None) -> Quantities:
    """Dates without a year fall in `year` or that of `as_of`."""
    text = absolute(arabic(text), as_of)
    dates = read_dates(text, as_of, year or as_of.year)
    rest = _without(text, [(d.start, d.end) for d in dates])
    money, rest = _money(rest)
    percent, rest = _first(PERCENT, rest)
    sessions, rest = _first(SESSIONS, rest)
    lead, elapsed, days, rest = _durations(rest)
    months, rest = _months(rest)
    people, rest = _people(rest)
    return Quantities(
        dates=dates,
        days=days,
        months=months,
        money=money,
        percent=percent,
        sessions=int(sessions) if sessions is not None else None,
        lead_days=lead,
        elapsed_days=elapsed,
        rest=rest,
        **people,
    )


def _money(text: str) -> tuple[float | None, str]:
    if match := MONEY_SPLIT.search(text):
        amount = int(match[1]) * 10000 + int(match[2]) * 1000
        return float(amount), _without(text, [match.span()])
    match = MONEY.search(text)
    if not match:
        return None, text
    factor = {"万": 10000, "千": 1000}.get(match[2] or "", 1)
    return float(match[1]) * factor, _without(text, [m.span() for m in MONEY.finditer(text)])


def _first(pattern: re.Pattern[str], text: str) -> tuple[float | None, str]:
    match = pattern.search(text)
    if not match:
        return None, text
    value = next(group for group in match.groups() if group)
    return float(value), _without(text, [match.span()])


def _durations(text: str) -> tuple[int | None, int | None, int | None, str]:
    """Days until opening, days since closing, length in days; weeks count as seven days."""
    lead = elapsed = days = None
    spans = []
    for pattern, factor in ((DAYS, 1), (WEEKS, 7)):
        for match in pattern.finditer(text):
            number = int(match[1]) * factor
            before, after = text[: match.start()][-8:], text[match.end() :][:8]
            spans.append(match.span())
            if re.search(r"还有|还剩|再过|提前|剩|离开班|距开班", before) or re.match(
                r"后(?:就|要)?开|就(?:要)?开|前", after
            ):
                lead = number
            elif re.search(r"结束|办完|完班|过了|都|已经|超过|完了", before) or re.match(
                r"了?才|前(?:结束|办完)|没交", after
            ):
                elapsed = number
            elif factor == 1:
                days = number
    return lead, elapsed, days, _without(text, spans)


def _months(text: str) -> tuple[float | None, str]:
    match = MONTHS.search(text)
    if not match:
        return None, text
    return 0.5 if match[1] == "半" else float(match[1]), _without(text, [match.span()])


def _people(text: str) -> tuple[dict[str, int | None], str]:
    """Headcounts by role. The role word is looked for after the number, then before it."""
    found: dict[str, int | None] = {"trainees": None, "online": None, "offline": None, "staff": None}
    spans: list[tuple[int, int]] = []
    for match in PEOPLE.finditer(text):
        before = text[spans[-1][1] if spans else 0 : match.start()][-10:]
        following = COUNTED_NOUN.match(text, match.end())[0]  # type: ignore[index]
        where = WHERE_THEY_ARE.match(text, match.end())
        if match.group().endswith("人"):
            following = where[0] if where else ""
        counted = match.group() + following
        role = _person_role(before, counted)
        if match.group() == "1个" and counted == "1个":
            continue  # 甩一个 is no person
        if found[role] is None:
            found[role] = int(match[1])
        spans.append(match.span())
    if ALL_ONLINE.search(text) and found["trainees"] is not None and found["online"] is None:
        found["online"] = found["trainees"]
    for match in BARE_ROLE_COUNT.finditer(text):
        role = _person_role(match[1], "")
        if found[role] is None and not any(s <= match.start(2) < e for s, e in spans):
            found[role] = int(match[2])
            spans.append(match.span(2))
    return found, _without(text, spans)


def _person_role(before: str, counted: str) -> str:
    for words, role in PERSON_ROLES:
        if words.search(counted):
            return role
    nearest, best = "trainees", -1
    for words, role in PERSON_ROLES:
        for match in words.finditer(before):
            if match.start() > best:
                nearest, best = role, match.start()
    return nearest


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    """The text with these spans cut out, so that 收800元培训费 reads 收培训费."""
    for start, end in sorted(spans, reverse=True):
        text = text[:start] + text[end:]
    return text
