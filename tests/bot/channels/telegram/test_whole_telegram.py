"""A recorded Telegram conversation: the whole application against a strict Bot API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core import Core
from handlers.texts import channels as channel_texts
from tests.support.application import whole
from tests.support.fake_telegram import FakeTelegram, running, until


@pytest.fixture
async def core(tmp_path: Path) -> AsyncIterator[Core]:
    async with whole(tmp_path) as core:
        yield core


async def test_a_conversation_from_start_to_thanks(core: Core) -> None:
    async with FakeTelegram() as telegram, running(telegram, core.dispatch):
        amy = telegram.person(1001)
        [welcome] = await amy.says("/start")
        assert "研修助手" in welcome.text
        [answer] = await amy.says("至少多少人")
        assert "每期不少于50人" in answer.text
        assert "依据" in answer.text
        [narrowed] = await amy.presses("省级示范")
        assert "每期不少于30人" in narrowed.text
        [follow_up] = await amy.says("那工作人员呢")
        assert "没有规定省级项目的工作人员数量" in follow_up.text
        [why] = await amy.presses("为什么")
        assert "采用话题：工作人员数量" in why.text
        [thanks] = await amy.presses("👍")
        assert "谢谢" in thanks.text


async def test_a_very_long_message_is_answered_and_a_long_answer_split(core: Core) -> None:
    async with FakeTelegram() as telegram, running(telegram, core.dispatch):
        amy = telegram.person(1002)
        sent = await amy.says("示范班补助多少" + "，谢谢老师" * 800)
        assert "5万元" in sent[0].text
        sent = await amy.says(
            "两年的选题范围、六四五产业、重大战略、前沿领域、数字技术都有哪些？经费开支2025和2023有什么不同？"
        )
        assert all(len(part.text.encode("utf-16-le")) // 2 <= 4096 for part in sent)


async def test_an_update_delivered_twice_is_answered_once(core: Core) -> None:
    async with FakeTelegram() as telegram, running(telegram, core.dispatch):
        amy = telegram.person(1003)
        update = telegram.update("message", amy.message("示范班补助多少"))
        assert len(await amy.sends(update)) == 1
        assert await amy.sends(dict(update)) == []


async def test_a_photo_a_sticker_and_an_unknown_update_do_no_harm(core: Core) -> None:
    async with FakeTelegram() as telegram, running(telegram, core.dispatch):
        amy = telegram.person(1004)
        photo = amy.message(photo=[{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}])
        [reply] = await amy.sends(telegram.update("message", photo))
        assert reply.text == channel_texts.TELEGRAM_NOT_FETCHED
        [answer] = await amy.says("邮编")
        assert "350001" in answer.text


async def test_told_to_wait_it_waits_and_then_answers(core: Core) -> None:
    async with FakeTelegram() as telegram, running(telegram, core.dispatch):
        amy = telegram.person(1005)
        telegram.fail("sendMessage", 429, "Too Many Requests: retry after 1", retry_after=1)
        [answer] = await amy.says("示范班补助多少")
        assert "5万元" in answer.text


async def test_a_person_who_blocked_the_bot_does_not_stop_the_others(core: Core) -> None:
    async with FakeTelegram() as telegram, running(telegram, core.dispatch):
        gone, amy = telegram.person(1006), telegram.person(1007)
        telegram.fail("sendMessage", 403, "Forbidden: bot was blocked by the user", chat_id=1006)
        assert await gone.says("示范班补助多少") == []
        [answer] = await amy.says("示范班补助多少")
        assert "5万元" in answer.text


async def test_telegram_away_does_not_stop_the_rest_and_is_back_by_itself(core: Core) -> None:
    async with FakeTelegram() as telegram, running(telegram, core.dispatch):
        amy = telegram.person(1008)
        await telegram.go_down()
        assert (await core.answering("邮编", core.clock().date())).text
        await telegram.come_up()
        await amy.says("邮编")
        await until(lambda: any("350001" in sent.text for sent in telegram.sent))
