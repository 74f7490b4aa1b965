"""Limits solved for the unknown: what they allow, given what is fixed; sums and differences."""

from __future__ import annotations

import math
from collections.abc import Iterable

from knowledge.model.notice import Comparison, Metric, SeminarKind
from knowledge.model.snapshot import CitedFact
from knowledge.rules.limits import staff_allowed
from knowledge.rules.results import Finding, Verdict, number, yuan


def _limit(cited: CitedFact, metric: Metric) -> float | None:
    return next((limit.value for limit in cited.fact.limits if limit.metric is metric), None)


def largest_staff(cited: CitedFact, headcount: int, basis: tuple[CitedFact, ...] = ()) -> Finding | None:
    share, count = _limit(cited, Metric.STAFF_SHARE), _limit(cited, Metric.STAFF_COUNT)
    if share is None:
        return None
    by_share = staff_allowed(headcount, share)
    allowed = min(by_share, int(count)) if count is not None else by_share
    text = f"工作人员最多{allowed}人：{headcount}名学员的{number(share)}%是{number(headcount * share / 100)}人"
    if by_share * 100 != headcount * share:
        text += "，不足1人的部分不算"
    if count is not None and by_share > count:
        text += f"，但最多不超过{int(count)}人"
    return Finding("largest_staff", Verdict.COMPUTED, text, (*basis, cited))


def largest_online(
    cited: CitedFact, headcount: int | None, offline: int | None, basis: tuple[CitedFact, ...] = ()
) -> Finding | None:
    share = _limit(cited, Metric.ONLINE_SHARE)
    if share is None or (headcount is None and offline is None):
        return None
    if offline is not None and headcount is None:
        allowed = math.floor(offline * share / (100 - share) + 1e-9)
        total = f"线下{offline}人时，加线上{allowed}人合计{offline + allowed}人"
        text = f"线上最多{allowed}人：{total}，线上不超过总人数的{number(share)}%"
    else:
        allowed = math.floor((headcount or 0) * share / 100 + 1e-9)
        text = f"线上最多{allowed}人：总人数{headcount}人的{number(share)}%"
    return Finding("largest_online", Verdict.COMPUTED, text, (*basis, cited))


def headcount_for_staff(cited: CitedFact, staff: int) -> Finding | None:
    share, count = _limit(cited, Metric.STAFF_SHARE), _limit(cited, Metric.STAFF_COUNT)
    if not share:
        return None
    if count is not None and staff > count:
        text = f"工作人员最多不超过{int(count)}人，不能配{staff}人"
        return Finding("headcount_for_staff", Verdict.FAIL, text, (cited,))
    needed = math.ceil(staff * 100 / share - 1e-9)
    text = f"学员至少{needed}人：{needed}人的{number(share)}%是{staff}人"
    return Finding("headcount_for_staff", Verdict.COMPUTED, text, (cited,))


def smallest_offline(cited: CitedFact, online: int) -> Finding | None:
    share = _limit(cited, Metric.ONLINE_SHARE)
    if not share:
        return None
    needed = math.ceil(online * (100 - share) / share - 1e-9)
    text = f"线下至少{needed}人：线上{online}人时，合计{online + needed}人，线上不超过总人数的{number(share)}%"
    return Finding("smallest_offline", Verdict.COMPUTED, text, (cited,))


def smallest_headcount(cited: CitedFact) -> int | None:
    for limit in cited.fact.limits:
        if limit.metric is Metric.HEADCOUNT and limit.comparison is Comparison.AT_LEAST:
            return int(limit.value)
    return None


def own_share(cited: CitedFact, budget: float) -> Finding | None:
    cap = _limit(cited, Metric.SUBSIDY)
    if cap is None:
        return None
    if budget <= cap:
        text = f"{yuan(budget)}未超过每期{yuan(cap)}的补助上限"
    else:
        text = f"至少{yuan(budget - cap)}要由其他经费承担：{yuan(budget)}减去每期最多{yuan(cap)}的补助"
    return Finding("own_share", Verdict.COMPUTED, text, (cited,))


def total_cap(facts: Iterable[tuple[CitedFact, int]]) -> Finding | None:
    rows = [(cited, count, cap) for cited, count in facts if (cap := _limit(cited, Metric.SUBSIDY)) is not None]
    if not rows:
        return None
    total = sum(count * cap for _, count, cap in rows)
    parts = " + ".join(f"{count}期×{yuan(cap)}" for _, count, cap in rows)
    text = f"合计最多{yuan(total)}：{parts}"
    return Finding("total_cap", Verdict.COMPUTED, text, tuple(cited for cited, _, _ in rows))


def total_floor(cited: CitedFact, sessions: int) -> Finding | None:
    least = smallest_headcount(cited)
    if least is None:
        return None
    return Finding("total_floor", Verdict.COMPUTED, f"合计至少{sessions * least}人：{sessions}期×{least}人", (cited,))


def sum_of_counts(cited: CitedFact, kinds: tuple[SeminarKind, ...]) -> Finding | None:
    counts = [cited.fact.counts[kind] for kind in kinds if kind in cited.fact.counts]
    if not 1 < len(counts) < len(cited.fact.counts):
        return None
    text = f"合计{sum(counts)}期：{'+'.join(str(n) for n in counts)}"
    return Finding("sum_of_counts", Verdict.COMPUTED, text, (cited,))


def limit_change(
    kind: SeminarKind, before: Iterable[CitedFact], after: Iterable[CitedFact], *, relative: bool = False
) -> Finding | None:
    """None where it did not move or differs in sort. With `relative`, also in percent of the earlier limit."""
    old = {
        (limit.metric, limit.comparison): (cited, limit.value)
        for cited in before
        if cited.fact.applies_to(kind)
        for limit in cited.fact.limits
    }
    for cited in after:
        for limit in cited.fact.limits if cited.fact.applies_to(kind) else ():
            earlier, value = old.get((limit.metric, limit.comparison), (None, limit.value))
            if earlier and value != limit.value:
                amount = abs(limit.value - value)
                moved = yuan(amount) if limit.metric is Metric.SUBSIDY else number(amount)
                more = "多" if limit.value > value else "少"
                text = f"{cited.notice.plan_year}年比{earlier.notice.plan_year}年{more}{moved}"
                if relative:
                    text += f"，{'增加' if limit.value > value else '减少'}{number(round(amount / value * 100, 1))}%"
                return Finding("limit_change", Verdict.COMPUTED, text, (earlier, cited))
    return None


def kind_difference(one: SeminarKind, other: SeminarKind, facts: Iterable[CitedFact]) -> Finding | None:
    bounds = [
        (cited, limit)
        for cited in facts
        for limit in cited.fact.limits
        if limit.metric in {Metric.SUBSIDY, Metric.HEADCOUNT, Metric.DAYS}
    ]
    for first, mine in bounds:
        for second, theirs in bounds:
            same = (mine.metric, mine.comparison) == (theirs.metric, theirs.comparison)
            if same and first.fact.applies_to(one) and second.fact.applies_to(other) and mine.value != theirs.value:
                amount = abs(mine.value - theirs.value)
                moved = yuan(amount) if mine.metric is Metric.SUBSIDY else number(amount)
                text = f"相差{moved}：{one.label}比{other.label}{'多' if mine.value > theirs.value else '少'}{moved}"
                return Finding("kind_difference", Verdict.COMPUTED, text, (first, second))
    return None


def breakdown_conflict(cited: CitedFact) -> Finding | None:
    counts, total = cited.fact.counts, cited.fact.total
    if total is None or not counts or sum(counts.values()) == total:
        return None
    added = "+".join(str(n) for n in counts.values())
    text = f"注意：各类相加{added}={sum(counts.values())}期，与通知所写共{total}期不一致，以主管处室解释为准"
    return Finding("breakdown_conflict", Verdict.COMPUTED, text, (cited,))
