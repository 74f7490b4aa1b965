from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.channels.text_splitting import split_text, utf8_cost, utf16_cost

COSTS = [utf16_cost, utf8_cost]
WHOLE = ["👨‍👩‍👧‍👦", "👍🏽", "🇨🇳", "e\u0301", "❤️", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"]
pieces = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [*WHOLE, "办班前1个月备案。", "\n\n", "\n", "  ", "资助5.5万元，", "（见附件）", "😀", "end. Next"]
    ),
)
texts = st.lists(pieces, max_size=30).map("".join)


@given(texts, st.integers(4, 60), st.sampled_from(COSTS))
@example("a" + " " * 50 + "b", 10, utf16_cost)
@example("\n\n\n\n\n\n\n\nx", 4, utf16_cost)
def test_every_part_fits_and_nothing_but_whitespace_is_lost(text: str, limit: int, cost: object) -> None:
    parts = split_text(text, limit, cost)
    assert all(0 < cost(part) <= limit for part in parts)
    assert all(part.strip() for part in parts)
    assert re.sub(r"\s", "", "".join(parts)) == re.sub(r"\s", "", text)
    position = 0
    for part in parts:
        found = text.index(part, position)
        assert not text[position:found].strip()
        position = found + len(part)


@given(texts)
def test_a_text_within_the_limit_is_one_unchanged_part(text: str) -> None:
    limit = max(4, utf16_cost(text))
    assert split_text(text, limit, utf16_cost) == ([text] if text.strip() else [])


@given(st.lists(st.sampled_from(WHOLE), min_size=1, max_size=40), st.integers(14, 40))
def test_an_emoji_of_several_code_points_stays_whole(emoji: list[str], limit: int) -> None:
    parts = split_text("".join(emoji), limit, utf16_cost)
    assert "".join(parts) == "".join(emoji)
    for part in parts:
        rest = part
        while rest:
            rest = rest.removeprefix(next(whole for whole in WHOLE if rest.startswith(whole)))


@given(texts, st.integers(4, 60))
def test_every_part_can_be_encoded_where_the_text_can(text: str, limit: int) -> None:
    for part in split_text(text, limit, utf16_cost):
        assert part.encode("utf-16-le").decode("utf-16-le") == part


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("第一段。第二句。\n\n第二段很长很长", 14, ["第一段。第二句。", "第二段很长很长"]),
        ("一句话。第二句话。第三句话", 10, ["一句话。第二句话。", "第三句话"]),
        ("他说：“要备案。”然后走了，没有再来", 12, ["他说：“要备案。”", "然后走了，没有再来"]),
        ("资助标准为，每期5.5万元以内", 11, ["资助标准为，", "每期5.5万元以内"]),
        ("one two three", 8, ["one two", "three"]),
        ("没有任何停顿的一长串文字", 5, ["没有任何停", "顿的一长串", "文字"]),
        ("   \n ", 4, []),
        ("", 4, []),
    ],
)
def test_cuts_where_a_reader_would_pause(text: str, limit: int, expected: list[str]) -> None:
    assert split_text(text, limit, utf16_cost) == expected


def test_a_limit_too_small_for_one_character_is_refused() -> None:
    with pytest.raises(ValueError, match="limit"):
        split_text("字", 3, utf8_cost)
