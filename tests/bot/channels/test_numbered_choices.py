"""Choices without buttons."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.numbered_choices import blocks, chosen, listed
from bot.channels.text_splitting import pack, utf8_cost
from handlers.domain.messages import Choice, Citation, Reply

KINDS = Reply(text="哪一类？", choices=(Choice(label="国家级", token="k:1"), Choice(label="省级示范", token="k:2")))
PEOPLE = Reply(
    text="多少人？", choices=(Choice(label="先跳过", token="s:1"), Choice(label="取消", token="c:")), typed=True
)
DUE = Reply(text="还有3天", choices=(Choice(label="已办好", token="m:1"),))
PLAIN = Reply(text="好")


@pytest.mark.parametrize("said", ["2", "２", " 2 ", "回复2", "选 2", "第2个", "2.", "2、", "省级示范"])
def test_a_number_or_the_label_names_a_choice(said: str) -> None:
    assert chosen(said, [((KINDS,), False)]) == "k:2"


@pytest.mark.parametrize("said", ["3", "0", "22", "省级", "示范班2", "2人", "", "2" * 50, "二"])
def test_anything_else_is_words(said: str) -> None:
    assert chosen(said, [((KINDS,), False)]) is None


def test_where_a_figure_is_the_answer_choices_have_letters() -> None:
    assert listed(PEOPLE) == "直接回复内容，或回复字母：\nA 先跳过\nB 取消"
    assert chosen("2", [((PEOPLE,), False)]) is None
    assert chosen("b", [((PEOPLE,), False)]) == "c:"


def test_a_number_means_the_last_answer_although_a_reminder_came_in_between() -> None:
    shown = [((DUE,), True), ((KINDS,), False)]
    assert chosen("1", shown) == "k:1"
    assert chosen("A", shown) == "m:1"
    assert chosen("已办好", shown) == "m:1"


def test_a_letter_will_do_for_a_number() -> None:
    assert chosen("b", [((KINDS,), False)]) == "k:2"


def test_what_stood_before_the_last_answer_no_longer_counts() -> None:
    assert chosen("1", [((PLAIN,), False), ((KINDS,), False)]) is None
    assert chosen("1", []) is None


def test_many_choices_go_beyond_the_alphabet() -> None:
    many = Reply(text="?", choices=tuple(Choice(label=f"第{n}项", token=f"n:{n}") for n in range(30)), typed=True)
    assert chosen("AA", [((many,), False)]) == "n:26"


@given(st.lists(st.text(max_size=600), max_size=8), st.integers(50, 2047))
def test_packed_parts_fit_and_lose_nothing_but_whitespace(texts: list[str], limit: int) -> None:
    parts = pack(texts, limit, utf8_cost)
    assert all(utf8_cost(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join("".join(texts).split())


@given(st.lists(st.text("甲乙丙丁", min_size=1, max_size=200), min_size=1, max_size=8))
def test_a_block_that_fits_is_never_cut(texts: list[str]) -> None:
    parts = pack(texts, 600, utf8_cost)
    assert all(any(text in part for part in parts) for text in texts)


def test_a_citation_stays_in_one_piece() -> None:
    citations = tuple(
        Citation(notice="n", plan_year="2025", clause=f"{n}", quote="原文" * 150, title="通知") for n in range(4)
    )
    parts = pack(blocks(Reply(text="答" * 300, citations=citations)), 2047, utf8_cost)
    assert len(parts) > 1
    assert sum(part.count("“" + "原文" * 150 + "”") for part in parts) == 4
