"""The data files themselves: what is claimed about the notices is proved against their text."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from knowledge.importing.cleaning import clean
from knowledge.loading import KnowledgeError, load_knowledge, load_notice
from knowledge.model.notice import Duty, Fact, SeminarKind, Stance
from knowledge.model.snapshot import Knowledge
from knowledge.validation import notice_problems, problems
from tests.support.paths import RAW


def test_the_shipped_knowledge_has_no_problems(knowledge: Knowledge) -> None:
    assert problems(knowledge) == ()


@pytest.mark.parametrize("name", ["2023-shenbao", "2025-shishi"])
def test_the_source_is_the_raw_text_without_its_dirt(knowledge: Knowledge, name: str) -> None:
    notice = next(n for n in knowledge.notices if n.id == name)
    assert notice.source == clean((RAW / f"{name}.txt").read_text(encoding="utf-8"))
    assert "bookmark" not in notice.source
    assert "\u3000" not in notice.source
    assert "\u00a0" not in notice.source


def test_clauses_carry_the_numbers_as_printed(knowledge: Knowledge) -> None:
    first, second = knowledge.notices
    assert [c.number for c in first.clauses] == [
        *(
            "标题",
            "文号",
            "主送",
            "前言",
            "一",
            "一（一）",
            "一（二）",
            "一（三）",
            "二",
            "二（一）",
            "二（二）",
            "二（三）",
        ),
        *("三", "三（一）", "三（二）", "三（三）", "三（四）", "联系方式", "附件", "落款"),
    ]
    assert [c.number for c in second.clauses] == ["标题", "主送", "前言", "一", "二", "三", "四", "联系方式"]


def test_clause_offsets_point_into_the_source(knowledge: Knowledge) -> None:
    for notice in knowledge.notices:
        for clause in notice.clauses:
            assert notice.source[clause.start : clause.end] == notice.text_of(clause.number)
        assert notice.text_of("三").startswith("三、")


def test_unknown_metadata_stays_unknown(knowledge: Knowledge) -> None:
    notice = knowledge.notice_of_year(2025)
    assert notice is not None
    assert notice.doc_no is None
    assert notice.issued_on is None
    assert not notice.annexes_held


@pytest.mark.parametrize("kind", list(SeminarKind))
@pytest.mark.parametrize("duty", [Duty.FILING, Duty.SETTLEMENT, Duty.SUBSIDY])
def test_every_kind_is_told_about_every_duty_even_if_only_of_silence(
    knowledge: Knowledge, kind: SeminarKind, duty: Duty
) -> None:
    notice = knowledge.notice_of_year(2025)
    assert notice is not None
    told = [f for f in notice.facts if f.duty is duty and f.applies_to(kind)]
    assert told
    silent = {(Duty.FILING, SeminarKind.ENGINEERING), (Duty.FILING, SeminarKind.PROVINCIAL_REGULAR)}
    if (duty, kind) in silent:
        assert all(f.stance is Stance.SILENT for f in told)


def broken(knowledge: Knowledge, **changes: object) -> list[str]:
    notice = knowledge.notices[1]
    fact = next(f for f in notice.facts if f.id == "subsidy-demo").model_copy(update=changes)
    facts = tuple(fact if f.id == fact.id else f for f in notice.facts)
    return list(notice_problems(notice.model_copy(update={"facts": facts})))


def test_a_quote_that_is_not_verbatim_is_found(knowledge: Knowledge) -> None:
    assert any("引文不在条款" in p for p in broken(knowledge, quote="按每期不超过8万元给予经费补助"))


def test_a_figure_that_is_not_in_the_quote_is_found(knowledge: Knowledge) -> None:
    assert any("8" in p for p in broken(knowledge, say="每期补助不超过8万元。"))


def test_a_clause_that_does_not_exist_is_found(knowledge: Knowledge) -> None:
    assert any("条款 九 不存在" in p for p in broken(knowledge, clause="九"))


def test_a_figure_of_the_source_that_nobody_owns_is_found(knowledge: Knowledge) -> None:
    notice = knowledge.notices[1]
    without = tuple(f for f in notice.facts if f.clause != "联系方式")
    found = list(notice_problems(notice.model_copy(update={"facts": without})))
    assert any("0591-87517033" in p for p in found)


def test_a_kind_that_a_duty_forgets_is_found(knowledge: Knowledge) -> None:
    notice = knowledge.notices[1]
    without = tuple(f for f in notice.facts if f.id != "filing-engineering")
    found = list(notice_problems(notice.model_copy(update={"facts": without})))
    assert any("工程领域专项" in p for p in found)


def test_two_notices_of_one_year_are_found(knowledge: Knowledge) -> None:
    twice = replace(knowledge, notices=(*knowledge.notices, knowledge.notices[0]))
    assert any("2023年有2份通知" in p for p in problems(twice))


def test_a_topic_that_points_nowhere_is_found(knowledge: Knowledge) -> None:
    lost = knowledge.topics[0].model_copy(update={"related": ("nowhere",)})
    assert any("nowhere" in p for p in problems(replace(knowledge, topics=(lost, *knowledge.topics[1:]))))


def test_lists_that_end_in_deng_are_never_called_complete(knowledge: Knowledge) -> None:
    for notice in knowledge.notices:
        for fact in notice.facts:
            if fact.items and "等" in fact.quote:
                assert fact.open_ended, fact.id


def test_the_nine_settlement_materials_and_nine_plan_parts_are_listed(knowledge: Knowledge) -> None:
    facts: dict[str, Fact] = {f.id: f for f in knowledge.notices[1].facts}
    assert len(facts["materials"].items) == 9
    assert len(facts["plan-contents"].items) == 9
    assert facts["material-receipt"].items == ("户名", "账号", "开户行")


def test_a_data_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="缺少通知原文"):
        load_notice(tmp_path)
    (tmp_path / "source.txt").write_text("一、总则", encoding="utf-8")
    (tmp_path / "notice.toml").write_text("id = [", encoding="utf-8")
    with pytest.raises(KnowledgeError, match=r"notice\.toml"):
        load_notice(tmp_path)
    (tmp_path / "notice.toml").write_text('id = "x"', encoding="utf-8")
    with pytest.raises(KnowledgeError, match="title"):
        load_notice(tmp_path)


def test_loading_twice_gives_the_same_revision(knowledge: Knowledge) -> None:
    assert load_knowledge().revision == knowledge.revision
