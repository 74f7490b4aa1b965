"""Claims in a message: a figure or bound that the notice contradicts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from knowledge.language.reader import Question
from knowledge.model.notice import Comparison, Limit, Metric
from knowledge.model.snapshot import CitedFact
from knowledge.rules.results import number, yuan

CLAIMS = re.compile(r"吧|对吗|对不对|是吗|没错|是不是|对吧|是吧|就行|就可以|吗|听说|据说")
AT_MOST = re.compile(r"最多|上限|不超过|顶多|以内|封顶|最高|不能超")
AT_LEAST = re.compile(r"至少|最少|不少于|起码|以上|下限|最低|起步|不低于")
SPENDING = re.compile(r"预算|花了|花费|开支|总费用|成本|用了|支出")


def false_premise(question: Question, facts: tuple[CitedFact, ...]) -> str:
    """The claimed figure, in words, where every given fact says otherwise; else empty."""
    if not CLAIMS.search(question.text):
        return ""
    claimed = list(_claims(question, facts))
    contradicted = [words for words, agrees in claimed if not agrees]
    return contradicted[0] if contradicted and not any(agrees for _, agrees in claimed) else ""


def unknown_amount(question: Question, facts: tuple[CitedFact, ...]) -> str:
    money = question.quantities.money
    if money is None or not CLAIMS.search(question.text):
        return ""
    priced = any(limit.metric is Metric.SUBSIDY for c in facts for limit in c.fact.limits)
    return "" if priced else yuan(money)


def _claims(question: Question, facts: tuple[CitedFact, ...]) -> Iterator[tuple[str, bool]]:
    months = question.quantities.months
    for cited in facts:
        deadline = cited.fact.deadline
        if deadline and deadline.months and months is not None:
            yield f"{number(months)}个月" if months != 0.5 else "半个月", months == abs(deadline.months)
        for limit in cited.fact.limits:
            claim = _claimed_limit(question, limit)
            if claim:
                yield claim


def _claimed_limit(question: Question, limit: Limit) -> tuple[str, bool] | None:
    quantities, text = question.quantities, question.text
    bounded = bool(AT_MOST.search(text) or AT_LEAST.search(text))
    if limit.metric in {Metric.ONLINE_SHARE, Metric.STAFF_SHARE}:
        value, words = quantities.percent, f"{number(quantities.percent or 0)}%"
    elif limit.metric is Metric.SUBSIDY:
        value = None if SPENDING.search(text) else quantities.money
        words = yuan(value or 0)
    elif limit.metric is Metric.HEADCOUNT:
        value, words = (quantities.trainees if bounded else None), f"{quantities.trainees}人"
    elif limit.metric is Metric.DAYS:
        value, words = (quantities.days if bounded else None), f"{quantities.days}天"
    else:
        return None
    if value is None:
        return None
    return _bound_words(text) + words, value == limit.value and _same_direction(text, limit)


def _bound_words(text: str) -> str:
    match = AT_MOST.search(text) or AT_LEAST.search(text)
    return match.group() if match and match.group() in {"最多", "至少", "最少", "不超过", "不少于"} else ""


def _same_direction(text: str, limit: Limit) -> bool:
    if AT_MOST.search(text):
        return limit.comparison is Comparison.AT_MOST
    if AT_LEAST.search(text):
        return limit.comparison is Comparison.AT_LEAST
    return True
