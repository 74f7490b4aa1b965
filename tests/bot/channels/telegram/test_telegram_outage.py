"""Telegram away, a wrong token, a second reader; and the token kept out of the log."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from bot.channels.base import TemporarySendError
from bot.channels.telegram.timing import Patience, Throttle
from bot.settings import TelegramMode
from handlers.domain.messages import Incoming, Reply
from tests.support.fake_telegram import FAST, TOKEN, FakeTelegram, build_channel, running, until
from tests.support.notifications import unasked


async def echo(incoming: Incoming) -> tuple[Reply, ...]:
    return (Reply(text=f"答：{incoming.text}"),)


async def test_an_unreachable_server_is_logged_once_an_interval_and_recovered_from() -> None:
    async with FakeTelegram() as telegram:
        lin = telegram.person(1)
        await telegram.go_down()
        channel = build_channel(telegram, echo)
        with capture_logs() as logs:
            task = asyncio.create_task(channel.run())
            await asyncio.sleep(0.2)
            await telegram.come_up()
            assert [sent.text for sent in await lin.says("通了吗")] == ["答：通了吗"]
            await telegram.go_down()
            await asyncio.sleep(0.1)
            await telegram.come_up()
            assert [sent.text for sent in await lin.says("又通了吗")] == ["答：又通了吗"]
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    assert [log["event"] for log in logs] == [
        "连不上 Telegram，会继续重试；其他渠道不受影响",
        "已重新连上 Telegram",
    ]


async def test_the_log_line_comes_again_after_its_interval() -> None:
    async with FakeTelegram() as telegram:
        await telegram.go_down()
        channel = build_channel(telegram, echo, timing=replace(FAST, unreachable_log_every=0.05))
        with capture_logs() as logs:
            task = asyncio.create_task(channel.run())
            await until(lambda: len(logs) >= 2)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("mode", list(TelegramMode))
async def test_a_wrong_token_is_said_once_and_ends_only_this_channel(mode: TelegramMode) -> None:
    async with FakeTelegram() as telegram:
        channel = build_channel(telegram, echo, token="123456:wrong", mode=mode)
        with capture_logs() as logs:
            async with asyncio.timeout(2):
                await channel.run()
        [line] = logs
        assert "YANXIU_TELEGRAM_TOKEN" in line["event"]
        assert "wrong" not in str(line)
        with pytest.raises(TemporarySendError):
            await channel.push("1", unasked(Reply(text="提醒")))


async def test_a_token_revoked_while_running_ends_the_channel() -> None:
    async with FakeTelegram() as telegram:
        channel = build_channel(telegram, echo, timing=replace(FAST, long_poll=1))
        task = asyncio.create_task(channel.run())
        await until(lambda: telegram.commands)
        telegram.token = "123456:new"
        await telegram.go_down()
        await telegram.come_up()
        with capture_logs() as logs:
            async with asyncio.timeout(3):
                await task
    assert any("令牌" in log["event"] for log in logs)


async def test_a_second_program_on_the_same_token_is_explained() -> None:
    async with FakeTelegram() as telegram:
        conflict = "Conflict: terminated by other getUpdates request"
        telegram.fail("getUpdates", 409, conflict, times=2)
        with capture_logs() as logs:
            async with running(telegram, echo):
                assert len(await telegram.person(1).says("在吗")) == 1
    assert "请只留一个" in logs[0]["event"]
    assert logs[-1]["event"] == "已重新连上 Telegram"


async def test_an_address_that_telegram_refuses_as_webhook_is_explained() -> None:
    async with FakeTelegram() as telegram:
        public = "http://10.0.0.1"
        channel = build_channel(telegram, echo, mode=TelegramMode.WEBHOOK, public_url=public)
        with capture_logs() as logs:
            task = asyncio.create_task(channel.run())
            await until(lambda: logs)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    assert "YANXIU_PUBLIC_URL" in logs[0]["event"]
    assert "https" in logs[0]["reason"].lower()


async def test_a_server_without_command_menus_is_used_all_the_same() -> None:
    async with FakeTelegram() as telegram:
        telegram.fail("setMyCommands", 404, "Not Found")
        channel = build_channel(telegram, echo)
        task = asyncio.create_task(channel.run())
        assert len(await telegram.person(1).says("在吗")) == 1
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_429_while_connecting_is_waited_for() -> None:
    async with FakeTelegram() as telegram:
        telegram.fail("getMe", 429, "Too Many Requests: retry after 1", retry_after=1)
        loop = asyncio.get_running_loop()
        started = loop.time()
        async with running(telegram, echo):
            assert loop.time() - started >= 1.0


async def test_stopping_does_not_wait_longer_than_the_grace() -> None:
    async with FakeTelegram() as telegram:
        telegram.fail("sendMessage", 500, "Internal Server Error", times=1000)
        patient = replace(FAST, shutdown_grace=0.1, answer=Patience(100, 0.05, 60))
        lin = telegram.person(1)
        updates = [telegram.update("message", lin.message(text)) for text in "一二"]
        loop = asyncio.get_running_loop()
        async with running(telegram, echo, timing=patient):
            for update in updates:
                await telegram.deliver(update)
            await until(lambda: any(call.method == "sendMessage" for call in telegram.calls))
            started = loop.time()
        assert loop.time() - started < 1.0
        assert [update["update_id"] for update in updates] == list(telegram.updates)


async def test_a_channel_can_run_again_after_it_was_stopped() -> None:
    async with FakeTelegram() as telegram:
        channel = build_channel(telegram, echo)
        for text in "一二":
            task = asyncio.create_task(channel.run())
            assert len(await telegram.person(1).says(text)) == 1
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    assert telegram.sent_to(1) == ["答：一", "答：二"]


@pytest.mark.parametrize("mode", list(TelegramMode))
async def test_the_token_never_reaches_a_log(caplog: pytest.LogCaptureFixture, mode: TelegramMode) -> None:
    caplog.set_level(logging.DEBUG)
    with capture_logs() as logs:
        async with FakeTelegram() as telegram:
            await telegram.go_down()
            channel = build_channel(telegram, echo, mode=mode)
            logging.getLogger("httpx").setLevel(logging.DEBUG)
            task = asyncio.create_task(channel.run())
            await until(lambda: logs)
            await telegram.come_up()
            telegram.fail("setMyCommands", 400, f"Bad Request: strange {TOKEN}")
            await until(lambda: any("命令菜单" in log["event"] for log in logs))
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    assert "bot<token>" in caplog.text
    assert "Strange <token>" in str(logs)
    assert TOKEN.lower() not in (caplog.text + str(logs)).lower()


def test_a_throttle_opens_once_an_interval() -> None:
    now = [100.0]
    throttle = Throttle(60, lambda: now[0])
    opened = []
    for now[0] in (100.0, 101.0, 159.9, 160.0, 219.0, 221.0):
        opened.append(throttle.allows())
    assert opened == [True, False, False, True, False, True]
