"""体检: a plan against every limit, date and prohibition of its notice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from knowledge.calendar import Holidays
from knowledge.model.notice import Anchor, Comparison, Limit, Metric, Stance
from knowledge.rules.applicable import Governing
from knowledge.rules.deadlines import DUTY_NAMES, check_deadlines, literal_due
from knowledge.rules.limits import check_limits
from knowledge.rules.plan import Plan
from knowledge.rules.results import Finding, Verdict, chinese_date

WANTED = {
    Metric.HEADCOUNT: ("headcount", "学员人数"),
    Metric.DAYS: ("days", "开班和结束日期"),
    Metric.STAFF_SHARE: ("staff", "工作人员数"),
    Metric.STAFF_COUNT: ("staff", "工作人员数"),
    Metric.ONLINE_SHARE: ("online", "线上学员数"),
    Metric.SUBSIDY: ("budget", "申请补助金额"),
}


def checkup(plan: Plan, ruling: Governing, holidays: Holidays, today: date) -> tuple[Finding, ...]:
    """Every rule of the notice: pass, fail, not stated by the notice, or missing from the plan."""
    findings = [
        *check_limits(plan, ruling.facts),
        *_unjudged(plan, ruling),
        *check_deadlines(plan, ruling.facts, holidays),
        *_too_late(plan, ruling, holidays, today),
        *_pledges(plan, ruling),
        *_silent(ruling),
    ]
    order = [Verdict.FAIL, Verdict.MISSING, Verdict.NOT_STATED, Verdict.PASS]
    return tuple(sorted(findings, key=lambda finding: order.index(finding.verdict)))


def _unjudged(plan: Plan, ruling: Governing) -> Iterator[Finding]:
    asked = set()
    for cited in ruling.facts:
        for limit in cited.fact.limits:
            field, name = WANTED[limit.metric]
            unknown = getattr(plan, field) is None or (limit.metric is Metric.STAFF_SHARE and plan.headcount is None)
            if unknown and limit.comparison in _judged(limit) and field not in asked:
                asked.add(field)
                text = f"还没填{name}，无法核对：{cited.fact.say.rstrip('。')}"
                yield Finding(str(limit.metric), Verdict.MISSING, text, (cited,))


def _judged(limit: Limit) -> frozenset[Comparison]:
    every = frozenset(Comparison)
    return frozenset({Comparison.AT_MOST}) if limit.metric is Metric.SUBSIDY else every


def _too_late(plan: Plan, ruling: Governing, holidays: Holidays, today: date) -> Iterator[Finding]:
    """A filing whose last day has passed although the seminar has not begun."""
    for cited in ruling.facts:
        deadline = cited.fact.deadline
        if not deadline or deadline.anchor is not Anchor.OPENING or plan.opening is None or plan.filed_on:
            continue
        due = literal_due(deadline, plan.opening, plan.closing, holidays)
        if due and due < today <= plan.opening:
            name = DUTY_NAMES[deadline.duty]
            text = f"{name}的最后期限{chinese_date(due)}已过，请立即与主管处室联系，或推迟开班"
            yield Finding("filing_missed", Verdict.FAIL, text, (cited,))


def _pledges(plan: Plan, ruling: Governing) -> Iterator[Finding]:
    """Facts no plan can show; the organizer confirms them."""
    for cited in ruling.facts:
        if not cited.fact.pledge:
            continue
        if cited.fact.id in plan.broken:
            text = f"不符合：应当{cited.fact.pledge}。{cited.fact.say.rstrip('。')}"
            yield Finding("pledge", Verdict.FAIL, text, (cited,))
        elif cited.fact.id in plan.kept:
            yield Finding("pledge", Verdict.PASS, f"已确认{cited.fact.pledge}", (cited,))
        else:
            yield Finding("pledge", Verdict.MISSING, f"请确认：{cited.fact.pledge}", (cited,))


def _silent(ruling: Governing) -> Iterator[Finding]:
    """Limits the notice sets for other kinds but not for this one."""
    bounded = {fact.topic for fact in ruling.notice.facts if fact.limits}
    for cited in ruling.facts:
        if cited.fact.stance is Stance.SILENT and cited.fact.topic in bounded:
            yield Finding(cited.fact.topic, Verdict.NOT_STATED, cited.fact.say.rstrip("。"), (cited,))
