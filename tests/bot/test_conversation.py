"""Conversations through dispatch, router, knowledge and a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core import Core
from handlers.domain.messages import MAX_TOKEN_BYTES, Address, Choice, Incoming, Status
from handlers.texts import conversation as texts
from handlers.texts import questions as question_texts
from tests.support.application import say, whole
from tests.support.paths import DIALOGS

DIALOGS = {path.stem: path.read_text(encoding="utf-8").splitlines() for path in sorted(DIALOGS.glob("*.txt"))}


@pytest.fixture
async def core(tmp_path: Path) -> AsyncIterator[Core]:
    async with whole(tmp_path) as core:
        yield core


@pytest.mark.parametrize("name", DIALOGS)
async def test_the_dialog_goes_as_written(core: Core, name: str) -> None:
    """`> ` is said, `[…]` is pressed; each `< ` line stands in the answer to what precedes it."""
    reply = None
    for line in DIALOGS[name]:
        if line.startswith("> "):
            reply = await say(core, line[2:])
        elif line.startswith("["):
            assert reply is not None
            token = next(c.token for c in reply.choices if c.label == line.strip("[]"))
            reply = await say(core, choice=token)
        elif line.startswith("< "):
            assert reply is not None
            assert line[2:] in reply.text


async def test_start_greets_with_questions_to_tap(core: Core) -> None:
    welcome = await say(core, "/start")
    starters = [choice for choice in welcome.choices if choice.token.startswith("say:")]
    assert len(starters) == len(texts.STARTERS)
    answer = await say(core, choice=starters[3].token)
    assert "5万元" in answer.text


async def test_every_starter_question_is_answered(core: Core) -> None:
    welcome = await say(core, "/start", who="eve")
    for choice in (choice for choice in welcome.choices if choice.token.startswith("say:")):
        assert (await say(core, choice=choice.token, who=f"eve{choice.token}")).status is Status.ANSWERED


async def test_a_choice_narrows_the_question_it_came_with(core: Core) -> None:
    answer = await say(core, "至少多少人")
    token = next(c.token for c in answer.choices if c.label == "国家级")
    narrowed = await say(core, choice=token)
    assert "50人" in narrowed.text
    assert "30人" not in narrowed.text
    assert (await say(core, "那补助呢")).text.startswith("· 国家级") or "10.5万" in (await say(core, "补助呢")).text


async def test_tokens_fit_what_telegram_accepts(core: Core) -> None:
    for text in ("至少多少人", "那个可以吗", "blah blah 结算 blah"):
        for choice in (await say(core, text, who=text)).choices:
            assert len(choice.token.encode()) <= MAX_TOKEN_BYTES


@pytest.mark.parametrize(
    "token", ["kind:999:national", "kind:x:y", "kind", "topic:1", "up:999", "why:999", "nonsense", "say:99", ""]
)
async def test_a_button_of_a_vanished_conversation_says_what_to_do(core: Core, token: str) -> None:
    reply = await say(core, choice=token)
    assert reply.text == texts.BUTTON_EXPIRED


async def test_somebody_else_s_button_is_as_good_as_none(core: Core) -> None:
    answer = await say(core, "示范班补助多少", who="amy")
    assert (await say(core, choice=f"why:{answer.question_id}", who="bob")).text == texts.BUTTON_EXPIRED
    assert (await say(core, choice=f"up:{answer.question_id}", who="bob")).text == texts.BUTTON_EXPIRED


async def test_votes_are_stored(core: Core) -> None:
    answer = await say(core, "示范班补助多少")
    assert (await say(core, choice=f"down:{answer.question_id}")).text == question_texts.THANKS_DOWN
    assert (await say(core, choice=f"up:{answer.question_id}")).text == question_texts.THANKS_UP


async def test_only_a_decline_that_staff_can_help_with_offers_them_the_question(core: Core) -> None:
    cases = (("示范班补助多少", False), ("今天天气怎么样", False), ("2026年示范班补助多少", True))
    for text, offered in cases:
        labels = [choice.label for choice in (await say(core, text)).choices]
        assert (question_texts.LEAVE_LABEL in labels) is offered


async def test_an_answer_voted_down_can_be_left_for_staff(core: Core) -> None:
    answer = await say(core, "示范班补助多少")
    (offer,) = (await say(core, choice=f"down:{answer.question_id}")).choices
    await say(core, choice=offer.token)
    (left,) = await core.forwarded_questions.waiting(10)
    assert left.question.text == "示范班补助多少"


async def test_why_explains_the_last_answer(core: Core) -> None:
    assert (await say(core, "/why")).text == question_texts.NOTHING_TO_EXPLAIN
    await say(core, "示范班补助多少")
    for word in ("/why", "为什么", "为什么？"):
        assert "采用话题：经费补助标准" in (await say(core, word)).text


async def test_reset_forgets_the_context(core: Core) -> None:
    await say(core, "示范班补助多少")
    await say(core, "/reset")
    answer = await say(core, "补助多少")
    assert "10.5万元" in answer.text


@pytest.mark.parametrize(("kind", "name"), [("voice", "语音"), ("sticker", "表情贴纸"), ("dice", "这种消息")])
async def test_what_cannot_be_read_is_asked_for_in_words(core: Core, kind: str, name: str) -> None:
    reply = await say(core, unsupported=kind)
    assert name in reply.text
    assert "文字" in reply.text


async def test_ten_thousand_characters_are_shortened_and_that_is_said(core: Core) -> None:
    reply = await say(core, "今天下雨，路上堵车。" * 1_000 + "示范班补助多少？" + "会场在三楼。" * 1_000)
    assert "5万元" in reply.text
    assert "问题超过2000字" in reply.text


async def test_a_drawn_out_letter_says_no_more_than_a_single_one(core: Core) -> None:
    assert (await say(core, "示范班补助多少" + "啊" * 10_000)).text.startswith("省级示范")


async def test_control_characters_emoji_and_markup_do_no_harm(core: Core) -> None:
    for text in (
        "\x00\x07示范班补助多少\u202e",
        "示范班💰补助多少😀",
        "<b>示范班</b>补助多少",
        "示范班补助多少'; DROP TABLE questions;--",
    ):
        assert "5万元" in (await say(core, text)).text
    assert (await say(core, "😀")).status is Status.SMALLTALK


async def test_the_same_message_twice_gets_the_same_reply_and_is_logged_once(core: Core) -> None:
    incoming = Incoming(address=Address(channel="test", id="amy"), message_id="one", text="示范班补助多少")
    first, again = await core.dispatch(incoming), await core.dispatch(incoming)
    assert first == again
    assert await core.questions.earlier_questions(incoming.address, 10) == ("示范班补助多少",)


async def test_every_question_is_logged_with_facts_and_timings(core: Core) -> None:
    answer = await say(core, "示范班补助多少")
    assert answer.question_id is not None
    logged = await core.questions.question(Address(channel="test", id="amy"), answer.question_id)
    assert logged is not None
    assert logged.facts == ("2025-shishi/subsidy-demo",)
    assert set(logged.timings) == {"understand", "smalltalk", "staff", "select", "decide", "compose"}


async def test_an_english_question_is_remembered_as_such(core: Core) -> None:
    answer = await say(core, "how much subsidy for a demonstration class")
    assert "5万元" in answer.text
    assert question_texts.ENGLISH_NOTE in answer.text
    conversation = await core.conversations.conversation(Address(channel="test", id="amy"), core.clock())
    assert conversation.language == "en"


def test_a_token_is_measured_in_bytes() -> None:
    assert Choice(label="甲", token="x" * MAX_TOKEN_BYTES)
    with pytest.raises(ValueError, match="64 bytes"):
        Choice(label="甲", token="备" * 30)
