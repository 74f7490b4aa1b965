"""Check-up and checklist of a plan, from the notice's own facts."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.calendar import Holidays, add_working_days
from knowledge.model.notice import Funding, Notice, SeminarKind, Stage
from knowledge.model.snapshot import Knowledge
from knowledge.rules.applicable import governing
from knowledge.rules.checklists import ChecklistItem, checklist
from knowledge.rules.checkup import checkup
from knowledge.rules.plan import Plan
from knowledge.rules.results import Finding, Verdict
from knowledge.validation import problems
from tests.support.knowledge import shipped

NATIONAL, DEMO = SeminarKind.NATIONAL, SeminarKind.PROVINCIAL_DEMO
ENGINEERING, REGULAR = SeminarKind.ENGINEERING, SeminarKind.PROVINCIAL_REGULAR
KNOWLEDGE = shipped()
SPRING = date(2025, 4, 15)
SUMMER = Plan(DEMO, headcount=60, online=20, staff=6, days=4, opening=date(2025, 6, 10), closing=date(2025, 6, 13))


def items(plan: Plan, year: int = 2025, knowledge: Knowledge = KNOWLEDGE) -> tuple[ChecklistItem, ...]:
    return checklist(plan, governing(plan, year, knowledge), knowledge.holidays)


def findings(plan: Plan, year: int = 2025, today: date = SPRING) -> tuple[Finding, ...]:
    return checkup(plan, governing(plan, year, KNOWLEDGE), KNOWLEDGE.holidays, today)


def titles(plan: Plan, stage: Stage) -> list[str]:
    return [item.title for item in items(plan) if item.stage is stage]


def test_a_demonstration_seminar_files_two_documents_a_month_before_opening() -> None:
    filing = [item for item in items(SUMMER) if item.stage is Stage.FILING]
    assert [item.title for item in filing] == ["开班通知", "实施方案"]
    assert {(i.due.literal, i.due.prudent, i.receiver) for i in filing if i.due} == {
        (date(2025, 5, 10), date(2025, 5, 9), "省人社厅")
    }


def test_its_settlement_is_the_notices_list_in_the_notices_order() -> None:
    settlement = [item for item in items(SUMMER) if item.stage is Stage.SETTLEMENT]
    (materials,) = [f for f in KNOWLEDGE.notices[1].facts if f.id == "materials"]
    assert tuple(item.title for item in settlement) == materials.items
    assert {item.due.literal for item in settlement if item.due} == {date(2025, 7, 13)}


def test_where_the_notice_is_silent_the_checklist_says_so_and_demands_nothing() -> None:
    for kind in (ENGINEERING, REGULAR):
        (filing,) = [item for item in items(Plan(kind, opening=date(2025, 6, 10))) if item.stage is Stage.FILING]
        assert not filing.stated
        assert filing.due is None
        assert "未规定" in filing.cited.fact.say


def test_funding_decides_the_way_a_national_seminar_settles() -> None:
    fiscal = titles(Plan(NATIONAL, funding=Funding.FISCAL), Stage.SETTLEMENT)
    self_funded = titles(Plan(NATIONAL, funding=Funding.SELF_FUNDED), Stage.SETTLEMENT)
    assert fiscal == ["报送经费报销材料"]
    assert self_funded == ["按各自经费保障渠道结算"]


def test_online_study_is_managed_only_where_somebody_is_online() -> None:
    assert "线上学习考勤、成效考核和监督管理" in titles(SUMMER, Stage.TEACHING)
    assert titles(Plan(DEMO, headcount=60, online=0), Stage.TEACHING) == ["完成办班"]


def test_a_checklist_without_dates_is_complete_but_for_the_dates() -> None:
    undated = items(Plan(DEMO, headcount=60, online=20))
    assert [item.key for item in undated] == [item.key for item in items(SUMMER)]
    assert len({item.key for item in undated}) == len(undated)


def test_every_limit_of_a_good_plan_passes() -> None:
    assert not [f for f in findings(SUMMER) if f.verdict is Verdict.FAIL]
    assert {f.rule for f in findings(SUMMER) if f.verdict is Verdict.PASS} >= {"headcount", "days", "online_share"}


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (Plan(NATIONAL, headcount=49), "还差1人"),
        (Plan(NATIONAL, headcount=60, staff=7), "最多6人"),
        (Plan(NATIONAL, headcount=150, staff=11), "最多不超过10人"),
        (Plan(DEMO, headcount=60, online=31), "超过50%"),
        (Plan(DEMO, opening=date(2025, 11, 28), closing=date(2025, 12, 1)), "2025年11月30日"),
        (Plan(DEMO, opening=date(2025, 5, 1), closing=date(2025, 5, 4)), "已过"),
        (Plan(DEMO, budget=60000), "超出1万元"),
        (Plan(DEMO, broken=frozenset({"no-fees"})), "除往返交通费外不向学员收取任何费用"),
    ],
)
def test_what_breaks_a_rule_is_said_first_and_with_what_to_change(plan: Plan, words: str) -> None:
    failed = [finding for finding in findings(plan) if finding.verdict is Verdict.FAIL]
    assert findings(plan)[: len(failed)] == tuple(failed)
    assert any(words in finding.text for finding in failed)


def test_what_the_plan_does_not_say_is_asked_for_and_not_judged() -> None:
    verdicts = {finding.verdict for finding in findings(Plan(NATIONAL, funding=Funding.FISCAL))}
    assert verdicts == {Verdict.MISSING}


def test_staff_of_a_provincial_seminar_are_not_limited_and_that_is_said() -> None:
    (silent,) = [finding for finding in findings(SUMMER) if finding.verdict is Verdict.NOT_STATED]
    assert "没有规定省级项目的工作人员数量" in silent.text


def test_an_uncovered_year_uses_the_newest_notice_as_reference_and_the_same_day_of_that_year() -> None:
    plan = Plan(DEMO, opening=date(2026, 6, 10), closing=date(2026, 6, 13))
    ruling = governing(plan, 2026, KNOWLEDGE)
    assert ruling.reference
    assert ruling.notice.plan_year == 2025
    (completion,) = [item for item in items(plan, 2026) if item.cited.fact.id == "completion"]
    assert completion.due is not None
    assert completion.due.literal == date(2026, 11, 30)


def test_a_kind_the_years_notice_does_not_know_is_still_told_what_holds_for_all() -> None:
    assert {item.stage for item in items(Plan(ENGINEERING), 2023)} >= {Stage.FILING, Stage.SETTLEMENT}


def independent_month(day: date, months: int) -> date:
    """Counted by hand: name the month, then cut the day to its length."""
    year, month = day.year, day.month + months
    if month < 1:
        year, month = year - 1, month + 12
    if month > 12:
        year, month = year + 1, month - 12
    length = [31, 29 if calendar.isleap(year) else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    return date(year, month, min(day.day, length))


def independent_prudent(day: date) -> date:
    while True:
        known = 2004 <= day.year <= 2026
        if chinese_calendar.is_workday(day) if known else day.isoweekday() < 6:
            return day
        day = date.fromordinal(day.toordinal() - 1)


def test_every_day_of_a_leap_year_has_the_dates_of_an_independent_table() -> None:
    for offset in range(366):
        opening = date(2024, 1, 1) + timedelta(days=offset)
        closing = opening + timedelta(days=3)
        due = {item.stage: item.due for item in items(Plan(DEMO, opening=opening, closing=closing)) if item.receiver}
        for stage, literal in (
            (Stage.FILING, independent_month(opening, -1)),
            (Stage.SETTLEMENT, independent_month(closing, 1)),
        ):
            found = due[stage]
            assert found is not None
            assert (found.literal, found.prudent) == (literal, independent_prudent(literal))


@given(st.dates(date(2020, 1, 1), date(2026, 11, 1)), st.integers(1, 40))
def test_working_days_are_counted_one_by_one(day: date, count: int) -> None:
    later = add_working_days(day, count, Holidays())
    between = [date.fromordinal(n) for n in range(day.toordinal() + 1, later.toordinal() + 1)]
    assert sum(chinese_calendar.is_workday(each) for each in between) == count
    assert chinese_calendar.is_workday(later)


NEXT_SOURCE = """关于做好2027年高级研修项目实施工作的通知
各承办单位：
一、按时完成
列入省级高级研修示范项目的，应在开班45日前提交开班通知、实施方案和安全预案，报省人社厅备案。须在2027年10月31日前完成办班。
二、保证质量
省级高级研修项目每期不少于40人，研修时间不少于3天（含报到和离开时间）。线上学员人数不超过总人数的20%。
三、经费
省级高级研修示范项目每期补助不超过8万元，办班结束后10个工作日内将总结报告、经费结算表报省人社厅职业能力建设处。
"""


def next_notice() -> Notice:
    """A notice of other numbers, other units and one more material: data only."""
    filing = "应在开班45日前提交开班通知、实施方案和安全预案，报省人社厅备案"
    settlement = "办班结束后10个工作日内将总结报告、经费结算表报省人社厅职业能力建设处"
    facts = [
        {
            "id": "filing",
            "topic": "filing",
            "clause": "一",
            "quote": filing,
            "say": f"{filing}。",
            "stance": "requires",
            "duty": "filing",
            "items": ["开班通知", "实施方案", "安全预案"],
            "deadline": {"duty": "filing", "anchor": "opening", "days": -45},
            "task": {"stage": "filing", "title": "备案", "receiver": "省人社厅", "each_item": True},
        },
        {
            "id": "headcount",
            "topic": "headcount",
            "clause": "二",
            "quote": "每期不少于40人",
            "say": "每期不少于40人。",
            "limits": [{"metric": "headcount", "comparison": ">=", "value": 40}],
        },
        {
            "id": "online",
            "topic": "online",
            "clause": "二",
            "quote": "线上学员人数不超过总人数的20%",
            "say": "线上学员不超过20%。",
            "limits": [{"metric": "online_share", "comparison": "<=", "value": 20}],
        },
        {
            "id": "subsidy",
            "topic": "subsidy",
            "clause": "三",
            "quote": "每期补助不超过8万元",
            "say": "每期补助不超过8万元。",
            "duty": "subsidy",
            "limits": [{"metric": "subsidy", "comparison": "<=", "value": 80000}],
        },
        {
            "id": "settlement",
            "topic": "settlement",
            "clause": "三",
            "quote": settlement,
            "say": f"{settlement}。",
            "stance": "requires",
            "duty": "settlement",
            "items": ["总结报告", "经费结算表"],
            "deadline": {"duty": "settlement", "anchor": "closing", "working_days": 10},
            "task": {
                "stage": "settlement",
                "title": "结算",
                "receiver": "省人社厅职业能力建设处",
                "each_item": True,
            },
        },
    ]
    return Notice.model_validate(
        {
            "id": "2027-synthetic",
            "title": "关于做好2027年高级研修项目实施工作的通知",
            "plan_year": 2027,
            "genre": "实施通知",
            "issuer": "测试",
            "kinds": ["provincial_demo"],
            "contact": {"office": "测试处", "person": "测试员", "phone": "0000"},
            "facts": facts,
            "context": [
                {"quote": "须在2027年10月31日前完成办班", "reason": "测试"},
                {"quote": "不少于3天", "reason": "测试"},
            ],
            "source": NEXT_SOURCE,
        }
    )


def test_a_notice_with_other_numbers_units_and_materials_needs_no_code() -> None:
    knowledge = Knowledge((*KNOWLEDGE.notices, next_notice()), KNOWLEDGE.topics, KNOWLEDGE.vocabulary)
    assert problems(knowledge) == ()
    plan = Plan(DEMO, headcount=35, online=10, opening=date(2027, 6, 10), closing=date(2027, 6, 13), budget=70000)
    ruling = governing(plan, 2027, knowledge)
    assert not ruling.reference
    listed = [(i.title, i.due.literal if i.due else None) for i in items(plan, 2027, knowledge)]
    assert listed == [
        *[(name, date(2027, 4, 26)) for name in ("开班通知", "实施方案", "安全预案")],
        *[(name, date(2027, 6, 25)) for name in ("总结报告", "经费结算表")],
    ]
    verdicts = {f.rule: f.verdict for f in checkup(plan, ruling, knowledge.holidays, date(2027, 4, 1))}
    assert verdicts == {"headcount": Verdict.FAIL, "online_share": Verdict.FAIL, "subsidy": Verdict.PASS}


def test_a_period_that_the_quote_does_not_state_is_found_by_the_proofs() -> None:
    notice = next_notice()
    wrong = notice.facts[0].model_copy(
        update={"deadline": notice.facts[0].deadline.model_copy(update={"days": -30})}  # type: ignore[union-attr]
    )
    broken = notice.model_copy(update={"facts": (wrong, *notice.facts[1:])})
    knowledge = Knowledge((broken,), KNOWLEDGE.topics, KNOWLEDGE.vocabulary)
    assert any("30日" in line for line in problems(knowledge))
