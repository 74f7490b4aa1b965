import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import SHANGHAI
from bot.storage.conversations.store import SqlStore
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


async def test_a_conversation_begins_once_and_keeps_its_beginning(store: SqlStore) -> None:
    first = await store.conversation(ALICE, NOW)
    again = await store.conversation(ALICE, NOW + timedelta(days=1))
    assert first == again
    assert (again.started_at, again.language) == (NOW, "zh-hans")


async def test_a_conversation_begun_twice_at_once_begins_once(store: SqlStore) -> None:
    moments = [NOW + timedelta(seconds=n) for n in range(5)]
    begun = await asyncio.gather(*(store.conversation(ALICE, moment) for moment in moments))
    assert len(set(begun)) == 1


async def test_the_language_last_written_in_is_remembered(store: SqlStore) -> None:
    await store.conversation(ALICE, NOW)
    await store.remember_language(ALICE, "zh-hant")
    await store.remember_language(ALICE, "zh-hant")
    assert (await store.conversation(ALICE, NOW)).language == "zh-hant"
    assert (await store.conversation(BOB, NOW)).language == "zh-hans"


async def test_times_come_back_aware_and_are_the_same_moment(store: SqlStore) -> None:
    await store.conversation(ALICE, NOW.astimezone(UTC))
    started_at = (await store.conversation(ALICE, NOW)).started_at
    assert started_at == NOW
    assert started_at.utcoffset() == timedelta(hours=8)


async def test_a_naive_time_is_refused(store: SqlStore) -> None:
    with pytest.raises(Exception, match="naive time"):
        await store.conversation(ALICE, NOW.replace(tzinfo=None))


async def test_a_logged_question_comes_back_as_it_was(store: SqlStore) -> None:
    question_id = await store.log_question(asked("示范班资助多少？"))
    assert question_id > 0
    assert await store.question(ALICE, question_id) == asked("示范班资助多少？")
    assert await store.last_question_id(ALICE) == question_id


async def test_a_nul_character_does_not_stop_the_log(store: SqlStore) -> None:
    question_id = await store.log_question(asked("a\x00b"))
    logged = await store.question(ALICE, question_id)
    assert logged is not None
    assert logged.text == "ab"


async def test_somebody_elses_question_is_unknown(store: SqlStore) -> None:
    question_id = await store.log_question(asked("几时结算？"))
    for other in (BOB, ALICE_ON_THE_WEB):
        assert await store.question(other, question_id) is None
        assert await store.last_question_id(other) is None
        assert await store.earlier_questions(other, 5) == ()
        assert not await store.rate(other, question_id, True, NOW)


@pytest.mark.parametrize("question_id", [-1, 0, 77, 2**63, 10**30])
async def test_a_question_id_that_never_was_is_unknown(store: SqlStore, question_id: int) -> None:
    assert await store.question(ALICE, question_id) is None
    assert not await store.rate(ALICE, question_id, True, NOW)


async def test_earlier_questions_are_the_last_ones_oldest_first(store: SqlStore) -> None:
    for text in ("一", "二", "三"):
        await store.log_question(asked(text))
    assert await store.earlier_questions(ALICE, 2) == ("二", "三")
    assert await store.earlier_questions(ALICE, 9) == ("一", "二", "三")


async def test_a_reset_hides_earlier_questions_but_keeps_them(store: SqlStore) -> None:
    before = await store.log_question(asked("一"))
    await store.log_question(asked("甲", BOB))
    await store.reset(ALICE, NOW)
    assert await store.earlier_questions(ALICE, 5) == ()
    assert await store.last_question_id(ALICE) is None
    assert await store.question(ALICE, before) == asked("一")
    assert await store.earlier_questions(BOB, 5) == ("甲",)
    await store.log_question(asked("二"))
    assert await store.earlier_questions(ALICE, 5) == ("二",)


async def test_a_second_reset_counts_from_then_and_keeps_the_language(store: SqlStore) -> None:
    await store.conversation(ALICE, NOW)
    await store.remember_language(ALICE, "en")
    for text in ("一", "二"):
        await store.log_question(asked(text))
        await store.reset(ALICE, NOW)
    assert await store.earlier_questions(ALICE, 5) == ()
    conversation = await store.conversation(ALICE, NOW + timedelta(days=1))
    assert (conversation.language, conversation.started_at) == ("en", NOW)


async def test_the_last_vote_counts(store: SqlStore, database: Database) -> None:
    question_id = await store.log_question(asked("一"))
    assert await store.rate(ALICE, question_id, True, NOW)
    assert await store.rate(ALICE, question_id, False, NOW + timedelta(minutes=1))
    votes = await database.query(fetch_all(feedback.select()))
    assert [tuple(vote) for vote in votes] == [(question_id, False, NOW + timedelta(minutes=1))]


async def test_two_hundred_questions_logged_at_once_each_get_their_own_id(store: SqlStore) -> None:
    texts = [f"问题{n}" for n in range(200)]
    ids = await asyncio.gather(*(store.log_question(asked(text)) for text in texts))
    assert len(set(ids)) == 200
    logged = await asyncio.gather(*(store.question(ALICE, question_id) for question_id in ids))
    assert [question.text for question in logged if question] == texts


async def test_two_processes_log_into_one_database(store: SqlStore, database_url: str) -> None:
    async with Database(database_url) as second_database:
        second = SqlStore(second_database)
        ids = await asyncio.gather(*(s.log_question(asked("一")) for s in [store, second] * 50))
        await second.close()
    assert len(set(ids)) == 100


async def test_questions_left_for_staff_wait_in_the_order_they_were_left(store: SqlStore) -> None:
    first, second = [await store.log_question(asked(text)) for text in ("甲", "乙")]
    assert await store.leave_for_staff(ALICE, second, NOW)
    assert await store.leave_for_staff(ALICE, first, NOW + timedelta(minutes=1))
    assert await store.leave_for_staff(ALICE, second, NOW + timedelta(minutes=2))
    assert [left.question.text for left in await store.waiting_for_staff(10)] == ["乙", "甲"]
    assert [left.question.text for left in await store.waiting_for_staff(1)] == ["乙"]


async def test_a_question_taken_back_no_longer_waits(store: SqlStore) -> None:
    question_id = await store.log_question(asked("甲"))
    assert not await store.withdraw_from_staff(ALICE, question_id)
    await store.leave_for_staff(ALICE, question_id, NOW)
    assert await store.withdraw_from_staff(ALICE, question_id)
    assert await store.waiting_for_staff(10) == ()


async def test_nobody_leaves_or_takes_back_somebody_elses_question(store: SqlStore) -> None:
    question_id = await store.log_question(asked("甲"))
    assert not await store.leave_for_staff(BOB, question_id, NOW)
    await store.leave_for_staff(ALICE, question_id, NOW)
    assert not await store.withdraw_from_staff(BOB, question_id)
    assert not await store.leave_for_staff(ALICE, 10**30, NOW)
    assert len(await store.waiting_for_staff(10)) == 1
