"""The WeCom application: the whole assistant, encrypted callbacks, and strict WeCom servers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from bot.app import build_reminders, build_web
from bot.channels.base import Channel
from bot.channels.registry import build_channels
from bot.channels.tencent import outbox_sender
from bot.channels.webchat import WebChat
from bot.core import Core
from bot.reminders.delivery import ReminderLoop
from tests.support import seminars
from tests.support.application import whole
from tests.support.channel_settings import wecom_settings
from tests.support.fake_telegram import until
from tests.support.fake_wecom import CORP_ID, FakeWeCom, as_xml
from tests.support.ticking import Ticking


@dataclass
class Office:
    """The assistant behind a WeCom application."""

    core: Core
    wecom: FakeWeCom
    clock: Ticking
    reminders: ReminderLoop
    channel: Channel


@asynccontextmanager
async def office(folder: Path, **changes: object) -> AsyncIterator[Office]:
    clock = Ticking()
    async with FakeWeCom(clock) as wecom:
        settings = wecom_settings(folder, wecom, **changes)
        async with whole(folder, clock=clock, build=partial(build_channels, settings)) as core:
            [channel] = core.channels
            async with TestServer(build_web(core, settings, WebChat(), core.channels)) as server:
                wecom.callback = str(server.make_url("/wecom"))
                running = asyncio.create_task(channel.run())
                yield Office(core, wecom, clock, build_reminders(core, core.channels), channel)
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)


async def test_a_conversation_with_buttons_and_numbers(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        lin = at.wecom.member("lin")
        assert await lin.does("subscribe") == 200
        await until(lambda: lin.got)
        assert "研修助手" in lin.got[0]
        assert "1 示范班开班前要报什么？" in lin.got[0]
        await lin.says("至少多少人")
        await until(lambda: lin.cards)
        await lin.presses("省级示范")
        await until(lambda: "不少于30人" in lin.got[-1])


async def test_a_seminar_is_registered_reminded_of_and_marked_with_buttons(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        lin = at.wecom.member("lin")
        await lin.says("登记 示范班 6月10到13日 福州 60人 线上20")
        await until(lambda: lin.cards)
        for said in ("数字乡村研修班", "7", "5万元", "福建大学", "省教育厅"):
            seen = len(lin.cards)
            await lin.says(said)
            await until(lambda seen=seen: len(lin.cards) > seen)
        await lin.presses("保存登记")
        await until(lambda: any("已登记" in text for text in lin.got))
        at.clock.set(at.clock().replace(month=5, day=8, hour=9))
        lin.cards.clear()
        await at.reminders.tick()
        assert any("依据" in text for text in lin.got[-2:])
        await lin.presses("已办好")
        await until(lambda: "是哪天办的" in lin.got[-1])


async def test_a_document_comes_as_a_file(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        lin = at.wecom.member("lin")
        await registered(at, "lin")
        await lin.clicks("docs:1:ics")
        await until(lambda: lin.files)
        name, data = lin.files[0]
        assert name.endswith(".ics")
        assert data.startswith(b"BEGIN:VCALENDAR")


async def test_a_photo_is_filed_where_the_checklist_waits_for_it(tmp_path: Path) -> None:
    from tests.support.fake_wechat import JPEG

    async with office(tmp_path) as at:
        lin = at.wecom.member("lin")
        at.wecom.media["m"] = JPEG
        await lin.sends_kind("image", MediaId="m", PicUrl="http://example.invalid")
        await until(lambda: lin.got)
        assert "还没有登记研修班" in lin.got[0] or "登记" in lin.got[0]


async def registered(at: Office, who: str) -> None:
    await seminars.registered(at.core, who=who, channel="wecom")


async def test_no_member_is_sent_more_than_wecom_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_sender, "IDLE_SECONDS", 0.1)
    async with office(tmp_path) as at:
        lin = at.wecom.member("lin")
        for number in range(40):
            await lin.says(f"邮编{'？' * (number % 3)}")
        await until(lambda: len(lin.got) >= 15)
        await asyncio.sleep(0.5)
        assert len(lin.got) == 15
        for expected in (30, 40):
            at.clock.forward(seconds=61)
            await until(lambda: len(lin.got) >= expected, 15)  # noqa: B023
            await asyncio.sleep(0.3)
            assert len(lin.got) == expected
        assert lin.dropped == 0


async def test_an_untrusted_address_is_told_to_staff_in_words_and_nothing_is_lost(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        at.wecom.trusted_ip = False
        lin = at.wecom.member("lin")
        assert await lin.says("邮编") == 200
        await until(lambda: any("message/send" in path for path, _ in at.wecom.calls))
        await asyncio.sleep(0.2)
        [trouble] = await at.core.services.incidents.all()
        assert "企业可信IP" in trouble.text
        assert lin.got == []
        at.wecom.trusted_ip = True
        at.clock.forward(seconds=20)
        await until(lambda: lin.got)
        assert "350001" in lin.got[0]
        assert len(lin.got) == 1


async def test_an_invisible_member_is_told_to_staff(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        lin = at.wecom.member("lin")
        await registered(at, "lin")
        del at.wecom.members["lin"]
        at.clock.set(at.clock().replace(month=5, day=8, hour=9))
        await at.reminders.tick()
        assert lin.got == []
        [trouble] = await at.core.services.incidents.all()
        assert "成员 lin 收不到消息" in trouble.text


async def test_bad_callbacks_are_refused(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        wecom = at.wecom
        stamp = {"ToUserName": CORP_ID, "FromUserName": "lin", "CreateTime": "1", "MsgType": "text"}
        query, body = wecom.signed(as_xml({**stamp, "Content": "邮编", "MsgId": "1"}), nonce="once")
        assert (await wecom.post(query | {"msg_signature": "0" * 40}, body))[0] == 403
        assert (await wecom.post(query, "<xml>"))[0] == 400
        assert (await wecom.post(query, "x" * 300_000))[0] == 413
        assert (await wecom.post(query, as_xml(stamp)))[0] == 403
        assert (await wecom.post(query, body))[0] == 200
        other = wecom.signed(as_xml({**stamp, "Content": "别的", "MsgId": "2"}), nonce="once")
        assert (await wecom.post(*other))[0] == 403
        at.clock.forward(seconds=90)
        assert (await wecom.post(query, body))[0] == 403


async def test_the_address_is_verified_with_the_decrypted_echo(tmp_path: Path) -> None:
    async with office(tmp_path) as at, aiohttp.ClientSession() as session:
        async with session.get(at.wecom.callback, params=at.wecom.echo("1616140317555161061")) as response:
            assert (response.status, await response.text()) == (200, "1616140317555161061")
        async with session.get(at.wecom.callback, params=at.wecom.echo("1") | {"nonce": "x"}) as response:
            assert response.status == 403


async def test_markdown_quotes_the_clause_and_makes_no_links(tmp_path: Path) -> None:
    async with office(tmp_path, wecom_markdown=True) as at:
        lin = at.wecom.member("lin")
        await lin.says("示范班补助多少")
        await until(lambda: lin.got)
        assert "\n> " in lin.got[0]
        kinds = {payload.get("msgtype") for path, payload in at.wecom.calls if "message/send" in path}
        assert "markdown" in kinds


async def test_platform_5xx_for_an_hour_loses_nothing_and_answers_once(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        lin = at.wecom.member("lin")
        at.wecom.down = True
        await lin.says("邮编")
        for _ in range(6):
            at.clock.forward(minutes=10)
            await asyncio.sleep(0.3)
        at.wecom.down = False
        at.clock.forward(minutes=40)
        await until(lambda: lin.got, 15)
        await asyncio.sleep(0.3)
        assert len(lin.got) == 1


@pytest.mark.parametrize("missing", ["wecom_agent_id", "wecom_secret", "wecom_token", "wecom_aes_key"])
async def test_a_missing_setting_is_named(tmp_path: Path, missing: str) -> None:
    async with whole(tmp_path) as core:
        wrong = wecom_settings(tmp_path, FakeWeComUrl(), **{missing: 0 if missing.endswith("id") else ""})
        with pytest.raises(ValueError, match=missing.upper()):
            build_channels(wrong, core.services)


class FakeWeComUrl(FakeWeCom):
    """Settings only: nothing is served."""

    def __init__(self) -> None:
        pass

    @property
    def url(self) -> str:
        return "http://127.0.0.1:1"
