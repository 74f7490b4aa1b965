"""Limits, bounds and due dates at their edges, always from the notice's own figures."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.calendar import Holidays
from knowledge.model.notice import SeminarKind
from knowledge.model.snapshot import CitedFact, Knowledge
from knowledge.rules.bounds import (
    breakdown_conflict,
    headcount_for_staff,
    kind_difference,
    largest_online,
    largest_staff,
    limit_change,
    smallest_offline,
    sum_of_counts,
    total_cap,
)
from knowledge.rules.deadlines import (
    check_deadlines,
    due_finding,
    earliest_opening,
    last_day,
    latest_opening,
    remaining,
)
from knowledge.rules.limits import check_limits, staff_allowed
from knowledge.rules.plan import Plan
from knowledge.rules.results import Verdict
from tests.support.knowledge import shipped

NATIONAL, DEMO = SeminarKind.NATIONAL, SeminarKind.PROVINCIAL_DEMO
KNOWLEDGE = shipped()
HOLIDAYS = Holidays()


def fact(name: str) -> CitedFact:
    notice = KNOWLEDGE.notices[1]
    return CitedFact(notice, next(f for f in notice.facts if f.id == name))


def verdict(plan: Plan, name: str) -> list[Verdict]:
    return [f.verdict for f in (*check_limits(plan, [fact(name)]), *check_deadlines(plan, [fact(name)], HOLIDAYS))]


@pytest.mark.parametrize(
    ("plan", "name", "expected"),
    [
        (Plan(NATIONAL, headcount=50), "headcount-national", Verdict.PASS),
        (Plan(NATIONAL, headcount=49), "headcount-national", Verdict.FAIL),
        (Plan(DEMO, headcount=30), "headcount-provincial", Verdict.PASS),
        (Plan(DEMO, headcount=29), "headcount-provincial", Verdict.FAIL),
        (Plan(NATIONAL, days=5), "days-national", Verdict.PASS),
        (Plan(NATIONAL, days=4), "days-national", Verdict.FAIL),
        (Plan(DEMO, headcount=60, online=30), "online-share", Verdict.PASS),
        (Plan(DEMO, headcount=60, online=31), "online-share", Verdict.FAIL),
        (Plan(DEMO, budget=50000), "subsidy-demo", Verdict.PASS),
        (Plan(DEMO, budget=50001), "subsidy-demo", Verdict.FAIL),
        (Plan(NATIONAL, closing=date(2025, 11, 30)), "completion", Verdict.PASS),
        (Plan(NATIONAL, closing=date(2025, 12, 1)), "completion", Verdict.FAIL),
        (Plan(DEMO, opening=date(2025, 6, 10), filed_on=date(2025, 5, 10)), "filing-demo", Verdict.PASS),
        (Plan(DEMO, opening=date(2025, 6, 10), filed_on=date(2025, 5, 11)), "filing-demo", Verdict.FAIL),
    ],
)
def test_a_limit_holds_exactly_at_its_edge(plan: Plan, name: str, expected: Verdict) -> None:
    assert verdict(plan, name) == [expected]


@pytest.mark.parametrize(
    ("headcount", "staff", "expected"),
    [
        (60, 6, [Verdict.PASS, Verdict.PASS]),
        (60, 7, [Verdict.FAIL, Verdict.PASS]),
        (150, 15, [Verdict.PASS, Verdict.FAIL]),
        (100, 10, [Verdict.PASS, Verdict.PASS]),
        (55, 6, [Verdict.FAIL, Verdict.PASS]),
    ],
)
def test_staff_keep_both_the_share_and_the_count(headcount: int, staff: int, expected: list[Verdict]) -> None:
    assert verdict(Plan(NATIONAL, headcount=headcount, staff=staff), "staff-national") == expected


def test_a_kind_is_not_held_to_another_kind_s_limit() -> None:
    assert verdict(Plan(DEMO, headcount=35), "headcount-national") == []


@given(st.integers(1, 2000))
def test_the_allowed_staff_are_the_most_that_pass(headcount: int) -> None:
    allowed = min(staff_allowed(headcount, 10), 10)
    assert all(v is Verdict.PASS for v in verdict(Plan(NATIONAL, headcount=headcount, staff=allowed), "staff-national"))
    more = verdict(Plan(NATIONAL, headcount=headcount, staff=allowed + 1), "staff-national")
    assert Verdict.FAIL in more


@given(st.integers(1, 500))
def test_the_allowed_online_trainees_are_the_most_that_pass(offline: int) -> None:
    finding = largest_online(fact("online-share"), None, offline)
    assert finding is not None
    allowed = int(finding.text.split("线上最多")[1].split("人")[0])
    assert verdict(Plan(DEMO, headcount=offline + allowed, online=allowed), "online-share") == [Verdict.PASS]
    assert verdict(Plan(DEMO, headcount=offline + allowed + 1, online=allowed + 1), "online-share") == [Verdict.FAIL]


def test_due_dates_name_the_literal_and_the_prudent_day() -> None:
    filing = due_finding(fact("filing-demo"), date(2025, 11, 5), None, Holidays())
    assert filing is not None
    assert "最晚2025年10月5日" in filing.text
    assert "2025年9月30日前办妥" in filing.text


@given(st.dates(date(2025, 2, 1), date(2025, 12, 31)))
def test_a_filing_on_its_due_date_passes_and_a_day_later_fails(opening: date) -> None:
    finding = due_finding(fact("filing-demo"), opening, None, Holidays())
    assert finding is not None
    from knowledge.calendar import add_months

    due = add_months(opening, -1)
    assert f"最晚{due.year}年{due.month}月{due.day}日" in finding.text
    assert verdict(Plan(DEMO, opening=opening, filed_on=due), "filing-demo") == [Verdict.PASS]
    late = due + timedelta(days=1)
    assert verdict(Plan(DEMO, opening=opening, filed_on=late), "filing-demo") == [Verdict.FAIL]


def test_the_latest_opening_leaves_room_for_every_day() -> None:
    finding = latest_opening(fact("completion"), 5)
    assert finding is not None
    assert "2025年11月26日报到" in finding.text


def test_days_left_and_days_passed_are_told_apart() -> None:
    soon, gone = (remaining(fact("completion"), day) for day in (date(2025, 11, 29), date(2025, 12, 2)))
    assert soon is not None
    assert gone is not None
    assert "还有1天" in soon.text
    assert "已经过了2天" in gone.text


def test_staff_for_a_headcount_say_how_they_are_counted() -> None:
    finding = largest_staff(fact("staff-national"), 95)
    assert finding is not None
    assert finding.text.startswith("工作人员最多9人")


def test_caps_add_up() -> None:
    finding = total_cap([(fact("subsidy-national"), 4)])
    assert finding is not None
    assert "42万元" in finding.text


def test_the_plan_s_parts_do_not_add_up_to_its_total() -> None:
    conflict = breakdown_conflict(fact("plan-total"))
    assert conflict is not None
    assert "85" in conflict.text
    assert "83" in conflict.text


@given(st.integers(1, 500))
def test_the_fewest_in_person_are_the_fewest_that_pass(online: int) -> None:
    finding = smallest_offline(fact("online-share"), online)
    assert finding is not None
    offline = int(finding.text.split("线下至少")[1].split("人")[0])
    assert verdict(Plan(DEMO, headcount=online + offline, online=online), "online-share") == [Verdict.PASS]
    if offline > 1:
        fewer = Plan(DEMO, headcount=online + offline - 1, online=online)
        assert verdict(fewer, "online-share") == [Verdict.FAIL]


@given(st.integers(1, 10))
def test_the_headcount_for_some_staff_is_the_least_that_passes(staff: int) -> None:
    finding = headcount_for_staff(fact("staff-national"), staff)
    assert finding is not None
    needed = int(finding.text.split("学员至少")[1].split("人")[0])
    assert Verdict.FAIL not in verdict(Plan(NATIONAL, headcount=needed, staff=staff), "staff-national")
    assert Verdict.FAIL in verdict(Plan(NATIONAL, headcount=needed - 1, staff=staff), "staff-national")


def test_no_headcount_allows_more_staff_than_the_count() -> None:
    finding = headcount_for_staff(fact("staff-national"), 11)
    assert finding is not None
    assert finding.verdict is Verdict.FAIL


def test_the_caps_of_two_kinds_are_set_against_each_other() -> None:
    finding = kind_difference(NATIONAL, DEMO, [fact("subsidy-national"), fact("subsidy-demo")])
    assert finding is not None
    assert finding.text == "相差5.5万元：国家级比省级示范多5.5万元"


def test_a_limit_that_moved_between_years_says_by_how_much() -> None:
    old = KNOWLEDGE.notices[0]
    before = CitedFact(old, next(f for f in old.facts if f.id == "subsidy-demo"))
    finding = limit_change(DEMO, [before], [fact("subsidy-demo")])
    assert finding is not None
    assert finding.text == "2025年比2023年多1万元"
    assert limit_change(DEMO, [before], [before]) is None


def test_planned_numbers_of_some_kinds_add_up_and_of_all_are_left_to_the_conflict() -> None:
    provincial = tuple(kind for kind in SeminarKind if kind is not NATIONAL)
    finding = sum_of_counts(fact("plan-total"), provincial)
    assert finding is not None
    assert finding.text == "合计81期：5+5+71"
    assert sum_of_counts(fact("plan-total"), tuple(SeminarKind)) is None


def test_the_earliest_opening_follows_the_filing() -> None:
    finding = earliest_opening(fact("filing-demo"), date(2025, 10, 28), HOLIDAYS)
    assert finding is not None
    assert finding.text.startswith("最早2025年11月28日开班")
    assert earliest_opening(fact("completion"), date(2025, 10, 28), HOLIDAYS) is None


def test_the_last_day_counts_arrival_and_departure() -> None:
    assert last_day(fact("days-provincial"), date(2025, 10, 13), 4).text.startswith("2025年10月16日离开")


def test_next_year_s_figures_need_no_code(knowledge: Knowledge) -> None:
    """A notice with other figures is judged by them: the rules know no figure."""
    old = fact("headcount-national")
    limit = old.fact.limits[0].model_copy(update={"value": 70})
    new = CitedFact(old.notice, old.fact.model_copy(update={"limits": (limit,)}))
    [finding] = check_limits(Plan(NATIONAL, headcount=60), [new])
    assert finding.verdict is Verdict.FAIL
    assert "70人" in finding.text


def test_the_earliest_opening_is_never_one_whose_filing_would_be_late() -> None:
    finding = earliest_opening(fact("filing-demo"), date(2025, 1, 31), HOLIDAYS)
    assert finding is not None
    assert finding.text.startswith("最早2025年3月1日开班")
