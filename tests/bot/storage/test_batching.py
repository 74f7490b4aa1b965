import asyncio
from collections.abc import Sequence

import pytest

from bot.storage.db.batching import GroupCommit
from bot.storage.db.errors import StorageUnavailable


class Writer:
    """Writes words and returns their lengths; cannot write "bad"."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.open = asyncio.Event()
        self.open.set()

    async def __call__(self, words: Sequence[str]) -> Sequence[int]:
        await self.open.wait()
        if "bad" in words:
            raise ValueError("bad")
        if "down" in words:
            raise StorageUnavailable("down")
        self.batches.append(list(words))
        return [len(word) for word in words]


@pytest.fixture
def writer() -> Writer:
    return Writer()


async def test_what_arrives_during_a_commit_is_committed_together(writer: Writer) -> None:
    group = GroupCommit(writer)
    writer.open.clear()
    first = asyncio.create_task(group.add("a"))
    await asyncio.sleep(0.001)
    others = [asyncio.create_task(group.add(word)) for word in ("bb", "ccc", "dddd")]
    await asyncio.sleep(0.001)
    writer.open.set()
    assert await asyncio.gather(first, *others) == [1, 2, 3, 4]
    assert writer.batches == [["a"], ["bb", "ccc", "dddd"]]


async def test_an_item_that_cannot_be_written_does_not_take_others_with_it(writer: Writer) -> None:
    group = GroupCommit(writer)
    results = await asyncio.gather(*map(group.add, ("a", "bad", "ccc")), return_exceptions=True)
    assert [results[0], results[2]] == [1, 3]
    assert isinstance(results[1], ValueError)
    assert await group.add("after") == 5


async def test_while_the_database_is_away_every_caller_hears_of_it(writer: Writer) -> None:
    group = GroupCommit(writer)
    results = await asyncio.gather(*map(group.add, ("a", "down", "ccc")), return_exceptions=True)
    assert [type(result) for result in results] == [StorageUnavailable] * 3
    assert await group.add("after") == 5


async def test_a_caller_that_gives_up_does_not_stop_the_others(writer: Writer) -> None:
    group = GroupCommit(writer)
    writer.open.clear()
    impatient, patient = (asyncio.create_task(group.add(word)) for word in ("a", "bb"))
    await asyncio.sleep(0.001)
    impatient.cancel()
    writer.open.set()
    assert await patient == 2
    assert impatient.cancelled() or impatient.cancelling()


async def test_closing_waits_for_what_was_accepted_and_accepts_no_more(writer: Writer) -> None:
    group = GroupCommit(writer)
    accepted = asyncio.create_task(group.add("a"))
    await asyncio.sleep(0)
    await group.close()
    assert await accepted == 1
    with pytest.raises(StorageUnavailable):
        await group.add("b")


async def test_when_the_writing_task_is_cancelled_nobody_waits_for_ever(writer: Writer) -> None:
    group = GroupCommit(writer)
    writer.open.clear()
    waiting = asyncio.create_task(group.add("a"))
    await asyncio.sleep(0.001)
    (task,) = (task for task in asyncio.all_tasks() if task.get_name() == "group-commit")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(waiting, timeout=5)
