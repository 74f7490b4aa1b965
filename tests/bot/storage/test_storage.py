import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import SHANGHAI
from bot.storage.conversations.conversations import Conversations
from bot.storage.conversations.forwarded_questions import StaffQuestions
from bot.storage.conversations.questions import Questions
from bot.storage.db.database import Database
from bot.storage.db.work import fetch_all
from bot.storage.tables.conversation import feedback
from handlers.domain.messages import Address, LoggedQuestion, Status

ALICE = Address(channel="telegram", id="100")
BOB = Address(channel="telegram", id="200")
ALICE_ON_THE_WEB = Address(channel="webchat", id="100")
NOW = datetime(2025, 6, 1, 9, 30, 15, 123456, tzinfo=SHANGHAI)


def asked(text: str, address: Address = ALICE) -> LoggedQuestion:
    return LoggedQuestion(
        address=address,
        text=text,
        asked_at=NOW,
        status=Status.ANSWERED,
        answer=f"答：{text}",
        facts=("2025/funding",),
        timings={"retrieve": 0.25},
        trace=("识别年度 2025", "命中 2 条"),
    )


async def test_a_conversation_begins_once_and_keeps_its_beginning(conversations: Conversations) -> None:
    first = await conversations.conversation(ALICE, NOW)
    again = await conversations.conversation(ALICE, NOW + timedelta(days=1))
    assert first == again
    assert (again.started_at, again.language) == (NOW, "zh-hans")


async def test_a_conversation_begun_twice_at_once_begins_once(conversations: Conversations) -> None:
    moments = [NOW + timedelta(seconds=n) for n in range(5)]
    begun = await asyncio.gather(*(conversations.conversation(ALICE, moment) for moment in moments))
    assert len(set(begun)) == 1


async def test_the_language_last_written_in_is_remembered(conversations: Conversations) -> None:
    await conversations.conversation(ALICE, NOW)
    await conversations.remember_language(ALICE, "zh-hant")
    await conversations.remember_language(ALICE, "zh-hant")
    assert (await conversations.conversation(ALICE, NOW)).language == "zh-hant"
    assert (await conversations.conversation(BOB, NOW)).language == "zh-hans"


async def test_times_come_back_aware_and_are_the_same_moment(conversations: Conversations) -> None:
    await conversations.conversation(ALICE, NOW.astimezone(UTC))
    started_at = (await conversations.conversation(ALICE, NOW)).started_at
    assert started_at == NOW
    assert started_at.utcoffset() == timedelta(hours=8)


async def test_a_naive_time_is_refused(conversations: Conversations) -> None:
    with pytest.raises(Exception, match="naive time"):
        await conversations.conversation(ALICE, NOW.replace(tzinfo=None))


async def test_a_logged_question_comes_back_as_it_was(questions: Questions) -> None:
    question_id = await questions.log_question(asked("示范班资助多少？"))
    assert question_id > 0
    assert await questions.question(ALICE, question_id) == asked("示范班资助多少？")
    assert await questions.last_question_id(ALICE) == question_id


async def test_a_nul_character_does_not_stop_the_log(questions: Questions) -> None:
    question_id = await questions.log_question(asked("a\x00b"))
    logged = await questions.question(ALICE, question_id)
    assert logged is not None
    assert logged.text == "ab"


async def test_somebody_elses_question_is_unknown(questions: Questions) -> None:
    question_id = await questions.log_question(asked("几时结算？"))
    for other in (BOB, ALICE_ON_THE_WEB):
        assert await questions.question(other, question_id) is None
        assert await questions.last_question_id(other) is None
        assert await questions.earlier_questions(other, 5) == ()
        assert not await questions.rate(other, question_id, True, NOW)


@pytest.mark.parametrize("question_id", [-1, 0, 77, 2**63, 10**30])
async def test_a_question_id_that_never_was_is_unknown(questions: Questions, question_id: int) -> None:
    assert await questions.question(ALICE, question_id) is None
    assert not await questions.rate(ALICE, question_id, True, NOW)


async def test_earlier_questions_are_the_last_ones_oldest_first(questions: Questions) -> None:
    for text in ("一", "二", "三"):
        await questions.log_question(asked(text))
    assert await questions.earlier_questions(ALICE, 2) == ("二", "三")
    assert await questions.earlier_questions(ALICE, 9) == ("一", "二", "三")


async def test_a_reset_hides_earlier_questions_but_keeps_them(
    questions: Questions, conversations: Conversations
) -> None:
    before = await questions.log_question(asked("一"))
    await questions.log_question(asked("甲", BOB))
    await conversations.reset(ALICE, NOW)
    assert await questions.earlier_questions(ALICE, 5) == ()
    assert await questions.last_question_id(ALICE) is None
    assert await questions.question(ALICE, before) == asked("一")
    assert await questions.earlier_questions(BOB, 5) == ("甲",)
    await questions.log_question(asked("二"))
    assert await questions.earlier_questions(ALICE, 5) == ("二",)


async def test_a_second_reset_counts_from_then_and_keeps_the_language(
    conversations: Conversations, questions: Questions
) -> None:
    await conversations.conversation(ALICE, NOW)
    await conversations.remember_language(ALICE, "en")
    for text in ("一", "二"):
        await questions.log_question(asked(text))
        await conversations.reset(ALICE, NOW)
    assert await questions.earlier_questions(ALICE, 5) == ()
    conversation = await conversations.conversation(ALICE, NOW + timedelta(days=1))
    assert (conversation.language, conversation.started_at) == ("en", NOW)


async def test_the_last_vote_counts(questions: Questions, database: Database) -> None:
    question_id = await questions.log_question(asked("一"))
    assert await questions.rate(ALICE, question_id, True, NOW)
    assert await questions.rate(ALICE, question_id, False, NOW + timedelta(minutes=1))
    votes = await database.query(fetch_all(feedback.select()))
    assert [tuple(vote) for vote in votes] == [(question_id, False, NOW + timedelta(minutes=1))]


async def test_two_hundred_questions_logged_at_once_each_get_their_own_id(questions: Questions) -> None:
    texts = [f"问题{n}" for n in range(200)]
    ids = await asyncio.gather(*(questions.log_question(asked(text)) for text in texts))
    assert len(set(ids)) == 200
    logged = await asyncio.gather(*(questions.question(ALICE, question_id) for question_id in ids))
    assert [question.text for question in logged if question] == texts


async def test_two_processes_log_into_one_database(questions: Questions, database_url: str) -> None:
    async with Database(database_url) as second_database:
        second = Questions(second_database)
        ids = await asyncio.gather(*(s.log_question(asked("一")) for s in [questions, second] * 50))
        await second.close()
    assert len(set(ids)) == 100


async def test_questions_left_for_staff_wait_in_the_order_they_were_left(
    questions: Questions, forwarded_questions: StaffQuestions
) -> None:
    first, second = [await questions.log_question(asked(text)) for text in ("甲", "乙")]
    assert await forwarded_questions.leave(ALICE, second, NOW)
    assert await forwarded_questions.leave(ALICE, first, NOW + timedelta(minutes=1))
    assert await forwarded_questions.leave(ALICE, second, NOW + timedelta(minutes=2))
    assert [left.question.text for left in await forwarded_questions.waiting(10)] == ["乙", "甲"]
    assert [left.question.text for left in await forwarded_questions.waiting(1)] == ["乙"]


async def test_a_question_taken_back_no_longer_waits(questions: Questions, forwarded_questions: StaffQuestions) -> None:
    question_id = await questions.log_question(asked("甲"))
    assert not await forwarded_questions.withdraw(ALICE, question_id)
    await forwarded_questions.leave(ALICE, question_id, NOW)
    assert await forwarded_questions.withdraw(ALICE, question_id)
    assert await forwarded_questions.waiting(10) == ()


async def test_nobody_leaves_or_takes_back_somebody_elses_question(
    questions: Questions, forwarded_questions: StaffQuestions
) -> None:
    question_id = await questions.log_question(asked("甲"))
    assert not await forwarded_questions.leave(BOB, question_id, NOW)
    await forwarded_questions.leave(ALICE, question_id, NOW)
    assert not await forwarded_questions.withdraw(BOB, question_id)
    assert not await forwarded_questions.leave(ALICE, 10**30, NOW)
    assert len(await forwarded_questions.waiting(10)) == 1
