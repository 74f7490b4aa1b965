"""Reminders on a strict Bot API: limits, blocks, downtime, and the buttons under them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.reminders.delivery import ReminderLoop
from handlers.texts import conversation as texts
from handlers.texts import reminders as reminder_texts
from tests.support.application import whole
from tests.support.fake_telegram import FakeTelegram, Person, running
from tests.support.reminder_world import Hand, Phone, World

LIN = 2001


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    clock = Hand()
    async with whole(tmp_path, clock=clock) as core:
        yield World(core, clock, Phone())


@asynccontextmanager
async def registered_on_telegram(world: World) -> AsyncIterator[tuple[FakeTelegram, Person, ReminderLoop]]:
    """Somebody who has registered a seminar on Telegram, and the loop that reminds them there."""
    async with FakeTelegram() as telegram, running(telegram, world.core.dispatch) as channel:
        lin = telegram.person(LIN)
        sent = await lin.says("/new 示范班 6月10到13日 福州 60人 线上20 工作人员6人")
        while texts.SKIP_LABEL in sent[-1].tokens:
            sent = await lin.presses(texts.SKIP_LABEL)
        await lin.presses(texts.SAVE_LABEL)
        telegram.sent.clear()
        yield telegram, lin, world.loop_over({channel.name: channel.push})


async def test_a_limit_is_waited_out_and_the_reminder_comes(world: World) -> None:
    async with registered_on_telegram(world) as (telegram, _, loop):
        world.clock.set(5, 8)
        telegram.fail("sendMessage", 429, "Too Many Requests: retry after 600", retry_after=600)
        await loop.tick()
        assert telegram.sent_to(LIN) == []
        world.clock.set(5, 8, 9)
        assert await loop.tick() == 0
        world.clock.now = world.clock.now.replace(minute=10)
        assert await loop.tick() == 1
        assert [text.splitlines()[0] for text in telegram.sent_to(LIN)] == [
            "⏰ 还有1天：开班通知",
            "⏰ 还有1天：实施方案",
        ]
        assert await world.outcomes() == ["temporary", "sent", "sent"]


async def test_who_blocks_the_bot_is_not_written_to_again_until_they_come_back(world: World) -> None:
    async with registered_on_telegram(world) as (telegram, lin, loop):
        world.clock.set(5, 8)
        telegram.fail("sendMessage", 403, "Forbidden: bot was blocked by the user")
        await loop.tick()
        assert await world.disabled() == [str(LIN)]
        world.clock.set(5, 9)
        await loop.tick()
        assert telegram.sent_to(LIN) == []
        await lin.says("我的研修班")
        telegram.sent.clear()
        world.clock.set(5, 12)
        await loop.tick()
        assert telegram.sent_to(LIN)[0].startswith("⚠️ 已过期2天")


async def test_after_two_days_without_the_assistant_one_digest_comes(world: World) -> None:
    async with registered_on_telegram(world) as (telegram, lin, loop):
        world.clock.set(7, 9)
        while await loop.tick():
            pass
        telegram.sent.clear()
        world.clock.set(7, 14)  # down on the 10th and 11th
        await loop.tick()
        [digest] = telegram.sent_to(LIN)
        assert digest.startswith("⏰ 有9件事要办")
        [opened] = await lin.presses("省级示范研修班")
        assert "清单" in opened.text


async def test_a_reminder_is_put_off_and_done_by_its_buttons(world: World) -> None:
    async with registered_on_telegram(world) as (telegram, lin, loop):
        world.clock.set(5, 8)
        await loop.tick()
        [asked] = await lin.presses(reminder_texts.SNOOZE_LABEL)
        assert "什么时候再提醒" in asked.text
        [noted] = await lin.presses("1小时后")
        assert "5月8日10:00再提醒您" in noted.text
        telegram.sent.clear()
        world.clock.set(5, 8, 10)
        assert await loop.tick() == 1
        [again] = telegram.sent_to(LIN)
        assert again.startswith("⏰ 还有1天：")
        await lin.presses("已办好")
        await lin.presses(texts.TODAY_LABEL)
        await lin.presses(texts.SKIP_LABEL)
        telegram.sent.clear()
        world.clock.set(5, 9)
        await loop.tick()
        title = again.splitlines()[0].split("：")[1]
        [other] = telegram.sent_to(LIN)
        assert title not in other.splitlines()[0]
