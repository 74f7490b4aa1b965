"""From a message and its history to one `Question`: kinds, years, quantities, form, context."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from knowledge.calendar import inclusive_days
from knowledge.language.attributes import (
    FISCAL,
    SELF_FUNDED,
    KindReader,
    funding_in,
    next_year_in,
    speaks_of_both_years,
    years_in,
)
from knowledge.language.dates import DateRole, StatedDate
from knowledge.language.phrasebook import Featurizer
from knowledge.language.quantities import SESSIONS, Quantities, arabic, read_quantities
from knowledge.language.text import INTERROGATIVE, Speller, plain_text
from knowledge.language.topic_text import COMPARING, topic_text
from knowledge.model.notice import Funding, Metric, SeminarKind
from knowledge.model.snapshot import Knowledge
from knowledge.rules.plan import Plan

YES_NO = re.compile(
    r"吗|吧|(?:不|没)[?。!,]*$|是不是|要不要|能不能|可不可以|合不合|有没有|能否|可否|是否|够不够|算不算|行不行|好不好"
    r"|挂不挂|对不对|妥不妥|迟没迟|^(?:can|do|does|is|are|must|may|could|should) "
)
CHECKING = re.compile(
    r"合规|符合|合不合|可以[吗吧不]|行[吗不吧?]|没问题|有问题|有没有问题|够[吗不]|够不够|达标|超没|没超|超期|妥|对吗|来得及|赶得上|赶得及|赶不赶得|期限(?:里|内)|期内吗|算不算"
    r"|迟没|晚没|晚不晚|能开|能办|能算|能不能|违规|合格|允许|帮看|看下|看看|行得通|合要求|要求吗|行不行|可不可以|是否|成不成|超标|超了|算超|踩线|越线|合适|开得成|开得了|办得成|成吗|允许不|犯规|毛病|行得了|妥当|成不|对不对|过得去|过关"
)
BOUND = re.compile(
    r"最多|顶多|上限|至多|最少|至少|起码|要招到|还能|还差|还少|少几|差几|差多少|能配|能带|能加|按几|几个|几人|几名|多少人|多少名|能招|能有|最低|撑死|还缺|缺几"
)
TOTAL = re.compile(
    r"(?:合计|总共|一共)(?!\d)|相加|加到一块|加在一块|加在一起|合起来|拢共|加总|总和|之和|加起来|总额|总计|总的|加一起|共需|共要|全部加|全部.{0,14}(?:多少|几)|都.{0,4}(?:顶格|拿满|补满|按上限)"
)
REMAINING = re.compile(
    r"还剩|剩几|剩多少|还有(?:多少|几)天|(?:还有)?(?:多少|几)天(?:可|能|就|到)|倒计时|离.{0,14}(?:多少|几)天|距.{0,14}(?:多少|几)天|还有多久|(?:算到|到).{0,14}(?:多少|几)天"
)
LATEST_OPENING = re.compile(
    r"(?:报到|开班|开课)(?:日期?|时间)?(?:最晚|最迟|至迟).{0,6}(?:哪|几号|什么时候|何时)"
    r"|(?:最晚|最迟|至迟|最晚得|晚).{0,8}(?:报到(?!北京|部|厅|省|处|哪|谁|人社)|开班|开课|开始|开训|开)|(?:几号|哪天).{0,4}(?:报到|开班|开课)"
)
EARLIEST_OPENING = re.compile(
    r"(?:最早|最快|多久|什么时候|哪天|几号).{0,6}(?:能|可以|才能|才可以).{0,3}(?:开班|开课|开)"
)
LAST_DAY = re.compile(r"(?:几号|哪天|哪一天|什么时候).{0,4}(?:离开|结束|散|办完|返程|离会)")
NOWADAYS = re.compile(r"现在|如今|眼下|目前|当前")
ELLIPTIC = re.compile(
    r"^(?:那么?|如果|要是|换成|换|还有|另外|改成|那要|也|再)|(?:呢|嘞|咧|捏)[?。!]*$|也(?:是|要|这样|一样|得|适用|算|行)|这样|这种|那种|这事|一样吗|同样|这个|那个|它|的话[?。!]*$|^(?:加到|减到|变成|提到|涨到|降到|换到)"
)
PAST_YEAR = re.compile(r"去年|前年|上年")
RULE_WORDS = re.compile(r"通知|文件|规定|标准|政策|计划|要求")
WANTED = re.compile(r"多少|几|什么|哪|怎|谁|何|啥|咋|how|what|which|who|when")
MAX_HISTORY = 6
TEN_THOUSAND = 10_000
METRIC_OF_QUANTITY = (
    ("online", Metric.ONLINE_SHARE),
    ("staff", Metric.STAFF_COUNT),
    ("trainees", Metric.HEADCOUNT),
    ("days", Metric.DAYS),
    ("money", Metric.SUBSIDY),
    ("percent", Metric.ONLINE_SHARE),
)


@dataclass(frozen=True, slots=True)
class Question:
    """A message as understood. `topic_text` is what retrieval reads; `inherited` names what came from earlier
    messages, `earlier` are those messages, newest first, each by itself; `dated` is true where this message
    itself states a date or a number of days; `counted` where it states people, days, a share or a sum of
    ten thousand yuan and more; `sessions` are numbers of seminars per kind.
    """

    text: str
    topic_text: str
    as_of: date
    kinds: tuple[SeminarKind, ...] = ()
    years: tuple[int, ...] = ()
    next_year: int | None = None
    both_years: bool = False
    funding: Funding | None = None
    quantities: Quantities = field(default_factory=Quantities)
    concepts: frozenset[str] = frozenset()
    dated: bool = False
    counted: bool = False
    sessions: tuple[tuple[SeminarKind, int], ...] = ()
    earlier: tuple[Question, ...] = ()
    inherited: tuple[str, ...] = ()

    @property
    def yes_no(self) -> bool:
        return bool(YES_NO.search(self.text))

    @property
    def checking(self) -> bool:
        put_up = self.counted and not WANTED.search(self.text) and not self._asks_bound_again
        return put_up or bool(CHECKING.search(self.text)) or self.text.endswith(("吧", "吧?", "不", "不?"))

    @property
    def bounding(self) -> bool:
        return self._asks_bound_again or bool(BOUND.search(self.text))

    @property
    def _asks_bound_again(self) -> bool:
        """Only another number for the bound asked before (那80人呢)."""
        again = self.elliptic and self.counted and not CHECKING.search(self.text)
        return again and bool(self.earlier) and self.earlier[0].bounding

    @property
    def summing(self) -> bool:
        return bool(TOTAL.search(self.text))

    @property
    def counting_down(self) -> bool:
        return bool(REMAINING.search(self.text))

    @property
    def asks_latest_opening(self) -> bool:
        return bool(LATEST_OPENING.search(self.text))

    @property
    def asks_earliest_opening(self) -> bool:
        return bool(EARLIEST_OPENING.search(self.text))

    @property
    def asks_last_day(self) -> bool:
        return bool(LAST_DAY.search(self.text))

    @property
    def both_fundings(self) -> bool:
        return bool(SELF_FUNDED.search(self.text) and FISCAL.search(self.text))

    @property
    def about_time(self) -> bool:
        return self.dated or bool(self.concepts & {"deadline", "when"})

    @property
    def comparing(self) -> bool:
        return bool(COMPARING.search(self.text)) or self.both_years

    @property
    def elliptic(self) -> bool:
        return bool(ELLIPTIC.search(self.text))

    def plan(self, kind: SeminarKind) -> Plan:
        q = self.quantities
        opening, closing = q.day_of(DateRole.OPENING), q.day_of(DateRole.CLOSING)
        if opening is None and q.lead_days is not None:
            opening = self.as_of + timedelta(days=q.lead_days)
        if closing is None and q.elapsed_days is not None:
            closing = self.as_of - timedelta(days=q.elapsed_days)
        submitted = q.day_of(DateRole.SUBMISSION)
        if submitted is None and (q.lead_days is not None or q.elapsed_days is not None):
            submitted = self.as_of
        before = submitted is not None and opening is not None and submitted <= opening
        days = inclusive_days(opening, closing) if opening and closing and closing >= opening else q.days
        return Plan(
            kind=kind,
            headcount=q.headcount,
            online=q.online,
            offline=q.offline,
            staff=q.staff,
            days=days,
            opening=opening,
            closing=closing,
            filed_on=submitted if before else None,
            settled_on=submitted if not before and closing else None,
            budget=q.money if q.money and q.money >= TEN_THOUSAND else None,
        )


def _without_story(text: str) -> str:
    """A long message without the parts that only tell what happened 去年 and ask nothing."""
    parts = re.split(r"[,。;!\n]", text)
    if len(parts) < 3:
        return text
    return ",".join(p for p in parts if INTERROGATIVE.search(p) or not PAST_YEAR.search(p) or RULE_WORDS.search(p))


class Reader:
    def __init__(self, knowledge: Knowledge, speller: Speller, featurizer: Featurizer) -> None:
        self._speller = speller
        self._featurizer = featurizer
        self._kinds = KindReader(knowledge.vocabulary)
        self._contacts = [(notice.contact.person, notice.plan_year) for notice in knowledge.notices]

    def read(self, message: str, history: tuple[str, ...], as_of: date) -> Question:
        question = self._alone(message, as_of)
        if not history:
            return question
        earlier = [self._alone(text, as_of) for text in history[-MAX_HISTORY:]]
        return self._with_history(question, earlier)

    def _alone(self, message: str, as_of: date) -> Question:
        text = self._speller.correct(plain_text(message))
        years = years_in(_without_story(text), as_of.year) or self._years_of_contacts(text)
        quantities = read_quantities(text, as_of, years[0] if len(years) == 1 else None)
        return Question(
            text=text,
            topic_text=topic_text(quantities),
            as_of=as_of,
            kinds=self._kinds.kinds(text),
            years=years,
            next_year=next_year_in(text, as_of.year),
            both_years=speaks_of_both_years(text),
            funding=funding_in(text),
            quantities=quantities,
            concepts=self._featurizer.concepts(quantities.rest),
            sessions=self._sessions(text),
            counted=_counts(quantities),
            dated=bool(quantities.dates or quantities.lead_days or quantities.elapsed_days),
        )

    def _sessions(self, text: str) -> tuple[tuple[SeminarKind, int], ...]:
        """5期示范加3期工程专项, 2期示范1期工程专项, 示范2期工程专项1期 → numbers by kind."""
        text = arabic(text)
        first = SESSIONS.search(text)
        number_first = bool(first and not self._kinds.kinds(re.split(r"[加和与跟、,+及]", text[: first.start()])[-1]))
        parts = re.split(r"[加和与跟、,+及]|" + (r"(?<!\d)(?=\d+期)" if number_first else r"(?<=期)"), text)
        found = [(self._kinds.kinds(part), SESSIONS.search(part)) for part in parts]
        return tuple((kinds[0], int(number[1])) for kinds, number in found if number and len(kinds) == 1)

    def _years_of_contacts(self, text: str) -> tuple[int, ...]:
        """Naming a notice's contact person means that notice."""
        return tuple(year for person, year in self._contacts if person in text)

    def _with_history(self, question: Question, earlier: list[Question]) -> Question:
        inherited = []
        kinds, years = question.kinds, question.years
        if not kinds:
            kinds = next((e.kinds for e in reversed(earlier) if e.kinds), ())
            inherited += [kind.label for kind in kinds]
        if not years and NOWADAYS.search(question.text):
            years = (question.as_of.year,)
        elif not years and not question.both_years and question.next_year is None:
            years = next((e.years for e in reversed(earlier) if e.years), ())
            inherited += [f"{year}年" for year in years]
        return replace(
            question,
            kinds=kinds,
            years=years,
            funding=question.funding or next((e.funding for e in reversed(earlier) if e.funding), None),
            quantities=_merged([*_stated_before(question, earlier), question.quantities]),
            earlier=tuple(reversed(earlier)),
            inherited=tuple(inherited),
        )


def _stated_before(question: Question, earlier: list[Question]) -> list[Quantities]:
    """Earlier figures that still hold: none where another kind comes with figures of its own."""
    before = next((e.kinds for e in reversed(earlier) if e.kinds), ())
    another = bool(question.kinds and before) and not set(question.kinds) & set(before)
    return [] if another and (question.dated or question.counted) else [e.quantities for e in earlier]


def _counts(quantities: Quantities) -> bool:
    people = (quantities.trainees, quantities.online, quantities.staff, quantities.days, quantities.percent)
    return any(value is not None for value in people) or (quantities.money or 0) >= TEN_THOUSAND


def _merged(stated: list[Quantities]) -> Quantities:
    """Later quantities win; a date without a role corrects the date stated before it."""
    result = stated[0]
    for later in stated[1:]:
        changes = {
            name: value
            for name in ("trainees", "online", "offline", "staff", "days", "months", "money", "percent", "sessions")
            if (value := getattr(later, name)) is not None
        }
        changes["dates"] = _merged_dates(result.dates, later.dates)
        changes["lead_days"] = later.lead_days
        changes["elapsed_days"] = later.elapsed_days
        changes["rest"] = later.rest
        result = replace(result, **changes)
    return result


def _merged_dates(before: tuple[StatedDate, ...], after: tuple[StatedDate, ...]) -> tuple[StatedDate, ...]:
    if len(after) == 1 and after[0].role is DateRole.UNKNOWN and before:
        return (*before, replace(after[0], role=before[-1].role))
    if any(d.role is DateRole.OPENING for d in after) and not any(d.role is DateRole.CLOSING for d in after):
        before = tuple(d for d in before if d.role is not DateRole.CLOSING)
    return (*before, *after)
