"""Reading any notice: outline, metadata and figures, also of layouts that the held ones do not have."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.importing.alignment import Fate, proposals
from knowledge.importing.cleaning import clean_document
from knowledge.importing.draft import as_json, draft
from knowledge.importing.figures import figures
from knowledge.importing.metadata import metadata
from knowledge.importing.outline import outline
from knowledge.model.numbers import han_to_int
from tests.support.knowledge import shipped
from tests.support.paths import RAW

NOTICES = {notice.id: notice for notice in shipped().notices}
ONE_LINE = (
    "某省教育厅关于举办骨干教师培训班的通知某教师〔2026〕12号各市教育局，各直属单位：　　"
    "为做好培训，根据《某省教师培训办法》（某教〔2024〕3号），现将有关事项通知如下：　　"
    "一、办班安排（一）分三期举办，每期不超过60人。（二）每期5天，8月20日前报名单。二、经费管理（三）按每人每天450元核定。"
    "（四）结余超过10%的，收回。附有第（三）项所列票据。三、其他。　　　　　某省教育厅　　　　"
    "二〇二六年三月五日（此件公开发布）"
)
ARTICLES = """某市科技局关于印发研修经费办法的通知
某科规〔2026〕1号
各区科技局：
现印发给你们。
第一章 总则
第一条 为规范管理，制定本办法。
第二条 适用于下列情形：
（一）省级项目；
（二）市级项目。
第二章 管理
第三条 申报应当提交：
1. 申请表；
2. 实施方案。
附件：1.申请表
2.汇总表
联系人：财务科 王某某，联系电话：0591-12345678、12345679
某市科技局
2026年1月9日
"""


def marks(raw: str) -> list[tuple[str, int]]:
    made = draft(raw)
    return [(section.number, section.level) for section in made.sections]


@pytest.mark.parametrize("notice_id", list(NOTICES))
def test_a_held_notice_reads_as_it_is_held(notice_id: str) -> None:
    held, made = NOTICES[notice_id], draft((RAW / f"{notice_id}.txt").read_text(encoding="utf-8"))
    assert made.text == held.source
    assert made.metadata.title == held.title
    assert made.metadata.issuer == held.issuer
    assert made.metadata.doc_no == held.doc_no
    assert made.metadata.issued_on == held.issued_on
    assert held.contact.person in made.metadata.contacts.people
    assert held.contact.phone in made.metadata.contacts.phones
    numbered = {clause.number: clause for clause in held.clauses if clause.level}
    found = {section.path: section for section in made.sections}
    assert list(found) == list(dict.fromkeys(numbered))
    assert [found[number].start for number in numbered] == [clause.start for clause in numbered.values()]


def test_numbering_that_runs_through_the_sections_of_one_long_line_is_followed() -> None:
    assert marks(ONE_LINE) == [
        *(("一", 1), ("（一）", 2), ("（二）", 2)),
        *(("二", 1), ("（三）", 2), ("（四）", 2)),
        ("三", 1),
    ]


def test_the_head_and_the_foot_of_one_long_line_are_told_apart() -> None:
    said = metadata(clean_document(ONE_LINE))
    assert said.title == "某省教育厅关于举办骨干教师培训班的通知"
    assert said.issuer == "某省教育厅"
    assert said.doc_no == "某教师〔2026〕12号"
    assert said.addressees == "各市教育局，各直属单位"
    assert said.issued_on == date(2026, 3, 5)
    assert said.bases == (("某省教师培训办法", "某教〔2024〕3号"),)


def test_chapters_articles_items_and_attachments_have_their_levels() -> None:
    assert marks(ARTICLES) == [
        ("第一章", 1),
        *(("第一条", 2), ("第二条", 2), ("（一）", 3), ("（二）", 3)),
        *(("第二章", 1), ("第三条", 2), ("1", 3), ("2", 3)),
    ]
    said = metadata(clean_document(ARTICLES))
    assert said.attachments == ("申请表", "汇总表")
    assert said.contacts.offices == ("财务科",)
    assert said.contacts.people == ("王某某",)
    assert said.contacts.phones == ("0591-12345678", "12345679")


def test_what_a_notice_does_not_say_stays_unknown_and_is_not_borrowed_from_what_it_cites() -> None:
    raw = "某局关于办班的通知\n各单位：\n根据《总办法》（某发〔2020〕1号），2026年5月1日前报名。\n一、按时办班。\n"
    said = metadata(clean_document(raw))
    assert (said.doc_no, said.issued_on, said.contacts.people, said.attachments) == (None, None, (), ())


def test_a_text_without_any_numbers_has_no_sections() -> None:
    assert marks("某局关于放假的通知\n各单位：\n5月1日放假。\n") == []


def test_a_number_inside_a_sentence_is_no_section() -> None:
    assert marks("某局关于办班的通知\n各单位：\n一、按第（一）项、第二、三条办理。\n二、完。\n") == [
        ("一", 1),
        ("二", 1),
    ]


def test_figures_come_with_the_words_that_bound_them() -> None:
    found = {kind: [one.text for one in some] for kind, some in figures(clean_document(ONE_LINE)).items()}
    assert found["counts"] == ["三期", "不超过60人"]
    assert "8月20日前" in found["deadlines"]
    assert found["money"] == ["450元"]
    assert found["percent"] == ["超过10%"]


@given(st.integers(1, 199))
def test_han_numbers_are_read_as_they_are_written(value: int) -> None:
    assert han_to_int(in_han(value)) == value


def in_han(value: int) -> str:
    digits = "零一二三四五六七八九"
    hundreds, rest = divmod(value, 100)
    tens, ones = divmod(rest, 10)
    text = f"{digits[hundreds]}百" if hundreds else ""
    if hundreds and rest and not tens:
        text += "零"
    if tens:
        text += ("" if tens == 1 and not hundreds else digits[tens]) + "十"
    return text + (digits[ones] if ones else "")


@given(st.text(st.sampled_from("一二三（）()1.、第条章：。\n关于的通知〔2026〕号日月年附件人 　甲乙"), max_size=200))
def test_any_text_gives_sections_in_order_that_stay_inside_of_it(raw: str) -> None:
    made = draft(raw)
    assert as_json(made)["clauses"] is not None
    edges = [edge for section in made.sections for edge in (section.start, section.end)]
    assert edges == sorted(edges)
    assert all(0 <= edge <= len(made.text) for edge in edges)


@given(st.lists(st.tuples(st.integers(1, 12), st.integers(0, 9)), min_size=1, max_size=6))
def test_every_section_that_is_printed_is_found_line_by_line_and_run_together(shape: list[tuple[int, int]]) -> None:
    wanted, lines, running = [], [], 0
    for number, (_, items) in enumerate(shape, start=1):
        wanted.append((in_han(number), 1))
        lines.append(f"{in_han(number)}、有关安排。")
        for _ in range(items):
            running += 1
            wanted.append((f"（{in_han(running)}）", 2))
            lines.append(f"（{in_han(running)}）认真办理。")
    assert [(s.number, s.level) for s in outline("\n".join(lines))] == wanted
    assert [(s.number, s.level) for s in outline("".join(lines))] == wanted


def next_year() -> str:
    """The notice of 2025 as it might be written for 2026: other figures, one sentence reworded, one gone."""
    text = (RAW / "2025-shishi.txt").read_text(encoding="utf-8")
    for old, new in (
        ("2025年11月30日前", "2026年10月31日前"),
        ("每期不少于50人", "每期不少于40人"),
        ("不得组织任何与研修无关的活动", "严禁组织和研修没有关系的任何活动"),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    gone = "最多不超过10人，"
    assert text.count(gone) == 1
    return text.replace(gone, "")


def test_every_fact_of_an_earlier_notice_is_found_changed_or_gone() -> None:
    made = draft(next_year())
    found = {one.fact.id: one for one in proposals(made, NOTICES["2025-shishi"])}
    assert len(found) == len(NOTICES["2025-shishi"].facts)
    assert all(made.text[one.start :].startswith(one.quote) for one in found.values())
    assert found["completion"].fate is Fate.FIGURES
    assert found["completion"].say == "须在2026年10月31日前完成办班。"
    reworded = next(one for one in found.values() if "不得组织任何与研修无关的活动" in one.fact.quote)
    assert reworded.fate is Fate.REWORDED
    assert reworded.say is None
    assert "没有关系的任何活动" in reworded.quote
    changed = {one.fact.id for one in found.values() if one.fate is not Fate.UNCHANGED}
    untouched = [one for one in NOTICES["2025-shishi"].facts if one.quote in made.text]
    assert changed == {one.id for one in NOTICES["2025-shishi"].facts} - {one.id for one in untouched}
    assert len(untouched) > 60


def test_a_notice_of_another_kind_has_none_of_them() -> None:
    found = proposals(draft(ARTICLES), NOTICES["2025-shishi"])
    assert {one.fate for one in found} <= {Fate.GONE, Fate.REWORDED}
    assert sum(one.fate is Fate.GONE for one in found) > 0.9 * len(found)
