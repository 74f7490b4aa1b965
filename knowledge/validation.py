"""Consistency checks of notices, topics and quotes; run by `yanxiu notice show` and the tests."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from knowledge.model.notice import Duty, Fact, Notice, Stance
from knowledge.model.numbers import figures_in
from knowledge.model.snapshot import Knowledge

DUTIES_TO_STATE = (Duty.FILING, Duty.SETTLEMENT, Duty.SUBSIDY)
OPEN_LIST = re.compile(r"等|以及其他")
DIGITS = re.compile(r"\d+(?:[.\-]\d+)*")


def problems(knowledge: Knowledge) -> tuple[str, ...]:
    found = [*_years(knowledge), *_topics(knowledge)]
    for notice in knowledge.notices:
        found += [f"{notice.id}：{line}" for line in notice_problems(notice)]
    return tuple(found)


def notice_problems(notice: Notice) -> Iterator[str]:
    yield from _unique_ids(notice)
    yield from _clauses_cover_source(notice)
    for fact in notice.facts:
        yield from (f"事实 {fact.id}：{line}" for line in _fact(notice, fact))
    yield from _unowned_figures(notice)
    yield from _unstated_duties(notice)


def _years(knowledge: Knowledge) -> Iterator[str]:
    for year, count in Counter(n.plan_year for n in knowledge.notices).items():
        if count > 1:
            yield f"{year}年有{count}份通知，年度重叠"


def _topics(knowledge: Knowledge) -> Iterator[str]:
    known = knowledge.topic_by_id
    for topic in knowledge.topics:
        for other in (*topic.related, *topic.covers, *filter(None, [topic.nearest])):
            if other not in known:
                yield f"话题 {topic.id} 指向不存在的话题 {other}"
        if not topic.decline and not topic.covers and topic.id not in knowledge.facts_by_topic:
            yield f"话题 {topic.id} 没有任何事实"
        if topic.decline and not topic.say:
            yield f"话题 {topic.id} 没有写明答复"
        if extra := figures_in(topic.say) - {str(year) for year in knowledge.plan_years}:
            yield f"话题 {topic.id} 的答复有来历不明的数字：{'、'.join(sorted(extra))}"
    for topic_id in knowledge.facts_by_topic.keys() - known.keys():
        yield f"事实使用了不存在的话题 {topic_id}"


def _unique_ids(notice: Notice) -> Iterator[str]:
    for fact_id, count in Counter(f.id for f in notice.facts).items():
        if count > 1:
            yield f"事实编号 {fact_id} 重复"


def _clauses_cover_source(notice: Notice) -> Iterator[str]:
    """Every character of the source but line ends stands in exactly one clause."""
    position = 0
    for clause in notice.clauses:
        if notice.source[position : clause.start].strip("\n"):
            yield f"第{position}字起的文字不属于任何条款"
        position = clause.end


def _fact(notice: Notice, fact: Fact) -> Iterator[str]:
    if fact.clause not in notice.clause_by_number:
        yield f"条款 {fact.clause} 不存在"
        return
    if fact.quote not in notice.text_of(fact.clause):
        yield f"引文不在条款 {fact.clause} 的原文中"
    yield from _fact_wording(notice, fact)
    for kind in fact.kinds:
        if kind not in notice.kinds:
            yield f"项目类型 {kind} 不在本通知中"
    if fact.deadline and fact.deadline.day and not _date_in(fact):
        yield "固定日期不在引文中"
    if fact.deadline and not fact.deadline.day and fact.deadline.length not in fact.quote.replace(" ", ""):
        yield f"期限“{fact.deadline.length}”不在引文中"


def _fact_wording(notice: Notice, fact: Fact) -> Iterator[str]:
    """Figures and list items of the answer stand in the quote; 等 is kept."""
    allowed = figures_in(fact.quote) | {str(notice.plan_year)}
    if extra := figures_in(fact.say) - allowed:
        yield f"答复中的数字不在引文中：{'、'.join(sorted(extra))}"
    asked = " ".join((fact.pledge, fact.task.title, fact.task.receiver) if fact.task else (fact.pledge,))
    if extra := figures_in(asked) - allowed:
        yield f"待办或承诺中的数字不在引文中：{'、'.join(sorted(extra))}"
    if fact.task and fact.task.each_item and not fact.items:
        yield "待办要逐项列出，却没有清单项"
    for item in fact.items:
        if item not in fact.quote:
            yield f"清单项“{item}”不在引文中"
    if fact.items and bool(OPEN_LIST.search(fact.quote)) != fact.open_ended:
        yield "清单以“等”结尾与否，标注与原文不符"
    if fact.stance is Stance.SILENT and not fact.say:
        yield "未规定的事项没有写明答复"


def _date_in(fact: Fact) -> bool:
    day = fact.deadline.day if fact.deadline else None
    return bool(day and re.search(rf"(?<!\d){day.month}月{day.day}日", fact.quote))


def positions_of(quote: str, source: str) -> Iterator[int]:
    """Every place a quote stands in: tables repeat lines."""
    start = source.find(quote) if quote else -1
    while start >= 0:
        yield from range(start, start + len(quote))
        start = source.find(quote, start + len(quote))


def _unowned_figures(notice: Notice) -> Iterator[str]:
    """Every figure of the source lies in a fact's quote, in listed context or in the metadata."""
    quotes = [f.quote for f in notice.facts] + [c.quote for c in notice.context] + [notice.doc_no or "", notice.title]
    for start, end in unowned_figures(notice.source, quotes):
        around = notice.source[max(0, start - 10) : end + 6]
        yield f"数字“{notice.source[start:end]}”（…{around}…）没有归属"


def unowned_figures(source: str, quotes: Iterable[str]) -> Iterator[tuple[int, int]]:
    owned = {at for quote in quotes for at in positions_of(quote, source)}
    for match in DIGITS.finditer(source):
        if not owned.issuperset(range(match.start(), match.end())):
            yield match.span()


def _unstated_duties(notice: Notice) -> Iterator[str]:
    """Every kind is told about every duty, even if only that the notice is silent."""
    for duty in DUTIES_TO_STATE:
        for kind in notice.kinds:
            if not any(f.duty is duty and f.applies_to(kind) for f in notice.facts):
                yield f"{kind.label}的{duty}没有事实，也没有写明未规定"
