import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.clock import SHANGHAI
from bot.dispatch import Dispatcher
from bot.storage.conversations.inbox import Inbox
from bot.storage.db.database import Database
from bot.storage.db.errors import StorageUnavailable
from handlers.domain.messages import Address, Incoming, Reply, Status
from handlers.texts import conversation as texts

NOON = datetime(2025, 6, 1, 12, tzinfo=SHANGHAI)
ALICE = Address(channel="telegram", id="100")
BOB = Address(channel="telegram", id="200")


class Clock:
    """A clock that moves only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        await asyncio.sleep(0.001)


class Router:
    """Answers with the number of times it was asked; runs `before` first."""

    def __init__(self) -> None:
        self.asked: list[Incoming] = []
        self.before: Callable[[Incoming], Awaitable[object]] = self.nothing

    async def nothing(self, incoming: Incoming) -> None:
        pass

    async def __call__(self, incoming: Incoming, now: datetime) -> tuple[Reply, ...]:
        self.asked.append(incoming)
        number = len(self.asked)
        await self.before(incoming)
        return (Reply(text=f"{incoming.text}：第{number}答"),)


class FailingInbox(Inbox):
    """An inbox whose database goes away at one step."""

    def __init__(self, database: Database, step: str) -> None:
        super().__init__(database)
        setattr(self, step, self.fail)

    async def fail(self, *args: object) -> None:
        raise StorageUnavailable("连不上数据库")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def router() -> Router:
    return Router()


@pytest.fixture
def dispatch(inbox: Inbox, clock: Clock, router: Router) -> Dispatcher:
    return Dispatcher(inbox, clock, router, sleep=clock.sleep)


@pytest.fixture
async def other_process(database_url: str, clock: Clock, router: Router) -> AsyncIterator[Dispatcher]:
    """A second dispatcher with its own connections to the same database."""
    async with Database(database_url) as database:
        yield Dispatcher(Inbox(database), clock, router, sleep=clock.sleep)


def message(message_id: str = "m1", text: str = "几时结算", address: Address = ALICE) -> Incoming:
    return Incoming(address=address, message_id=message_id, text=text)


def said(replies: tuple[Reply, ...]) -> list[str]:
    return [reply.text for reply in replies]


async def test_a_message_delivered_again_gets_the_same_replies(dispatch: Dispatcher, router: Router) -> None:
    first = await dispatch(message())
    assert await dispatch(message()) == first
    assert said(first) == ["几时结算：第1答"]
    assert len(router.asked) == 1


async def test_two_deliveries_at_once_are_answered_once(dispatch: Dispatcher, router: Router) -> None:
    first, second = await asyncio.gather(dispatch(message()), dispatch(message()))
    assert first == second
    assert len(router.asked) == 1


async def test_two_processes_answer_a_message_once(
    dispatch: Dispatcher, other_process: Dispatcher, router: Router
) -> None:
    async def take_a_while(incoming: Incoming) -> None:
        await asyncio.sleep(0.05)

    router.before = take_a_while
    first, second = await asyncio.gather(dispatch(message()), other_process(message()))
    assert first == second
    assert len(router.asked) == 1


async def test_a_message_of_a_crashed_process_is_answered_when_its_lease_is_over(
    dispatch: Dispatcher, inbox: Inbox, clock: Clock
) -> None:
    await inbox.claim(message(), clock(), 5)
    assert said(await dispatch(message())) == ["几时结算：第1答"]
    assert timedelta(seconds=5) <= clock() - NOON < timedelta(seconds=6)


async def test_messages_of_one_conversation_are_answered_one_after_the_other(
    dispatch: Dispatcher, router: Router
) -> None:
    running: list[str] = []

    async def alone(incoming: Incoming) -> None:
        running.append(incoming.text)
        await asyncio.sleep(0.001)
        assert running.pop() == incoming.text
        assert not running

    router.before = alone
    replies = await asyncio.gather(*(dispatch(message(f"m{n}", f"问{n}")) for n in range(5)))
    assert [said(reply) for reply in replies] == [[f"问{n}：第{n + 1}答"] for n in range(5)]


async def test_one_conversation_does_not_wait_for_another(dispatch: Dispatcher, router: Router) -> None:
    both_are_here = asyncio.Barrier(2)

    async def meet(incoming: Incoming) -> None:
        await asyncio.wait_for(both_are_here.wait(), timeout=5)

    router.before = meet
    replies = await asyncio.gather(dispatch(message()), dispatch(message(address=BOB)))
    assert all(reply.status is Status.ANSWERED for (reply,) in replies)


async def test_locks_of_finished_conversations_are_forgotten(dispatch: Dispatcher) -> None:
    await asyncio.gather(*(dispatch(message(address=Address(channel="telegram", id=str(n)))) for n in range(20)))
    assert len(dispatch._locks) == 0


async def test_an_error_is_logged_with_its_traceback_and_answered_with_an_apology(
    dispatch: Dispatcher, router: Router
) -> None:
    async def fail(incoming: Incoming) -> None:
        raise ZeroDivisionError("secret detail")

    router.before = fail
    with capture_logs() as logs:
        (reply,) = await dispatch(message())
    assert (reply.text, reply.status) == (texts.INTERNAL_ERROR, Status.DECLINED)
    assert [(entry["event"], entry["exc_info"]) for entry in logs] == [("message_failed", True)]


async def test_after_an_error_the_next_delivery_tries_again_at_once(
    dispatch: Dispatcher, router: Router, clock: Clock
) -> None:
    async def fail_once(incoming: Incoming) -> None:
        router.before = router.nothing
        raise ZeroDivisionError

    router.before = fail_once
    assert said(await dispatch(message())) == [texts.INTERNAL_ERROR]
    assert said(await dispatch(message())) == ["几时结算：第2答"]
    assert clock() == NOON


async def test_a_cancelled_message_can_be_answered_at_once_by_another_process(
    dispatch: Dispatcher, other_process: Dispatcher, router: Router, clock: Clock
) -> None:
    started = asyncio.Event()

    async def hang(incoming: Incoming) -> None:
        started.set()
        await asyncio.Event().wait()

    router.before = hang
    task = asyncio.create_task(dispatch(message()))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    router.before = router.nothing
    assert said(await other_process(message())) == ["几时结算：第2答"]
    assert clock() == NOON


@pytest.mark.parametrize("turns", range(8))
async def test_a_message_cancelled_while_it_is_claimed_can_be_answered_at_once(
    dispatch: Dispatcher, other_process: Dispatcher, clock: Clock, turns: int
) -> None:
    task = asyncio.create_task(dispatch(message()))
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert said(await other_process(message()))[0].startswith("几时结算：")
    assert clock() == NOON


@pytest.mark.parametrize("step", ["claim", "release"])
async def test_while_the_database_is_away_the_user_is_asked_to_send_again(
    database: Database, clock: Clock, router: Router, step: str
) -> None:
    async def lose_the_database(incoming: Incoming) -> None:
        raise StorageUnavailable("连不上数据库")

    router.before = lose_the_database
    with capture_logs() as logs:
        (reply,) = await Dispatcher(FailingInbox(database, step), clock, router)(message())
    assert (reply.text, reply.status) == (texts.STORAGE_UNAVAILABLE, Status.DECLINED)
    assert all("exc_info" not in entry for entry in logs)


async def test_an_answer_that_cannot_be_stored_is_still_given(database: Database, clock: Clock, router: Router) -> None:
    with capture_logs() as logs:
        replies = await Dispatcher(FailingInbox(database, "finish"), clock, router)(message())
    assert said(replies) == ["几时结算：第1答"]
    assert [entry["event"] for entry in logs] == ["answer_not_stored"]


async def test_a_database_that_was_never_there_is_no_exception_either(
    tmp_path: Path, clock: Clock, router: Router
) -> None:
    database = Database(f"sqlite:///{tmp_path}/missing/yanxiu.db")
    assert said(await Dispatcher(Inbox(database), clock, router)(message())) == [texts.STORAGE_UNAVAILABLE]
    assert router.asked == []
    await database.close()
