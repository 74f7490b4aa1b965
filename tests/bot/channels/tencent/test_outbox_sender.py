"""Which delivery of a message may answer: once, whoever gets it how often, in whatever order."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy.dialects import sqlite

from bot.clock import SHANGHAI
from bot.storage.channels.access_tokens import AccessToken, Tokens
from bot.storage.channels.outbox import OWED, Outbox
from bot.storage.channels.quotas import QuotaGrant, Quotas
from bot.storage.channels.webhook_deliveries import WOKEN, ClaimResult, ClaimStatus, WebhookDeliveries, WebhookDelivery
from bot.storage.db.database import Connection, Database
from handlers.domain.messages import Address, Incoming
from tests.support.databases import migrated_sqlite

NOW = datetime(2025, 6, 1, 9, 30, tzinfo=SHANGHAI)
LIN = Address(channel="wechat", id="lin")
HOLD = timedelta(seconds=4)
PARTS = [{"text": "一"}, {"text": "二"}]
_nonces = count()


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def stand(standing: ClaimStatus, number: int) -> ClaimResult:
    return ClaimResult(standing, number)


def message(number: str = "1") -> Incoming:
    return Incoming(address=LIN, message_id=number, text="问")


def arrival(seconds: float = 0, number: str = "1", **changes: object) -> WebhookDelivery:
    fields = {"nonce": f"n{next(_nonces)}", "body": "b", "now": after(seconds), "hold": HOLD}
    return WebhookDelivery(message(number), **{**fields, **changes})  # type: ignore[arg-type]


@pytest.fixture
def arrivals(database: Database) -> WebhookDeliveries:
    return WebhookDeliveries(database)


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return Outbox(database)


async def test_of_two_deliveries_at_once_one_answers(database: Database) -> None:
    processes, outbox = [WebhookDeliveries(database) for _ in range(4)], Outbox(database)
    found = await asyncio.gather(*(one.record(arrival()) for one in processes))
    assert sorted(one.status for one in found) == [ClaimStatus.ELSEWHERE] * 3 + [ClaimStatus.ENTITLED]
    assert await outbox.answer(message(), 1, PARTS[:1], after(1))
    for one in processes:
        assert await one.recheck(message(), after(1.1), HOLD) == stand(ClaimStatus.ELSEWHERE, 0)
    await outbox.note_response_sent(message())
    for one in processes:
        assert await one.recheck(message(), after(1.2), HOLD) == stand(ClaimStatus.DONE, 0)


async def test_an_answer_whose_response_was_never_sent_is_given_by_another_delivery(
    arrivals: WebhookDeliveries, outbox: Outbox
) -> None:
    await arrivals.record(arrival())
    assert await outbox.answer(message(), 1, PARTS[:1], after(1))  # and the process dies
    assert (await arrivals.record(arrival(2))).status is ClaimStatus.ELSEWHERE
    assert await arrivals.recheck(message(), after(4.1), HOLD) == ClaimResult(ClaimStatus.ENTITLED, 2, tuple(PARTS[:1]))


async def test_the_next_delivery_answers_where_the_one_before_ran_out_of_time(
    arrivals: WebhookDeliveries, outbox: Outbox
) -> None:
    assert await arrivals.record(arrival()) == stand(ClaimStatus.ENTITLED, 1)
    await outbox.release(message(), 1, after(4), after(14))
    assert await arrivals.record(arrival(5)) == stand(ClaimStatus.ENTITLED, 2)
    assert not await outbox.answer(message(), 1, PARTS[:1], after(5.1))  # the first has lost its turn
    assert await outbox.answer(message(), 2, PARTS[:1], after(5.2))


async def test_a_response_that_did_not_arrive_is_given_again_to_the_platforms_retry(
    arrivals: WebhookDeliveries, outbox: Outbox
) -> None:
    await arrivals.record(arrival())
    assert await outbox.answer(message(), 1, PARTS[:1], after(1))
    assert await arrivals.record(arrival(5)) == ClaimResult(ClaimStatus.ENTITLED, 2, tuple(PARTS[:1]))
    assert await outbox.answer(message(), 2, PARTS[:1], after(5.1))


async def test_a_lost_first_part_is_given_again_while_the_rest_is_being_sent(
    arrivals: WebhookDeliveries, outbox: Outbox
) -> None:
    await arrivals.record(arrival())
    assert await outbox.answer(message(), 1, PARTS, after(1))
    [rest] = await outbox.claim("wechat", after(1.4), 10, timedelta(seconds=90))
    assert rest.parts_sent == 1
    assert await arrivals.record(arrival(5)) == ClaimResult(ClaimStatus.ENTITLED, 2, tuple(PARTS))
    assert await outbox.answer(message(), 2, PARTS, after(5.1))
    assert await outbox.claim("wechat", after(6), 10, timedelta(seconds=90)) == ()  # the rest is not sent twice


async def test_what_may_have_been_sent_before_a_crash_is_known(arrivals: WebhookDeliveries, outbox: Outbox) -> None:
    await arrivals.record(arrival())
    lease = timedelta(seconds=30)
    await outbox.claim("wechat", after(9), 10, lease)
    await outbox.start_sending(message(), PARTS)
    [again] = await outbox.claim("wechat", after(40), 10, lease)
    assert (again.parts_sent, again.repeats) == (0, True)
    await outbox.defer(message(), after(50), 1, surely_not_sent=True)
    [surely] = await outbox.claim("wechat", after(51), 10, lease)
    assert not surely.repeats


async def test_messages_of_one_person_are_answered_one_after_the_other(
    arrivals: WebhookDeliveries, outbox: Outbox
) -> None:
    await arrivals.record(arrival(0, "1"))
    await arrivals.record(arrival(1, "2"))
    lease = timedelta(seconds=30)
    [first] = await outbox.claim("wechat", after(20), 10, lease)
    assert first.incoming.message_id == "1"
    assert await outbox.claim("wechat", after(20), 10, lease) == ()
    await outbox.finish(first.incoming, 2, after(21))
    [second] = await outbox.claim("wechat", after(21), 10, lease)
    assert second.incoming.message_id == "2"


async def test_what_is_delivered_long_after_is_a_replay(arrivals: WebhookDeliveries) -> None:
    await arrivals.record(arrival())
    assert await arrivals.record(arrival(61)) == stand(ClaimStatus.REPLAYED, 0)


async def test_a_nonce_is_good_for_one_body(arrivals: WebhookDeliveries) -> None:
    await arrivals.record(arrival(nonce="n", body="one"))
    assert await arrivals.record(arrival(5, nonce="n", body="one")) == stand(ClaimStatus.ENTITLED, 2)
    assert await arrivals.record(arrival(1, "2", nonce="n", body="two")) == stand(ClaimStatus.REPLAYED, 0)


async def test_of_many_deliveries_at_once_each_knows_its_place(arrivals: WebhookDeliveries) -> None:
    many = [arrival(number=str(number), nonce=f"a{number}") for number in range(10)]
    twice = arrival(number="3", nonce="b")
    replayed = arrival(number="99", nonce="a5", body="another")
    *stands, second, refused = await asyncio.gather(*map(arrivals.record, (*many, twice, replayed)))
    assert stands == [stand(ClaimStatus.ENTITLED, 1)] * 10
    assert (second.status, refused.status) == (ClaimStatus.ELSEWHERE, ClaimStatus.REPLAYED)


async def test_answers_that_wait_are_found_by_an_index_however_many_have_been_given(tmp_path: Path) -> None:
    url = migrated_sqlite(tmp_path / "one.db")
    dialect = sqlite.dialect()  # type: ignore[no-untyped-call]

    def places(connection: Connection) -> list[str]:
        statements = [statement.compile(dialect=dialect) for statement in (OWED, WOKEN)]
        marks = [tuple(["x"] * len(one.positiontup or ())) for one in statements]
        plans = [f"EXPLAIN QUERY PLAN {one}" for one in statements]
        return [connection.exec_driver_sql(*plan).all()[0][3] for plan in zip(plans, marks, strict=True)]

    async with Database(url) as database:
        for place in await database.query(places):
            assert "ix_outbox_waiting" in place


async def test_what_nobody_answers_is_sent_by_itself_by_one_process(database: Database) -> None:
    first, second, arrivals = Outbox(database), Outbox(database), WebhookDeliveries(database)
    await arrivals.record(arrival())
    assert await first.claim("wechat", after(7), 10, timedelta(seconds=30)) == ()
    claimed = await asyncio.gather(
        *(one.claim("wechat", after(9), 10, timedelta(seconds=30)) for one in (first, second))
    )
    assert sorted(map(len, claimed)) == [0, 1]
    assert await arrivals.record(arrival(10)) == stand(ClaimStatus.ELSEWHERE, 0)
    await first.start_sending(message(), PARTS)
    await first.part_sent(message(), 1)
    await first.finish(message(), 2, after(11))
    assert await arrivals.record(arrival(45)) == stand(ClaimStatus.DONE, 0)


async def test_a_process_that_dies_while_sending_is_taken_over_with_what_it_had_sent(
    arrivals: WebhookDeliveries, outbox: Outbox
) -> None:
    await arrivals.record(arrival())
    lease = timedelta(seconds=30)
    await outbox.claim("wechat", after(9), 10, lease)
    await outbox.start_sending(message(), PARTS)
    await outbox.part_sent(message(), 1)
    assert await outbox.claim("wechat", after(38), 10, lease) == ()
    [again] = await outbox.claim("wechat", after(40), 10, lease)
    assert (again.parts_sent, again.parts) == (1, tuple(PARTS))


async def test_the_rest_of_an_answer_follows_its_response_and_never_overtakes_it(
    arrivals: WebhookDeliveries, outbox: Outbox
) -> None:
    await arrivals.record(arrival())
    await outbox.answer(message(), 1, PARTS, after(1))
    assert await outbox.claim("wechat", after(1.2), 10, timedelta(seconds=30)) == ()  # nor overtakes it
    [rest] = await outbox.claim("wechat", after(1.4), 10, timedelta(seconds=30))
    assert rest.parts_sent == 1


async def test_what_cannot_be_sent_waits_for_its_asker(arrivals: WebhookDeliveries, outbox: Outbox) -> None:
    await arrivals.record(arrival())
    await outbox.answer(message(), 1, PARTS, after(1))
    await outbox.defer(message(), None, 0, surely_not_sent=True)
    assert await outbox.claim("wechat", after(500), 10, HOLD) == ()
    owed = (await arrivals.record(arrival(501, "more"))).owed
    assert owed
    assert owed.parts_sent == 1
    more = message("more")
    assert await outbox.answer_with_next(more, 1, owed, after(501.5)) == PARTS[1]
    assert await outbox.answer_with_next(more, 1, owed, after(501.6)) is None
    again = await arrivals.record(arrival(506, "more"))  # its response was lost
    assert (again.parts, again.owed) == ((PARTS[1],), None)


async def test_what_is_old_is_forgotten(arrivals: WebhookDeliveries, outbox: Outbox) -> None:
    await arrivals.record(arrival())
    await outbox.answer(message(), 1, PARTS[:1], after(1))
    await outbox.purge(NOW + timedelta(days=4))
    assert await arrivals.record(arrival(61)) == stand(ClaimStatus.ENTITLED, 1)


async def test_an_allowance_is_taken_once_however_many_ask(database: Database) -> None:
    quotas = Quotas(database)
    grants = [QuotaGrant("minute", 15, after(60)), QuotaGrant("hour", 20, after(3600))]
    found = await asyncio.gather(*(quotas.take_all(LIN, grants, NOW) for _ in range(30)))
    assert sum(one is None for one in found) == 15
    assert await quotas.take_all(LIN, grants, after(30)) == after(60)
    later = [QuotaGrant("minute", 15, after(121)), QuotaGrant("hour", 20, after(3661))]
    found = await asyncio.gather(*(quotas.take_all(LIN, later, after(61)) for _ in range(10)))
    assert sum(one is None for one in found) == 5
    assert await quotas.take_all(LIN, later, after(61)) == after(3600)


async def test_a_reserve_is_kept_for_those_who_may_use_it(database: Database) -> None:
    quotas, window = Quotas(database), QuotaGrant("window", 2, after(60))
    await quotas.take_all(LIN, [window], NOW, messages=0)
    assert await quotas.take(LIN, "window", 1, NOW, keep=1)
    assert not await quotas.take(LIN, "window", 1, NOW, keep=1)
    assert await quotas.take(LIN, "window", 1, NOW)
    assert not await quotas.take(LIN, "window", 1, NOW)
    assert not await quotas.take(LIN, "window", 1, after(61))


async def test_one_process_fetches_a_token_for_all(database: Database) -> None:
    first, second = Tokens(database), Tokens(database)
    may = await asyncio.gather(*(one.may_fetch("wechat", "", NOW) for one in (first, second, first)))
    assert sorted(may) == [False, False, True]
    await first.put("wechat", AccessToken("t1", after(7200)), NOW)
    held = await second.held("wechat")
    assert held == AccessToken("t1", after(7200))
    assert not await second.may_fetch("wechat", "t1", after(10))  # platforms want half a minute in between
    assert not await second.may_fetch("wechat", "older", after(40))
    assert await second.may_fetch("wechat", "t1", after(40))
    await second.give_up("wechat", after(41))
    assert await first.may_fetch("wechat", "t1", after(41))
