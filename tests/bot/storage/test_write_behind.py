"""Records written behind the answer: together, in order, through an outage, and never lost on a clean stop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from bot.storage.db import write_behind
from bot.storage.db.errors import StorageUnavailable
from bot.storage.db.write_behind import WriteBehind


class Table:
    """Remembers batches; `away` makes so many writes fail first; 13 cannot be written."""

    def __init__(self, away: int = 0) -> None:
        self.rows: list[int] = []
        self.batches = 0
        self.away = away

    async def write(self, items: Sequence[int]) -> None:
        await asyncio.sleep(0)
        if self.away:
            self.away -= 1
            raise StorageUnavailable("连不上")
        if 13 in items:
            raise ValueError("13")
        self.rows += items
        self.batches += 1


async def test_what_was_accepted_is_written_when_it_closes() -> None:
    table = Table()
    log = WriteBehind(table.write)
    for number in range(10):
        await log.add(number)
    assert table.rows == []
    await log.close()
    assert table.rows == list(range(10))
    assert table.batches == 1


async def test_it_is_written_soon_without_closing() -> None:
    table = Table()
    log = WriteBehind(table.write)
    await log.add(1)
    await asyncio.sleep(4 * write_behind.PAUSE_SECONDS)
    assert table.rows == [1]
    await log.add(2)
    await asyncio.sleep(4 * write_behind.PAUSE_SECONDS)
    assert table.rows == [1, 2]


async def test_an_outage_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_behind, "RETRY_SECONDS", 0.01)
    table = Table(away=3)
    log = WriteBehind(table.write)
    await log.add(1)
    await asyncio.sleep(0.3)
    await log.close()
    assert table.rows == [1]


async def test_a_record_that_cannot_be_written_does_not_take_others_with_it() -> None:
    table = Table()
    log = WriteBehind(table.write)
    for number in (12, 13, 14):
        await log.add(number)
    await log.close()
    assert table.rows == [12, 14]


async def test_a_full_buffer_makes_the_next_one_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_behind, "LIMIT", 2)
    table = Table()
    log = WriteBehind(table.write)
    for number in range(5):
        await asyncio.wait_for(log.add(number), 5)
    await log.close()
    assert table.rows == list(range(5))


async def test_nothing_is_accepted_after_closing() -> None:
    log = WriteBehind(Table().write)
    await log.close()
    with pytest.raises(StorageUnavailable):
        await log.add(1)


async def test_closing_during_an_outage_ends() -> None:
    log = WriteBehind(Table(away=99).write)
    await log.add(1)
    await asyncio.wait_for(log.close(), 5)
