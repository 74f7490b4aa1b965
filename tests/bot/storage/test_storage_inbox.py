import asyncio
from datetime import datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.clock import SHANGHAI
from bot.storage.conversations.conversations import Conversations
from bot.storage.conversations.inbox import Claim, ClaimState, Inbox
from bot.storage.db.database import Database
from handlers.domain.messages import Address, Choice, Citation, Incoming, Reply, Status

NOW = datetime(2025, 6, 1, 9, 30, tzinfo=SHANGHAI)
LEASE = 60.0
ALICE = Address(channel="telegram", id="100")
BOB = Address(channel="telegram", id="200")
NEW = Claim(ClaimState.NEW)
IN_PROGRESS = Claim(ClaimState.IN_PROGRESS)

texts = st.text(max_size=20)
replies = st.builds(
    Reply,
    text=texts,
    status=st.sampled_from(Status),
    citations=st.tuples(
        st.builds(Citation, notice=texts, plan_year=texts, clause=texts, quote=texts, doc_no=st.none() | texts)
    ),
    choices=st.tuples(st.builds(Choice, label=texts, token=st.text(max_size=16))),
    question_id=st.none() | st.integers(1, 2**60),
)


def message(message_id: str = "m1", address: Address = ALICE, text: str = "几时结算？") -> Incoming:
    return Incoming(address=address, message_id=message_id, text=text)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


async def test_a_message_is_claimed_by_one(inbox: Inbox) -> None:
    claims = await asyncio.gather(*(inbox.claim(message(), NOW, LEASE) for _ in range(8)))
    assert sorted(claim.state for claim in claims) == ["in_progress"] * 7 + ["new"]


async def test_an_answered_message_keeps_its_answer(inbox: Inbox) -> None:
    answer = (
        Reply(text="5月31日前", question_id=7),
        Reply(text="还有吗？", choices=(Choice(label="有", token="y"),)),
    )
    await inbox.claim(message(), NOW, LEASE)
    assert await inbox.finish(message(), answer, NOW) == answer
    assert await inbox.claim(message(), after(999), LEASE) == Claim(ClaimState.ANSWERED, answer)


async def test_no_reply_is_an_answer_too(inbox: Inbox) -> None:
    await inbox.claim(message(), NOW, LEASE)
    await inbox.finish(message(), (), NOW)
    assert await inbox.claim(message(), after(999), LEASE) == Claim(ClaimState.ANSWERED, ())


async def test_a_crashed_claim_is_taken_over_by_one_when_its_lease_is_over(inbox: Inbox) -> None:
    await inbox.claim(message(), NOW, LEASE)
    assert await inbox.claim(message(), after(59), LEASE) == IN_PROGRESS
    claims = await asyncio.gather(*(inbox.claim(message(), after(60), LEASE) for _ in range(4)))
    assert claims.count(NEW) == 1


async def test_a_released_claim_can_be_taken_at_once(inbox: Inbox) -> None:
    await inbox.claim(message(), NOW, LEASE)
    await inbox.release(message(), NOW)
    assert await inbox.claim(message(), NOW, LEASE) == NEW


async def test_the_first_answer_stored_is_the_one_that_counts(inbox: Inbox) -> None:
    await inbox.claim(message(), NOW, LEASE)
    await inbox.claim(message(), after(61), LEASE)
    first = await inbox.finish(message(), (Reply(text="先"),), after(62))
    late = await inbox.finish(message(), (Reply(text="后"),), after(63))
    assert first == late == (Reply(text="先"),)


async def test_the_same_message_id_of_somebody_else_is_another_message(inbox: Inbox) -> None:
    await inbox.claim(message(), NOW, LEASE)
    assert await inbox.claim(message(address=BOB), NOW, LEASE) == NEW
    assert await inbox.claim(message(address=Address(channel="webchat", id="100")), NOW, LEASE) == NEW


async def test_the_transcript_is_in_order_and_ends_with_what_is_not_answered_yet(inbox: Inbox) -> None:
    for n in (3, 1, 2):
        await inbox.claim(message(f"m{n}", text=f"第{n}问"), NOW, LEASE)
        await inbox.finish(message(f"m{n}"), (Reply(text=f"第{n}答"),), NOW)
    await inbox.claim(message("m0", text="还在想"), after(5), LEASE)
    await inbox.claim(message("m9", BOB), NOW, LEASE)
    assert [e[:3] for e in await inbox.transcript(ALICE, 3)] == [
        (message("m1", text="第1问"), (Reply(text="第1答"),), NOW),
        (message("m2", text="第2问"), (Reply(text="第2答"),), NOW),
        (message("m0", text="还在想"), (), after(5)),
    ]


async def test_the_transcript_starts_after_the_reset(inbox: Inbox, conversations: Conversations) -> None:
    await inbox.claim(message("m1"), NOW, LEASE)
    await inbox.claim(message("m2", text="重新开始"), NOW, LEASE)
    await conversations.reset(ALICE, NOW)
    await inbox.finish(message("m2"), (Reply(text="好的"),), NOW)
    await inbox.claim(message("m3", text="新问题"), NOW, LEASE)
    assert [e[:3] for e in await inbox.transcript(ALICE, 10)] == [(message("m3", text="新问题"), (), NOW)]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=texts, choice=st.none() | texts, answer=st.lists(replies, max_size=3).map(tuple))
async def test_whatever_is_asked_and_answered_comes_back_as_it_was(
    database: Database, text: str, choice: str | None, answer: tuple[Reply, ...]
) -> None:
    inbox = Inbox(database)
    known = len(await inbox.transcript(BOB, 1000))
    incoming = Incoming(address=BOB, message_id=f"m{known}", text=text, choice=choice)
    await inbox.claim(incoming, NOW, LEASE)
    await inbox.finish(incoming, answer, NOW)
    assert await inbox.claim(incoming, NOW, LEASE) == Claim(ClaimState.ANSWERED, answer)
    assert [e[:3] for e in await inbox.transcript(BOB, 1)] == [(incoming, answer, NOW)]


async def test_the_transcript_can_begin_after_what_was_already_seen(inbox: Inbox) -> None:
    for number in range(3):
        await inbox.claim(message(f"m{number}"), NOW, 60)
    seen = await inbox.transcript(ALICE, 2)
    assert [e.seq for e in await inbox.transcript(ALICE, 10, after=seen[0].seq)] == [seen[1].seq]
