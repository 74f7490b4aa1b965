"""What rules derive from a question's own dates and numbers: sums, checks, bounds, due dates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from knowledge.answering.premises import SPENDING
from knowledge.language.dates import DateRole
from knowledge.language.quantities import OFFLINE_WORDS, ONLINE_WORDS, STAFF_WORDS
from knowledge.language.reader import TEN_THOUSAND, Question
from knowledge.model.notice import Anchor, Deadline, Metric, SeminarKind
from knowledge.model.snapshot import CitedFact, Knowledge
from knowledge.rules.bounds import (
    headcount_for_staff,
    kind_difference,
    largest_online,
    largest_staff,
    own_share,
    smallest_headcount,
    smallest_offline,
    sum_of_counts,
    total_cap,
    total_floor,
)
from knowledge.rules.deadlines import (
    check_deadlines,
    due_finding,
    earliest_opening,
    last_day,
    latest_opening,
    left_until,
    literal_due,
    remaining,
)
from knowledge.rules.limits import check_limits
from knowledge.rules.plan import Plan
from knowledge.rules.results import Finding

IN_TIME = re.compile(r"来得及|还能|赶得上|过期|过了|现在|截止了|晚了|迟")
COMPLETION = "completion"
LOWEST = re.compile(r"最低人数|最少人数|最低|下限|人数底线|起码的人数|刚好达标")
PLAN = "plan_total"
OWN_MONEY = re.compile(
    r"自己.{0,6}(?:筹|贴|掏|出|垫|补)|单位.{0,6}(?:筹|贴|掏|垫|补)|自筹多少|贴多少|垫多少|缺口|差额|倒贴|还要筹|还得筹|多出多少|超出?了?多少|超支多少"
)
SHORT_OF = re.compile(r"差几|还差|还少|少几|缺多少|差着|还缺|缺几|差多少|够|能开|达标")


@dataclass(frozen=True, slots=True)
class Case:
    """`own` are the topic's facts for one kind, `every` all facts of that kind and year."""

    question: Question
    plan: Plan
    own: tuple[CitedFact, ...]
    every: tuple[CitedFact, ...]
    knowledge: Knowledge


def derive(
    question: Question, topics: tuple[str, ...], kind: SeminarKind, year: int, knowledge: Knowledge
) -> tuple[Finding, ...]:
    """Findings for one kind, the most informative family first; empty where no rule applies."""
    own = tuple(c for topic in topics for c in knowledge.facts(topic, year, (kind,)))
    every = knowledge.governing.get((year, kind), ())
    if question.funding:
        every = tuple(c for c in every if c.fact.funding in {None, question.funding})
    plan = _with_roles(question, own, question.plan(kind))
    case = Case(question, plan, own, every, knowledge)
    for family in (_countdown, _openings, _own_shares, _checks, _bounds, _due_dates):
        found = tuple(family(case))
        if found:
            return _distinct(found)
    return ()


def _with_roles(question: Question, own: tuple[CitedFact, ...], plan: Plan) -> Plan:
    unknown = question.quantities.day_of(DateRole.UNKNOWN)
    if unknown is None or (plan.opening and plan.closing):
        return plan
    anchors = {c.fact.deadline.anchor for c in own if c.fact.deadline}
    if Anchor.OPENING in anchors and plan.opening is None:
        return replace(plan, opening=unknown)
    if anchors & {Anchor.CLOSING, Anchor.FIXED} and plan.closing is None:
        return replace(plan, closing=unknown)
    return plan


def totals(
    question: Question, topics: tuple[str, ...], kinds: tuple[SeminarKind, ...], year: int, knowledge: Knowledge
) -> tuple[Finding, ...]:
    own = tuple(c for topic in topics for c in knowledge.facts(topic, year, kinds))
    if question.comparing and len(question.kinds) == 2:
        difference = kind_difference(question.kinds[0], question.kinds[1], own)
        return (difference,) if difference else ()
    of_one_kind = question.quantities.sessions and len(question.kinds) == 1
    if not (question.summing or question.sessions or of_one_kind):
        return ()
    planned = next(iter(knowledge.facts(PLAN, year)), None)
    counted = sum_of_counts(planned, kinds) if planned and topics[0] == PLAN else None
    if counted:
        return (counted,)
    rows = [
        (cited, count)
        for cited in own
        if any(limit.metric is Metric.SUBSIDY for limit in cited.fact.limits)
        for kind in kinds
        if cited.fact.applies_to(kind) and (count := _sessions(question, kind, planned))
    ]
    finding = total_cap(rows) if rows and (question.quantities.money or 0) < TEN_THOUSAND else None
    if finding:
        return (replace(finding, facts=(*finding.facts, *([planned] if planned else []))),)
    floors = [
        (cited, count)
        for kind in kinds
        for cited in own
        if smallest_headcount(cited) and cited.fact.applies_to(kind) and (count := _sessions(question, kind, planned))
    ]
    return tuple(filter(None, [total_floor(*floors[0])])) if question.summing and len(floors) == 1 else ()


def _sessions(question: Question, kind: SeminarKind, planned: CitedFact | None) -> int:
    """Number of seminars of a kind: stated beside the kind, stated once, or planned."""
    stated = dict(question.sessions)
    if kind in stated:
        return stated[kind]
    if question.quantities.sessions and len(question.kinds) == 1:
        return question.quantities.sessions
    return planned.fact.counts.get(kind, 0) if planned else 0


def _countdown(case: Case) -> Iterator[Finding]:
    for cited in case.own:
        deadline = cited.fact.deadline
        if not deadline:
            continue
        if deadline.anchor is Anchor.FIXED:
            passed = deadline.day is not None and case.question.as_of > deadline.day
            if case.question.counting_down or (
                IN_TIME.search(case.question.text) and (passed or case.plan.closing is None)
            ):
                finding = remaining(cited, case.question.as_of)
                if finding:
                    yield finding
        elif case.question.counting_down and (due := _literal(case, deadline)):
            yield left_until(cited, due, case.question.as_of)


def _openings(case: Case) -> Iterator[Finding]:
    days, length = _length(case.question, case.every)
    if case.question.asks_earliest_opening and case.plan.opening is None:
        submitted = case.question.quantities.day_of(DateRole.SUBMISSION) or case.question.quantities.day_of(
            DateRole.UNKNOWN
        )
        if submitted:
            yield from filter(None, [earliest_opening(c, submitted, case.knowledge.holidays) for c in case.every])
    elif case.question.asks_last_day and case.plan.opening and case.plan.closing is None:
        if length and days:
            yield last_day(length, case.plan.opening, days)
    elif case.question.asks_latest_opening and days:
        basis = (length,) if length else ()
        fixed = [c for c in (*case.own, *case.every) if _ends_a_seminar(c)]
        yield from filter(None, [latest_opening(c, days, basis) for c in fixed[:1]])


def _ends_a_seminar(cited: CitedFact) -> bool:
    deadline = cited.fact.deadline
    return bool(deadline and deadline.anchor is Anchor.FIXED and cited.fact.duty == COMPLETION)


def _length(question: Question, every: tuple[CitedFact, ...]) -> tuple[int | None, CitedFact | None]:
    for cited in every:
        for limit in cited.fact.limits:
            if limit.metric is Metric.DAYS:
                return question.quantities.days or int(limit.value), cited
    return question.quantities.days, None


def _own_shares(case: Case) -> Iterator[Finding]:
    if case.plan.budget and OWN_MONEY.search(case.question.text):
        yield from filter(None, [own_share(cited, case.plan.budget) for cited in case.every])


def _checks(case: Case) -> Iterator[Finding]:
    plan = case.plan
    stated = [plan.headcount, plan.online, plan.staff]
    describes_a_plan = sum(value is not None for value in stated) > 1 and not case.question.bounding
    handed_in = bool((plan.filed_on and plan.opening) or (plan.settled_on and plan.closing))
    if not (case.question.checking or describes_a_plan or handed_in or SHORT_OF.search(case.question.text)):
        return
    if case.question.bounding and not (plan.opening or plan.closing):
        compares = bool(plan.staff or SHORT_OF.search(case.question.text))
        if plan.headcount is None or not compares:
            return
    if plan.budget and not SPENDING.search(case.question.text) and not re.search(r"全|都", case.question.text):
        plan = replace(plan, budget=None)
    yield from check_limits(plan, case.every)
    yield from check_deadlines(plan, case.every, case.knowledge.holidays)


def _bounds(case: Case) -> Iterator[Finding]:
    named = [c for c in case.every if _named(c, case.question)] if case.question.bounding else []
    own = (*case.own, *named)
    metrics = {limit.metric for c in own for limit in c.fact.limits}
    headcount: int | None = case.plan.headcount
    basis: tuple[CitedFact, ...] = ()
    if headcount is None and case.plan.offline is None and LOWEST.search(case.question.text):
        headcount, basis = _least(case.every)
    if case.plan.online is not None and headcount is None and OFFLINE_WORDS.search(case.question.text):
        yield from filter(None, [smallest_offline(cited, case.plan.online) for cited in case.every])
        return
    if case.plan.staff is not None and headcount is None and case.question.bounding:
        yield from filter(None, [headcount_for_staff(cited, case.plan.staff) for cited in case.every])
        return
    if headcount is None and case.plan.offline is None:
        return
    for cited in dict.fromkeys(own):
        if Metric.STAFF_SHARE in metrics and headcount is not None:
            yield from filter(None, [largest_staff(cited, headcount, basis)])
        if Metric.ONLINE_SHARE in metrics:
            yield from filter(None, [largest_online(cited, headcount, case.plan.offline, basis)])


def _named(cited: CitedFact, question: Question) -> bool:
    metrics = {limit.metric for limit in cited.fact.limits}
    staff = Metric.STAFF_SHARE in metrics and STAFF_WORDS.search(question.text)
    online = Metric.ONLINE_SHARE in metrics and ONLINE_WORDS.search(question.text)
    return bool(staff or online)


def _least(every: tuple[CitedFact, ...]) -> tuple[int | None, tuple[CitedFact, ...]]:
    for cited in every:
        least = smallest_headcount(cited)
        if least is not None:
            return least, (cited,)
    return None, ()


def _due_dates(case: Case) -> Iterator[Finding]:
    if not case.question.about_time:
        return
    for cited in case.own:
        deadline = cited.fact.deadline
        if deadline and deadline.anchor is not Anchor.FIXED:
            finding = due_finding(cited, case.plan.opening, case.plan.closing, case.knowledge.holidays)
            if finding:
                yield finding


def _literal(case: Case, deadline: Deadline) -> date | None:
    return literal_due(deadline, case.plan.opening, case.plan.closing, case.knowledge.holidays)


def _distinct(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    return tuple({finding.text: finding for finding in findings}.values())
