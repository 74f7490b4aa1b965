"""Dates, headcounts, durations and money as people write them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.language.dates import DateRole
from knowledge.language.quantities import read_quantities
from knowledge.model.numbers import figures_in, han_to_int

TODAY = date(2025, 4, 15)


@pytest.mark.parametrize(
    ("text", "role", "day"),
    [
        ("示范班6月10号开班", DateRole.OPENING, date(2025, 6, 10)),
        ("工程专项9月12号完的班", DateRole.CLOSING, date(2025, 9, 12)),
        ("11月27日开班、30日结束", DateRole.CLOSING, date(2025, 11, 30)),
        ("10月20日报到24日离开,9月18日交方案", DateRole.SUBMISSION, date(2025, 9, 18)),
        ("12月5日—8日办", DateRole.CLOSING, date(2025, 12, 8)),
        ("6月10到13日", DateRole.OPENING, date(2025, 6, 10)),
        ("2026年1月31日办完", DateRole.CLOSING, date(2026, 1, 31)),
        ("6.18开班", DateRole.OPENING, date(2025, 6, 18)),
        ("2025-07-20结束", DateRole.CLOSING, date(2025, 7, 20)),
        ("十一月二十八日结束", DateRole.CLOSING, date(2025, 11, 28)),
        ("11月底结束", DateRole.CLOSING, date(2025, 11, 30)),
        ("今天交材料", DateRole.SUBMISSION, TODAY),
        ("上月18号完班", DateRole.CLOSING, date(2025, 3, 18)),
        ("下周三开班", DateRole.OPENING, date(2025, 4, 23)),
    ],
)
def test_dates_are_read_with_their_roles(text: str, role: DateRole, day: date) -> None:
    assert read_quantities(text, TODAY).day_of(role) == day


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("45人(线上25),工作人员6人,共4天", {"trainees": 45, "online": 25, "staff": 6, "days": 4}),
        ("线上60人线下40人", {"online": 60, "offline": 40}),
        ("招了45个学员,后勤7个人", {"trainees": 45, "staff": 7}),
        ("120个学员配12个工作人员", {"trainees": 120, "staff": 12}),
        ("60人含线上20人", {"trainees": 60, "online": 20}),
        ("三十人的班", {"trainees": 30}),
        ("预算6万2", {"money": 62000.0}),
        ("花了四万八", {"money": 48000.0}),
        ("半年内交", {"months": 6}),
        ("每人收800元培训费", {"money": 800.0}),
        ("补助10.5万元", {"money": 105000.0}),
        ("三个月内交齐", {"months": 3}),
        ("线上占百分之六十", {"percent": 60}),
        ("还有20天就开了", {"lead_days": 20}),
        ("结束都40天了", {"elapsed_days": 40}),
        ("4期国家级", {"sessions": 4}),
        ("办5天", {"days": 5}),
    ],
)
def test_numbers_are_read_with_their_units(text: str, expected: dict[str, float]) -> None:
    read = read_quantities(text, TODAY)
    assert {name: getattr(read, name) for name in expected} == expected


def test_a_day_the_month_does_not_have_is_no_date() -> None:
    assert read_quantities("2月30日开班", TODAY).dates == ()


def test_what_is_counted_is_cut_out_of_the_topic() -> None:
    assert read_quantities("向每位学员收800元培训费", TODAY).rest == "向每位学员收培训费"


@given(st.dates(date(2025, 1, 1), date(2025, 12, 31)))
def test_every_day_of_a_year_is_read_back(day: date) -> None:
    for text in (f"{day.month}月{day.day}日开班", f"{day.month}月{day.day}号报到"):
        assert read_quantities(text, TODAY).day_of(DateRole.OPENING) == day


@given(st.dates(date(2025, 1, 1), date(2025, 12, 20)), st.integers(1, 9))
def test_every_range_of_days_is_read_back(first: date, length: int) -> None:
    last = first + timedelta(days=length)
    read = read_quantities(f"{first.month}月{first.day}日至{last.month}月{last.day}日办班", TODAY)
    assert (read.day_of(DateRole.OPENING), read.day_of(DateRole.CLOSING)) == (first, last)


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    read_quantities(text, TODAY)


@pytest.mark.parametrize(
    ("text", "value"),
    [("三十", 30), ("十二", 12), ("一百二", 120), ("二〇二五", 2025), ("两百", 200), ("人", None), ("", None)],
)
def test_chinese_numbers(text: str, value: int | None) -> None:
    assert han_to_int(text) == value


@given(st.integers(1, 9999))
def test_chinese_numbers_round_trip(number: int) -> None:
    digits, units, text = "零一二三四五六七八九", ["", "十", "百", "千"], ""
    zero = False
    for place in range(3, -1, -1):
        digit = number // 10**place % 10
        if digit:
            text += ("零" if zero and text else "") + digits[digit] + units[place]
            zero = False
        else:
            zero = True
    assert han_to_int(text) == number


def test_figures_have_one_spelling() -> None:
    assert figures_in("每期１０.５０万元，共083期、1,000人") == {"10.5", "83", "1000"}
