"""Due dates: from a fact's deadline and the seminar's dates, literal and prudent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from knowledge.calendar import DueDate, Holidays, add_months, add_working_days
from knowledge.model.notice import Anchor, Deadline, Duty
from knowledge.model.snapshot import CitedFact
from knowledge.rules.plan import Plan
from knowledge.rules.results import Finding, Verdict, chinese_date

DUTY_NAMES = {
    Duty.FILING: "开班前备案（提交实施方案等）",
    Duty.SETTLEMENT: "报送结算材料",
    Duty.COMPLETION: "完成办班",
    Duty.APPLICATION: "报送申报表格",
    Duty.SUBSIDY: "经费补助",
}


def literal_due(deadline: Deadline, opening: date | None, closing: date | None, holidays: Holidays) -> date | None:
    if deadline.anchor is Anchor.FIXED:
        return deadline.day
    anchor = opening if deadline.anchor is Anchor.OPENING else closing
    return _moved(anchor, deadline, holidays) if anchor else None


def _moved(day: date, deadline: Deadline, holidays: Holidays, *, back: bool = False) -> date:
    sign = -1 if back else 1
    if deadline.months:
        return add_months(day, sign * deadline.months)
    if deadline.days:
        return day + timedelta(days=sign * deadline.days)
    return add_working_days(day, sign * deadline.working_days, holidays)


def due_finding(
    cited: CitedFact, plan_opening: date | None, plan_closing: date | None, holidays: Holidays
) -> Finding | None:
    deadline = cited.fact.deadline
    literal = literal_due(deadline, plan_opening, plan_closing, holidays) if deadline else None
    if deadline is None or literal is None:
        return None
    due = DueDate.of(literal, holidays)
    text = f"最晚{chinese_date(literal)}{_counted(deadline, plan_opening, plan_closing)}{_prudent(due)}"
    return Finding("due_date", Verdict.COMPUTED, text, (cited,))


def _counted(deadline: Deadline, opening: date | None, closing: date | None) -> str:
    if deadline.anchor is Anchor.OPENING and opening:
        return f"（{opening.month}月{opening.day}日开班，往前{deadline.length}）"
    if deadline.anchor is Anchor.CLOSING and closing:
        return f"（{closing.month}月{closing.day}日结束，往后{deadline.length}）"
    return ""


def _prudent(due: DueDate) -> str:
    if due.literal == due.prudent:
        return ""
    doubt = "" if due.sure else "（该年法定节假日尚未公布，只按周末推算）"
    return f"；当天不是工作日，稳妥起见请在{chinese_date(due.prudent)}前办妥{doubt}"


def check_deadlines(plan: Plan, facts: Iterable[CitedFact], holidays: Holidays) -> Iterator[Finding]:
    for cited in facts:
        deadline = cited.fact.deadline
        if deadline and cited.fact.applies_to(plan.kind):
            finding = _kept(plan, deadline, cited, holidays)
            if finding:
                yield finding


def _kept(plan: Plan, deadline: Deadline, cited: CitedFact, holidays: Holidays) -> Finding | None:
    literal = literal_due(deadline, plan.opening, plan.closing, holidays)
    done = {
        Duty.FILING: plan.filed_on,
        Duty.SETTLEMENT: plan.settled_on,
        Duty.COMPLETION: plan.closing or plan.opening,
    }.get(deadline.duty)
    if literal is None or done is None:
        return None
    name, month_rule = DUTY_NAMES[deadline.duty], _rule_words(deadline)
    if done <= literal:
        last_day = "（正好是最后一天）" if done == literal else ""
        kept = f"在{chinese_date(literal)}期限内{last_day}，不算超期"
        text = f"{name}{chinese_date(done)}，{kept}，符合{month_rule}"
        return Finding("deadline", Verdict.PASS, text, (cited,))
    text = f"{name}{chinese_date(done)}，已超过最晚的{chinese_date(literal)}，不符合{month_rule}"
    return Finding("deadline", Verdict.FAIL, text, (cited,))


def _rule_words(deadline: Deadline) -> str:
    if deadline.anchor is Anchor.OPENING:
        return f"开班{deadline.length}前的要求"
    if deadline.anchor is Anchor.CLOSING:
        return f"办班结束后{deadline.length}内的要求"
    return f"{deadline.day.month}月{deadline.day.day}日前的要求" if deadline.day else "期限要求"


def latest_opening(completion: CitedFact, days: int, basis: tuple[CitedFact, ...] = ()) -> Finding | None:
    deadline = completion.fact.deadline
    if not deadline or not deadline.day:
        return None
    opening = deadline.day - timedelta(days=days - 1)
    text = f"{days}天的班最晚{chinese_date(opening)}报到（{chinese_date(deadline.day)}离开，首尾两天都算）"
    return Finding("latest_opening", Verdict.COMPUTED, text, (*basis, completion))


def last_day(cited: CitedFact, opening: date, days: int) -> Finding:
    closing = opening + timedelta(days=days - 1)
    text = f"{chinese_date(closing)}离开（{opening.month}月{opening.day}日报到，共{days}天，首尾两天都算）"
    return Finding("last_day", Verdict.COMPUTED, text, (cited,))


def earliest_opening(cited: CitedFact, submitted: date, holidays: Holidays) -> Finding | None:
    deadline = cited.fact.deadline
    if not deadline or deadline.anchor is not Anchor.OPENING:
        return None
    opening = _moved(submitted, deadline, holidays, back=True)
    while _moved(opening, deadline, holidays) < submitted:  # e.g. a month before 28 February is 28 January
        opening += timedelta(days=1)
    text = f"最早{chinese_date(opening)}开班（{submitted.month}月{submitted.day}日提交，往后{deadline.length}）"
    return Finding("earliest_opening", Verdict.COMPUTED, text, (cited,))


def remaining(cited: CitedFact, as_of: date) -> Finding | None:
    deadline = cited.fact.deadline
    if not deadline or not deadline.day:
        return None
    left = (deadline.day - as_of).days
    stated = chinese_date(deadline.day)
    if left < 0:
        return Finding("remaining", Verdict.FAIL, f"已过期：截止日是{stated}，已经过了{-left}天", (cited,))
    return Finding("remaining", Verdict.COMPUTED, f"截止日是{stated}，还有{left}天", (cited,))


def left_until(cited: CitedFact, due: date, as_of: date) -> Finding:
    left = (due - as_of).days
    state = f"还有{left}天" if left >= 0 else f"已经过了{-left}天"
    return Finding("remaining", Verdict.COMPUTED, f"截止日是{chinese_date(due)}，{state}", (cited,))
