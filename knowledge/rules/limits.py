"""Checks a plan against the `limits` of facts, one function per metric; no figure of a notice is known here."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator

from knowledge.model.notice import Comparison, Limit, Metric
from knowledge.model.snapshot import CitedFact
from knowledge.rules.plan import Plan
from knowledge.rules.results import Finding, Verdict, number, yuan


def check_limits(plan: Plan, facts: Iterable[CitedFact]) -> Iterator[Finding]:
    for cited in facts:
        if cited.fact.applies_to(plan.kind):
            for limit in cited.fact.limits:
                finding = CHECKS[limit.metric](plan, limit, cited)
                if finding:
                    yield finding


def _headcount(plan: Plan, limit: Limit, cited: CitedFact) -> Finding | None:
    if plan.headcount is None:
        return None
    value, bound = plan.headcount, int(limit.value)
    if limit.comparison is Comparison.AT_LEAST:
        passed = f"学员{value}人，符合每期不少于{bound}人的要求"
        failed = f"学员{value}人，不足{bound}人（要求每期不少于{bound}人），还差{bound - value}人"
        return _finding("headcount", passed if value >= bound else None, failed, cited)
    passed = f"学员{value}人，符合不超过{bound}人的要求"
    failed = f"学员{value}人，超过{bound}人，多了{value - bound}人"
    return _finding("headcount", passed if value <= bound else None, failed, cited)


def _days(plan: Plan, limit: Limit, cited: CitedFact) -> Finding | None:
    if plan.days is None:
        return None
    value, bound = plan.days, int(limit.value)
    if limit.comparison is Comparison.ABOUT:
        passed = f"共{value}天（含报到和离开），符合{bound}天左右的要求"
        failed = f"{value}天与规定的{bound}天左右不符，建议按{bound}天安排或先与主管处室沟通"
        return _finding("days", passed if value == bound else None, failed, cited)
    passed = f"共{value}天（含报到和离开），符合不少于{bound}天的要求"
    failed = f"{value}天，不足{bound}天（要求不少于{bound}天，含报到和离开时间），还差{bound - value}天"
    return _finding("days", passed if value >= bound else None, failed, cited)


def staff_allowed(headcount: int, share: float) -> int:
    """Whole people within a share (percent) of the trainees: fractions are dropped."""
    return math.floor(headcount * share / 100 + 1e-9)


def _staff_share(plan: Plan, limit: Limit, cited: CitedFact) -> Finding | None:
    if plan.headcount is None or plan.staff is None:
        return None
    allowed, share = staff_allowed(plan.headcount, limit.value), number(limit.value)
    exact = number(plan.headcount * limit.value / 100)
    basis = f"研修人数的{share}%（{plan.headcount}人的{share}%是{exact}人，最多{allowed}人）"
    passed = f"工作人员{plan.staff}人，未超过{basis}"
    return _finding(
        "staff_share", passed if plan.staff <= allowed else None, f"工作人员{plan.staff}人，超过{basis}", cited
    )


def _staff_count(plan: Plan, limit: Limit, cited: CitedFact) -> Finding | None:
    if plan.staff is None:
        return None
    bound = int(limit.value)
    passed = f"工作人员{plan.staff}人，未超过最多{bound}人"
    failed = f"工作人员{plan.staff}人，超过上限：最多不超过{bound}人"
    return _finding("staff_count", passed if plan.staff <= bound else None, failed, cited)


def _online_share(plan: Plan, limit: Limit, cited: CitedFact) -> Finding | None:
    if plan.online is None or not plan.headcount:
        return None
    share, most = plan.online / plan.headcount * 100, number(limit.value)
    stated = f"线上{plan.online}人，占总人数{plan.headcount}人的{number(round(share, 1))}%"
    passed = f"{stated}，符合不超过{most}%的要求" if share <= limit.value else None
    return _finding("online_share", passed, f"{stated}，超过{most}%的上限", cited)


def _subsidy(plan: Plan, limit: Limit, cited: CitedFact) -> Finding | None:
    if plan.budget is None or limit.comparison is not Comparison.AT_MOST:
        return None
    passed = f"{yuan(plan.budget)}未超过每期{yuan(limit.value)}的上限" if plan.budget <= limit.value else None
    over = yuan(plan.budget - limit.value)
    failed = f"每期不超过{yuan(limit.value)}，{yuan(plan.budget)}超出{over}，超出部分不能由补助承担"
    return _finding("subsidy", passed, failed, cited)


def _finding(rule: str, passed: str | None, failed: str, cited: CitedFact) -> Finding:
    """`passed` is None where the limit is exceeded; then `failed` is the text."""
    return Finding(rule, Verdict.PASS if passed else Verdict.FAIL, passed or failed, (cited,))


CHECKS: dict[Metric, Callable[[Plan, Limit, CitedFact], Finding | None]] = {
    Metric.HEADCOUNT: _headcount,
    Metric.DAYS: _days,
    Metric.STAFF_SHARE: _staff_share,
    Metric.STAFF_COUNT: _staff_count,
    Metric.ONLINE_SHARE: _online_share,
    Metric.SUBSIDY: _subsidy,
}
