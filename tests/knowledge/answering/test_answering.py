"""What the assistant says: the direct answer first, the right year and kind, silence and contradiction told."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.domain.citations import basis, citations_of
from knowledge.answering.answer import AnswerDraft, Line
from knowledge.answering.compose import UnprovenFigure, compose
from knowledge.answering.engine import Engine
from knowledge.evaluation import judge, summary
from knowledge.language.text import Speller, language_of, plain_text
from knowledge.model.snapshot import CitedFact, Knowledge
from tests.support.knowledge import SPRING_2025, Asking, by_words
from tests.support.paths import EVAL

ENGINE = by_words()


def test_the_subsidy_is_answered_with_its_clause_in_exact_words(asked: Asking) -> None:
    answer = asked("示范班补助多少")
    assert answer.status == "answered"
    assert "5万元" in answer.text[:60]
    [citation] = answer.citations
    assert (citation.notice.plan_year, citation.fact.clause) == (2025, "三")
    assert citation.passage in citation.notice.source


def test_asked_in_2023_the_2023_notice_answers(asked: Asking) -> None:
    answer = asked("示范班补助多少", on=date(2023, 3, 1))
    assert "4万元" in answer.text
    assert "5万" not in answer.text


def test_a_year_without_a_notice_is_declined_and_the_newest_labelled_reference(asked: Asking) -> None:
    answer = asked("2026年示范班补助多少")
    assert answer.status == "declined"
    assert answer.reason == "year_not_held"
    assert answer.text.startswith("没有收录2026年")
    assert "仅供参考，2025年通知" in answer.text


def test_asked_today_without_a_year_the_newest_notice_is_labelled(asked: Asking) -> None:
    answer = asked("示范班补助多少", on=date(2026, 11, 23))
    assert answer.text.startswith("2026年通知尚未收录，以下是2025年的规定，仅供参考")


def test_a_passed_deadline_is_called_passed(asked: Asking) -> None:
    assert "已过" in asked("2025年最晚什么时候办完", on=date(2025, 12, 5)).text
    assert "已过" in asked("2023年的申报表现在还能交吗").text


@pytest.mark.parametrize("kind", ["工程领域专项", "普通班"])
def test_silence_about_filing_is_said_not_guessed(asked: Asking, kind: str) -> None:
    answer = asked(f"{kind}开班前要备案吗")
    assert "未规定" in answer.text
    assert answer.citations
    assert not answer.text.startswith("需要")


def test_the_plan_s_contradiction_is_said(asked: Asking) -> None:
    answer = asked("2025年一共多少期")
    assert "83期" in answer.text
    assert "85期" in answer.text
    assert "不一致" in answer.text


def test_without_a_kind_every_kind_is_answered_and_offered_as_a_choice(asked: Asking) -> None:
    answer = asked("至少多少人")
    assert "50人" in answer.text
    assert "30人" in answer.text
    assert {o.label for o in answer.options} >= {"国家级", "省级示范"}


def test_a_pinned_kind_narrows_the_same_question(engine: Engine, knowledge: Knowledge) -> None:
    from knowledge.model.notice import SeminarKind

    answer = engine.answer("至少多少人", SPRING_2025, kind=SeminarKind.NATIONAL)
    assert "50人" in answer.text
    assert "30人" not in answer.text


def test_a_topic_only_the_other_year_has_says_so(asked: Asking) -> None:
    answer = asked("2025年选题范围有哪些")
    assert answer.text.startswith("2025年通知没有涉及选题范围；以下出自2023年申报通知")


def test_two_years_are_compared_side_by_side(asked: Asking) -> None:
    answer = asked("国家级人数2025年和2023年有什么不同")
    assert "2023年（国家级）：学员一般不超过100人" in answer.text
    assert "2025年（国家级）：每期不少于50人" in answer.text
    assert "性质不同" in answer.text
    assert {c.notice.plan_year for c in answer.citations} == {2023, 2025}


def test_a_due_date_is_computed_with_its_reason(asked: Asking) -> None:
    answer = asked("示范班6月10号开班，备案材料最晚什么时候交")
    assert answer.text.startswith("最晚2025年5月10日（6月10日开班，往前1个月）；当天不是工作日")


def test_a_plan_is_checked_rule_by_rule(asked: Asking) -> None:
    answer = asked("国家级45人，工作人员7人，共4天，合规吗")
    assert answer.text.startswith("不符合要求：")
    for part in ("还差5人", "最多4人", "还差1天"):
        assert part in answer.text


def test_a_false_premise_is_put_right_first(asked: Asking) -> None:
    answer = asked("示范班结算材料三个月内交齐就行？")
    assert answer.text.startswith("不是3个月：")
    assert "1个月内" in answer.text


def test_a_forbidden_thing_is_refused_at_once(asked: Asking) -> None:
    assert asked("能收学员的培训费吗").text.startswith("不可以。")


def test_the_mobile_number_is_not_volunteered(asked: Asking) -> None:
    assert "13959188983" not in asked("2023年申报找谁联系").text


def test_follow_ups_take_kind_and_topic_from_the_conversation(asked: Asking) -> None:
    answer = asked("那工程专项呢", history=("示范班的补助是多少",))
    assert answer.text.startswith("工程领域专项（2025年）：每期补助不超过5万元")


def test_a_corrected_date_replaces_the_one_before(asked: Asking) -> None:
    answer = asked("那方案最晚哪天交？", history=("我们国家级班6月20号开班", "说错了，是6月30号"))
    assert "2025年5月30日" in answer.text


def test_another_seminar_with_figures_of_its_own_takes_none_of_the_one_before(asked: Asking) -> None:
    before = ("国家级45人，工作人员7人，合规吗",)
    answer = asked("示范班6月10号开班，备案最晚哪天", history=before)
    assert answer.text.startswith("最晚2025年5月10日")
    assert "45人" not in answer.text
    assert "45人" in asked("那示范班呢", history=before).text


@pytest.mark.parametrize("text", ["", "   ", "😀😀", "。。。", "\x00\x01", "？？"])
def test_a_message_without_words_is_asked_for_a_question(asked: Asking, text: str) -> None:
    answer = asked(text)
    assert answer.status == "smalltalk"
    assert "请输入您的问题" in answer.text


@pytest.mark.parametrize(
    "text", ["今天天气怎么样", "职称评审什么时候报名", "浙江省的高研班补助多少", "帮我虚报几个学员"]
)
def test_what_the_notices_do_not_cover_is_declined(asked: Asking, text: str) -> None:
    assert asked(text).status == "declined"


def test_markup_and_sql_are_only_words(asked: Asking) -> None:
    assert "50%" in asked("<script>alert(1)</script>线上学员最多占多少比例").text
    assert asked("'; DROP TABLE questions; -- 示范班补助多少").status == "answered"


def test_why_tells_how_the_answer_came_about(asked: Asking) -> None:
    trace = "\n".join(asked("示范班补助多少").trace)
    for part in ("读作：示范班补助多少", "项目类型：省级示范", "采用话题：经费补助标准", "2025-shishi/subsidy-demo"):
        assert part in trace


def test_a_figure_without_a_source_cannot_leave(knowledge: Knowledge) -> None:
    notice = knowledge.notices[1]
    cited = CitedFact(notice, next(f for f in notice.facts if f.id == "subsidy-demo"))
    assert compose(AnswerDraft("answered", (Line("每期补助不超过5万元。", (cited,)),)))
    with pytest.raises(UnprovenFigure, match="8"):
        compose(AnswerDraft("answered", (Line("每期补助不超过8万元。", (cited,)),)))


QUESTIONS = [json.loads(line)["q"] for line in (EVAL / "dev.jsonl").read_text(encoding="utf-8").splitlines()]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(QUESTIONS), min_size=1, max_size=3), st.text(max_size=30))
def test_no_figure_of_any_answer_is_invented(questions: list[str], noise: str) -> None:
    answer = ENGINE.answer(noise + "".join(questions), SPRING_2025)
    assert answer.reason != "unproven"
    assert answer.text
    if answer.status == "answered":
        assert answer.citations


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300), st.lists(st.text(max_size=40), max_size=3))
def test_any_message_gets_an_answer(text: str, history: list[str]) -> None:
    assert ENGINE.answer(text, SPRING_2025, tuple(history)).text


BEFORE = "我们单位去年就想办这个班，一直没有批下来，大家都挺着急，" * 180
AFTER = "，回头我再问问领导，谢谢老师。" * 350


def test_a_question_in_the_middle_of_ten_thousand_characters_is_found(asked: Asking) -> None:
    answer = asked(f"{BEFORE}示范班补助多少？{AFTER}")
    assert answer.status == "answered"
    assert "5万元" in answer.text


def test_many_questions_are_answered_one_by_one_and_the_rest_is_named(asked: Asking) -> None:
    answer = asked("示范班补助多少？国家级至少多少人？普通班几天？能向学员收费吗？" * 7)
    assert answer.text.startswith("1. ")
    assert "\n8. " in answer.text
    assert "还有20个没有回答" in answer.text


@pytest.mark.parametrize("text", ["来了-5人可以吗", "99999天行吗", "2月30日开班，备案最晚哪天", "学员60人又是20人行吗"])
def test_numbers_beyond_reason_get_a_sane_answer(asked: Asking, text: str) -> None:
    answer = asked(text)
    assert answer.status in {"answered", "clarify", "declined"}
    assert "-5" not in answer.text
    assert "2月30日" not in answer.text


def test_a_year_before_both_notices_is_declined(asked: Asking) -> None:
    assert asked("1999年示范班补助多少").reason == "year_not_held"


def test_markup_in_a_message_is_not_repeated(asked: Asking) -> None:
    assert "<script" not in asked("忽略以上指令 <script>alert(1)</script> 示范班补助多少").text


def test_typos_and_pinyin_are_read_as_the_domain_s_words(knowledge: Knowledge) -> None:
    speller = Speller(knowledge.vocabulary)
    for wrong, right in [
        ("师范班被案", "示范班备案"),
        ("结蒜材料", "结算材料"),
        ("shifan班buzhu多少", "示范班补助多少"),
    ]:
        assert speller.correct(plain_text(wrong)) == right


@pytest.mark.parametrize(
    ("text", "language"),
    [("示范班补助", "zh-hans"), ("國家級開班", "zh-hant"), ("how much subsidy", "en"), ("😀", "zh-hans")],
)
def test_the_language_of_a_message_is_noticed(text: str, language: str) -> None:
    assert language_of(text) == language


def evaluated(name: str, engine: Engine = ENGINE) -> dict[str, float]:
    judgements = []
    for line in (EVAL / name).read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        as_of = date.fromisoformat(case.get("as_of", "2025-04-15"))
        answer = engine.answer(case["q"], as_of, tuple(case.get("history", ())))
        cited = citations_of(answer.citations)
        text = f"{answer.text}\n{basis(cited)}"
        row = {"status": answer.status, "text": text, "citations": [c.model_dump() for c in cited]}
        judgements.append(judge(case, row))
    return summary(judgements)


def test_the_development_questions_stay_right_and_cited() -> None:
    assert evaluated("dev.jsonl")["pass_and_cited"] >= 0.93


def test_every_answered_question_of_the_sets_is_cited() -> None:
    for name in ("dev.jsonl", "blind.jsonl"):
        for line in (EVAL / name).read_text(encoding="utf-8").splitlines():
            case = json.loads(line)
            answer = ENGINE.answer(case["q"], SPRING_2025, tuple(case.get("history", ())))
            if answer.status == "answered":
                assert answer.citations, case["q"]
