"""Staff answer what the assistant could not: at the desk and in a chat."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.core import Core
from bot.staff.publishing import NotReady
from bot.staff.question_inbox import expires_soon, grouped
from bot.storage.db.work import fetch_all
from bot.storage.staff.accounts import Account, Purpose, StaffRole
from bot.storage.staff.revisions import Outdated
from bot.storage.tables.reminder import reminders
from handlers.domain.messages import Address, Reply
from handlers.texts import conversation as texts
from handlers.texts import staff as staff_texts
from knowledge.answering.engine import Engine
from knowledge.model.staff_answer import StaffAnswer
from knowledge.publications import Synonyms, answer_problems, synonym_problems
from tests.support.application import say, whole
from tests.support.console import Hands, employed
from tests.support.knowledge import shipped
from tests.support.seminars import press

QUESTION = "研修班结业证书的编号规则是什么"
CLAUSE = "按每期不超过5万元给予经费补助"


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
async def core(tmp_path: Path, clock: Hands) -> AsyncIterator[Core]:
    async with whole(tmp_path, clock=clock) as core:
        yield core


@pytest.fixture
async def lin(core: Core) -> Account:
    return await employed(core, "lin", StaffRole.PUBLISHER)


async def answered(core: Core, account: Account, text: str, quote: str = "", wordings: tuple[str, ...] = ()) -> None:
    [group, *_] = await core.desk.inbox.groups()
    await core.desk.inbox.answer(
        group,
        text=text,
        wordings=wordings or group.wordings,
        notice="2025-shishi" if quote else "",
        clause="三" if quote else "",
        quote=quote,
        account=account,
        knowledge=core.desk.knowledge,
    )


async def told(core: Core) -> list[tuple[int, Reply]]:
    query = sa.select(reminders.c.person_id, reminders.c.message).where(reminders.c.message.is_not(None))
    rows = await core.database.query(fetch_all(query.order_by(reminders.c.id)))
    return [(row.person_id, Reply.model_validate(row.message)) for row in rows]


async def test_near_duplicates_come_together_and_those_left_for_staff_first(core: Core) -> None:
    for who, words in (("a", QUESTION), ("b", QUESTION + "呀"), ("c", "结业证书的编号规则是什么")):
        await say(core, words, who=who)
    reply = await say(core, "培训期间学员的人身保险怎么买", who="d")
    await press(core, reply, "留给", who="d")
    groups = await core.desk.inbox.groups()
    assert [(group.first.why, len(group.questions)) for group in groups] == [("留给工作人员", 1), ("没有答出", 3)]
    assert grouped(()) == ()


async def test_an_answer_reaches_each_asker_once_and_answers_the_next_time(core: Core, lin: Account) -> None:
    for who in ("a", "a", "b"):
        await say(core, QUESTION, who=who)
    await answered(core, lin, "由职业能力建设处统一编号。")
    messages = await told(core)
    assert len({person for person, _ in messages}) == len(messages) == 2
    assert "主管处室已答复" in messages[0][1].text
    reply = await say(core, QUESTION + "？", who="c")
    assert reply.text.startswith("【处室答复】lin处长，2026-03-16（不是通知原文）：")
    assert "统一编号" in reply.text
    assert reply.citations == ()
    assert await core.desk.inbox.groups() == ()
    [case] = await core.desk.revisions.cases()
    assert (case.question, case.expected) == (QUESTION, "由职业能力建设处统一编号。")


async def test_an_answer_that_rests_on_a_clause_is_cited_and_may_say_only_its_figures(core: Core, lin: Account) -> None:
    await say(core, QUESTION)
    with pytest.raises(NotReady, match="数字引文中没有：6"):
        await answered(core, lin, "每期6万元。", CLAUSE)
    with pytest.raises(NotReady, match="逐字"):
        await answered(core, lin, "每期5万元。", "按每期不超过6万元给予经费补助")
    assert await told(core) == []
    await answered(core, lin, "每期不超过5万元。", CLAUSE)
    reply = await say(core, QUESTION)
    assert reply.citations[0].clause == "三"
    assert CLAUSE in reply.citations[0].quote


async def test_an_office_answer_runs_out_unless_it_is_confirmed(core: Core, lin: Account, clock: Hands) -> None:
    await say(core, QUESTION)
    await answered(core, lin, "由处里统一编号。")
    [standing] = await core.desk.inbox.standing()
    assert standing.expires_on == date(2027, 3, 16)
    clock.now += timedelta(days=340)
    assert expires_soon(standing, clock.now)
    await core.desk.inbox.confirm(standing.id, lin)
    [standing] = await core.desk.inbox.standing()
    assert standing.expires_on == date(2028, 2, 19)
    clock.now += timedelta(days=366)
    assert "【处室答复】" not in (await say(core, QUESTION)).text


async def test_an_answer_can_be_taken_back(core: Core, lin: Account) -> None:
    await say(core, QUESTION)
    await answered(core, lin, "由处里统一编号。")
    [standing] = await core.desk.inbox.standing()
    await core.desk.inbox.take_back(standing.id, "答错了", lin)
    assert len(await core.desk.inbox.groups()) == 1
    assert "统一编号" not in (await say(core, QUESTION)).text
    assert await core.desk.inbox.standing() == ()
    with pytest.raises(NotReady):
        await core.desk.inbox.take_back("da-unknown", "x", lin)


async def test_an_answer_is_given_whatever_was_talked_about_before(core: Core, lin: Account) -> None:
    await say(core, "示范班补助多少", who="a")
    await say(core, QUESTION, who="a")
    await answered(core, lin, "由处里统一编号。")
    for who in ("a", "b"):
        await say(core, "国家级至少多少人", who=who)
        assert "统一编号" in (await say(core, QUESTION, who=who)).text


async def test_what_needs_no_answer_is_put_aside(core: Core, lin: Account) -> None:
    await say(core, QUESTION)
    [group] = await core.desk.inbox.groups()
    await core.desk.inbox.put_aside(group, lin)
    assert await core.desk.inbox.groups() == ()
    with pytest.raises(Outdated):
        await core.desk.inbox.put_aside(group, lin)
    [(number, words)] = await core.desk.inbox.last_put_aside()
    assert words == QUESTION
    await core.desk.inbox.list_again(number, lin)
    assert len(await core.desk.inbox.groups()) == 1
    await core.desk.inbox.put_aside(group, lin)
    await say(core, choice=f"leave:{number}")
    [group] = await core.desk.inbox.groups()
    assert group.first.left


async def test_two_colleagues_who_answer_at_once_tell_the_asker_once(core: Core, lin: Account) -> None:
    await say(core, QUESTION)
    outcomes = await asyncio.gather(
        answered(core, lin, "由甲编号。"), answered(core, lin, "由乙编号。"), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in outcomes) == ["NoneType", "Outdated"]
    assert len(await told(core)) == 1


async def test_one_chat_belongs_to_one_account(core: Core, lin: Account) -> None:
    bao = await employed(core, "bao", StaffRole.READER)
    for account in (lin, bao):
        code = await core.desk.accounts.invite(account.id, Purpose.CHAT, core.clock())
        await say(core, f"处室 {code}", who="phone")
    assert "bao处长，您好" in (await say(core, "处室", who="phone")).text
    group = Address(channel="telegram", id="-100200")
    code = await core.desk.accounts.invite(lin.id, Purpose.CHAT, core.clock())
    assert (await say(core, f"处室 {code}", who=group.id, channel=group.channel)).text == staff_texts.STAFF_WRONG_CODE


async def test_a_vote_down_brings_an_answered_question_to_staff(core: Core) -> None:
    reply = await say(core, "示范班补助多少")
    await say(core, choice=f"down:{reply.question_id}")
    [group] = await core.desk.inbox.groups()
    assert group.first.why == "点了没帮助"


def engine_with(answer: StaffAnswer) -> Engine:
    from dataclasses import replace

    return Engine(replace(shipped(), answers=(answer,)))


@pytest.mark.parametrize(
    ("asked", "taken"),
    [
        ("示范班可以提前50天开班吗", True),
        ("示范班可以提前50天开班吗？", True),
        ("示范班可以提前60天开班吗", False),
        ("国家级可以提前50天开班吗", False),
        ("2023年示范班可以提前50天开班吗", False),
    ],
)
def test_letters_alone_do_not_make_it_the_same_question(asked: str, taken: bool) -> None:
    answer = StaffAnswer(
        id="da-1", questions=("示范班可以提前50天开班吗",), text="可以。", author="林", answered_on=date(2026, 3, 16)
    )
    given = engine_with(answer).answer(asked, date(2026, 3, 17))
    assert ("【处室答复】" in given.text) is taken


def test_what_stands_against_an_answer_is_said_in_words() -> None:
    knowledge = shipped()
    bare = StaffAnswer(id="da-1", questions=("吗",), text=" ", author="林", answered_on=date(2026, 3, 16))
    assert list(answer_problems(bare, knowledge)) == ["请写明答复", "请至少写一种问法，每种不少于4个字"]
    lost = bare.model_copy(update={"text": "有。", "questions": ("在哪里报到呢",), "notice": "1999"})
    assert list(answer_problems(lost, knowledge)) == ["所引的通知没有收录"]
    wrong = Synonyms(forms={"nothing": ("什么都",), "subsidy": ("封顶", "米")})
    found = list(synonym_problems(wrong, knowledge.vocabulary))
    assert found[0] == "没有名为“nothing”的概念"
    assert any("太短" in line for line in found)
    assert any("已经是另一个概念" in line for line in found)


async def test_staff_answer_from_a_linked_chat(core: Core, lin: Account) -> None:
    await say(core, QUESTION, who="asker")
    assert (await say(core, "处室", who="lin")).text == staff_texts.STAFF_NOT_LINKED
    code = await core.desk.accounts.invite(lin.id, Purpose.CHAT, core.clock())
    assert "已关联lin处长" in (await say(core, f"处室 {code}", who="lin")).text
    reply = await say(core, "处室", who="lin")
    assert "待答问题1个" in reply.text
    reply = await press(core, reply, staff_texts.STAFF_QUESTIONS_LABEL, who="lin")
    assert QUESTION in reply.text
    await press(core, reply, "答复1", who="lin")
    reply = await say(core, "由职业能力建设处统一编号。", who="lin")
    assert "将这样答复" in reply.text
    assert "已发布" in (await press(core, reply, staff_texts.STAFF_SEND_LABEL, who="lin")).text
    assert "统一编号" in (await say(core, QUESTION, who="asker")).text
    assert "没有逾期" in (await say(core, choice="staff:overdue", who="lin")).text
    assert "已经处理过了" in (await say(core, choice="staff:1", who="lin")).text


async def test_a_code_is_good_once_and_guessing_is_stopped(core: Core, lin: Account) -> None:
    code = await core.desk.accounts.invite(lin.id, Purpose.CHAT, core.clock())
    await say(core, f"处室 {code}", who="lin")
    assert (await say(core, f"处室 {code}", who="thief")).text == staff_texts.STAFF_WRONG_CODE
    for number in range(4):
        await say(core, f"处室 00000{number}", who="thief")
    assert (await say(core, "处室 000009", who="thief")).text == texts.TOO_MANY_TRIES


async def test_a_reader_in_a_chat_may_look_and_not_answer(core: Core) -> None:
    reader = await employed(core, "bao", StaffRole.READER)
    await say(core, QUESTION, who="asker")
    code = await core.desk.accounts.invite(reader.id, Purpose.CHAT, core.clock())
    await say(core, f"处室 {code}", who="bao")
    reply = await say(core, choice="staff:inbox", who="bao")
    assert reply.choices == ()
    assert (await say(core, choice="staff:1", who="bao")).text == staff_texts.STAFF_MAY_NOT_ANSWER
