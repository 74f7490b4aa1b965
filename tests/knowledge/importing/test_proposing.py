"""The facts proposed for a new notice, without the notice itself among those that are held."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.answering.engine import Engine
from knowledge.importing.alignment import Fate, earlier_of_series
from knowledge.importing.draft import draft
from knowledge.importing.proposed import Origin, ProposedFact, plan_year_of
from knowledge.importing.proposing import proposed_facts
from knowledge.importing.typed import deadline_in, limits_in, listed
from knowledge.model.notice import Anchor, Comparison, Duty, Fact, Limit, Metric, Notice, SeminarKind, Stance
from knowledge.model.snapshot import Knowledge
from tests.support.knowledge import shipped
from tests.support.paths import RAW

KNOWLEDGE = shipped()
NOTICES = {notice.id: notice for notice in KNOWLEDGE.notices}


@cache
def without(notice_id: str) -> tuple[Knowledge, Engine]:
    rest = replace(KNOWLEDGE, notices=tuple(n for n in KNOWLEDGE.notices if n.id != notice_id))
    return rest, Engine(rest)


def proposed(notice_id: str, text: str, against: Notice | None = None, year: int = 2025) -> tuple[ProposedFact, ...]:
    library, engine = without(notice_id)
    return proposed_facts(draft(text), library, against, engine.topic_of, year)


def reproduced(fact: Fact, found: Iterable[ProposedFact], kinds: tuple[SeminarKind, ...]) -> bool:
    """Same clause and words, every bound, date and item of it, for every kind of it; silences by topic and kind."""
    silent = fact.stance is Stance.SILENT
    alike = [
        one.fact
        for one in found
        if (one.fact.stance is Stance.SILENT) == silent and set(fact.kinds) <= set(one.fact.kinds or kinds)
    ]
    if silent:
        return any(one.topic == fact.topic for one in alike)
    alike = [one for one in alike if one.clause == fact.clause and (fact.quote in one.quote or one.quote in fact.quote)]
    return (
        bool(alike)
        and set(fact.limits) <= {limit for one in alike for limit in one.limits}
        and (not fact.deadline or any(_due_alike(one, fact) for one in alike))
        and set(fact.items) <= {item for one in alike for item in one.items}
        and (fact.stance is not Stance.FORBIDS or any(one.stance is Stance.FORBIDS for one in alike))
    )


def _due_alike(one: Fact, other: Fact) -> bool:
    fields = ("anchor", "months", "days", "working_days", "day")
    return bool(one.deadline and other.deadline) and all(
        getattr(one.deadline, name) == getattr(other.deadline, name) for name in fields
    )


@pytest.mark.parametrize("notice_id", list(NOTICES))
@pytest.mark.parametrize("alone", [True, False])
def test_nine_of_ten_held_facts_are_proposed_from_the_raw_text_alone(notice_id: str, alone: bool) -> None:
    held = NOTICES[notice_id]
    other = next(n for n in KNOWLEDGE.notices if n is not held)
    text = (RAW / f"{notice_id}.txt").read_text(encoding="utf-8")
    found = proposed(notice_id, text, None if alone else other, held.plan_year)
    missed = [fact.id for fact in held.facts if not reproduced(fact, found, held.kinds)]
    assert len(missed) <= len(held.facts) / 10, missed


@pytest.mark.parametrize("notice_id", list(NOTICES))
def test_every_proposal_is_verbatim_and_says_no_figure_of_its_own(notice_id: str) -> None:
    text = (RAW / f"{notice_id}.txt").read_text(encoding="utf-8")
    made = draft(text)
    for one in proposed(notice_id, text, None, NOTICES[notice_id].plan_year):
        assert one.fact.quote in made.text
        assert all(item in one.fact.quote for item in one.fact.items)
        assert one.origin is not Origin.HELD


def test_a_changed_notice_keeps_what_stands_and_rewrites_what_moved() -> None:
    held = NOTICES["2025-shishi"]
    changed = (
        held.source.replace("2025年", "2026年")
        .replace("每期不少于50人", "每期不少于60人")
        .replace("应在开班1个月前提交开班通知和实施方案", "应在开班20个工作日前提交开班通知、实施方案和安全预案")
        .replace("专业领域研究成果报告、", "")
    )
    library, engine = KNOWLEDGE, Engine(KNOWLEDGE)
    made = draft(changed)
    assert plan_year_of(made) == 2026
    assert earlier_of_series(made.metadata.title, library.notices) is held
    found = {one.fact.id: one for one in proposed_facts(made, library, held, engine.topic_of, 2026)}
    heads = found["headcount-national"]
    assert heads.fate is Fate.FIGURES
    assert heads.fact.limits == (Limit(metric=Metric.HEADCOUNT, comparison=Comparison.AT_LEAST, value=60),)
    assert "60人" in heads.fact.say
    filing = found["filing-demo"].fact
    assert filing.deadline
    assert filing.deadline.working_days == -20
    assert filing.items == ("开班通知", "实施方案", "安全预案")
    assert filing.task
    assert "1个月" not in filing.say
    materials = found["materials"].fact
    assert "专业领域研究成果报告" not in materials.items
    assert "总结报告" in materials.items
    assert found["no-fees"].fate is Fate.UNCHANGED


def test_what_a_notice_says_of_itself_is_never_borrowed_from_one_it_cites() -> None:
    text = (RAW / "2025-shishi.txt").read_text(encoding="utf-8")
    found = proposed("2025-shishi", text, NOTICES["2023-shenbao"])
    assert not [one for one in found if one.fact.id == "doc-no"]


@pytest.mark.parametrize(
    ("words", "due"),
    [
        ("应在开班10个工作日前报送名单", (Anchor.OPENING, 0, 0, -10)),
        ("开班前15日内提交方案", (Anchor.OPENING, 0, -15, 0)),
        ("须在举办两个月前报省厅", (Anchor.OPENING, -2, 0, 0)),
        ("培训结束后45日内报送", (Anchor.CLOSING, 0, 45, 0)),
        ("办班结束后1个月内报送", (Anchor.CLOSING, 1, 0, 0)),
        ("结业之日起20个工作日内结算", (Anchor.CLOSING, 0, 0, 20)),
    ],
)
def test_dates_are_read_in_every_unit(words: str, due: tuple[Anchor, int, int, int]) -> None:
    found = deadline_in(words, 2026)
    assert found
    assert (found.anchor, found.months, found.days, found.working_days) == due


def test_a_fixed_date_is_for_holding_or_for_applying() -> None:
    held, applied = deadline_in("须在2026年11月30日前完成办班", 2026), deadline_in("于3月5日前报送申报表", 2026)
    assert held
    assert (held.day, held.duty) == (date(2026, 11, 30), Duty.COMPLETION)
    assert applied
    assert (applied.day, applied.duty) == (date(2026, 3, 5), Duty.APPLICATION)
    assert deadline_in("2月30日前报送", 2026) is None


@pytest.mark.parametrize(
    ("words", "limit"),
    [
        ("学员不少于30人", (Metric.HEADCOUNT, Comparison.AT_LEAST, 30)),
        ("每期规模控制在100人以内", (Metric.HEADCOUNT, Comparison.AT_MOST, 100)),
        ("工作人员不超过学员的百分之十", (Metric.STAFF_SHARE, Comparison.AT_MOST, 10)),
        ("线上学员人数不超过总人数的50%", (Metric.ONLINE_SHARE, Comparison.AT_MOST, 50)),
        ("研修时间为4天左右", (Metric.DAYS, Comparison.ABOUT, 4)),
        ("每期补助不超过4.5万元", (Metric.SUBSIDY, Comparison.AT_MOST, 45000)),
    ],
)
def test_bounds_are_read_with_metric_and_direction(words: str, limit: tuple[Metric, Comparison, float]) -> None:
    assert [(one.metric, one.comparison, one.value) for one in limits_in(words, words)] == [limit]


@given(
    st.lists(
        st.sampled_from(["总结报告", "经费结算表", "签到表（含电子版）", "学员名单", "照片"]), min_size=3, unique=True
    )
)
def test_a_list_of_materials_comes_back_item_by_item(items: list[str]) -> None:
    assert listed(f"须提交{'、'.join(items)}等材料") == (tuple(items), True)


@settings(deadline=None)
@given(st.text(alphabet="各单位应提交报告、，。（）“”和等1个月前开班不少于30人\n一、（一）", max_size=80))
def test_any_text_is_read_without_trouble_and_verbatim(text: str) -> None:
    made = draft(text or "无")
    library, engine = without("2023-shenbao")
    for one in proposed_facts(made, library, None, engine.topic_of, 2026):
        assert one.fact.quote in made.text
