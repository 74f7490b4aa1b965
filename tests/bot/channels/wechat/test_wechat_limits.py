"""WeChat's windows and quotas, several processes, crashes: nothing lost, nothing answered twice."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer

from bot.app import build_web
from bot.channels.base import AwaySendError, PermanentSendError, TemporarySendError
from bot.channels.registry import build_channels
from bot.channels.webchat import WebChat
from bot.storage.channels.webhook_deliveries import WebhookDelivery
from bot.storage.db.errors import StorageUnavailable
from handlers.domain.messages import Address, Incoming, Notification, Reply
from handlers.texts import channels as channel_texts
from handlers.texts import conversation as texts
from tests.support.application import say
from tests.support.channel_settings import wechat_settings
from tests.support.fake_telegram import until
from tests.support.fake_wechat import ACCOUNT, TEMPLATE_ID, Person, as_xml
from tests.support.reminder_world import Phone
from tests.support.seminars import registered
from tests.support.wechat_office import Office, disabled, office


def note(text: str = "还有3天", *, last: bool = False) -> Notification:
    return Notification(reply=Reply(text=text), subject=text, last=last)


async def arrived(at: Office, name: str = "lin") -> Person:
    """Somebody who has just written."""
    person = at.wechat.person(name)
    person.subscribed = True
    await person.says("在吗")
    person.got.clear()
    return person


async def test_the_last_message_of_the_window_is_kept_for_the_last_reminder(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        lin = await arrived(at)
        for _ in range(4):
            await at.channel.push("lin", note())
        with pytest.raises(AwaySendError) as away:
            await at.channel.push("lin", note())
        assert away.value.why == channel_texts.WECHAT_WINDOW_CLOSED
        await at.channel.push("lin", note("今天到期", last=True))
        assert lin.got == ["还有3天"] * 4 + ["今天到期"]
        with pytest.raises(AwaySendError):
            await at.channel.push("lin", note(last=True))
        await lin.says("好")
        await at.channel.push("lin", note())


async def test_a_failed_call_uses_up_nothing_and_an_answer_leaves_the_reserve(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        lin = await arrived(at)
        at.wechat.failures += [("custom/send", 502)] * 6
        for _ in range(6):
            with pytest.raises(TemporarySendError):
                await at.channel.push("lin", note())
        for _ in range(4):
            await at.channel.push("lin", note())
        assert lin.window_left == 1


async def test_the_window_closes_after_two_days_and_a_menu_click_opens_it_for_a_minute(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        lin = await arrived(at)
        assert await at.channel.unavailable_reason("lin") == ""
        at.clock.forward(hours=48, seconds=1)
        assert "48小时" in await at.channel.unavailable_reason("lin")
        with pytest.raises(AwaySendError):
            await at.channel.push("lin", note())
        await lin.clicks("/help")
        await at.channel.push("lin", note())
        at.clock.forward(seconds=61)
        with pytest.raises(AwaySendError):
            await at.channel.push("lin", note(last=True))


async def test_a_click_does_not_shorten_an_open_window(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        lin = await arrived(at)
        await lin.clicks("/help")
        at.clock.forward(hours=1)
        await at.channel.push("lin", note())


async def test_wechat_says_the_window_is_closed_after_all_and_the_template_goes_out(tmp_path: Path) -> None:
    async with office(tmp_path, wechat_template_id=TEMPLATE_ID) as at:
        lin = await arrived(at)
        lin.window_left = 0
        await at.channel.push("lin", note("还有3天：实施方案"))
        assert lin.got == []
        assert lin.templates[0]["thing2"] == "还有3天：实施方案"


async def test_with_no_templates_left_today_the_next_channel_is_tried(tmp_path: Path) -> None:
    async with office(tmp_path, wechat_template_id=TEMPLATE_ID) as at:
        await arrived(at)
        at.clock.forward(days=3)
        at.wechat.templates_left = 0
        with pytest.raises(TemporarySendError):
            await at.channel.push("lin", note())


async def ended(at: Office, lin: Person, job: str, status: str) -> None:
    fields = {"MsgType": "event", "Event": "TEMPLATESENDJOBFINISH", "MsgID": job, "Status": status}
    await at.wechat.deliver(lin, {"FromUserName": "lin", "ToUserName": ACCOUNT, "CreateTime": "1", **fields})


async def test_a_template_whose_job_fails_is_owed_again_and_a_blocker_is_not_written_to(tmp_path: Path) -> None:
    async with office(tmp_path, wechat_template_id=TEMPLATE_ID) as at:
        lin = await arrived(at)
        await registered(at.core, who="lin", channel="wechat")
        at.clock.set(at.clock().replace(month=5, day=8, hour=9))
        await at.reminders.tick()
        assert len(lin.templates) == 2
        lost = lin.templates[0]
        await ended(at, lin, at.wechat.jobs[0], "failed: system failed")
        await ended(at, lin, at.wechat.jobs[0], "failed: system failed")  # told twice
        await ended(at, lin, at.wechat.jobs[1], "success")
        await at.reminders.tick()
        assert len(lin.templates) == 2
        at.clock.forward(minutes=16)
        await at.reminders.tick()
        assert lin.templates[2:] == [lost]
        await ended(at, lin, at.wechat.jobs[2], "failed:user block")
        assert await disabled(at) == 1


async def test_a_reminder_falls_to_the_next_channel_and_says_why(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        await arrived(at)
        await registered(at.core, who="lin", channel="wechat")
        code = (await say(at.core, "关联", who="lin", channel="wechat")).text.split("关联 ")[1][:6]
        await say(at.core, f"关联 {code}", who="amy", channel="test")
        phone = Phone()
        at.clock.set(at.clock().replace(month=5, day=8, hour=9))
        from bot.reminders.delivery import ReminderLoop
        from bot.reminders.rate_limit import RateLimiter

        held = at.core.reminders
        channels = {"wechat": at.channel.push, "test": phone.push}
        loop = ReminderLoop(
            held.queue, held.contact_addresses, at.core.answering, channels, RateLimiter(held.rate_limits, {}), at.clock
        )
        await loop.tick()
        assert phone.texts("amy")
        assert all("（微信送不到：48小时内没有给公众号发过消息" in text for text in phone.texts("amy"))


async def test_the_settings_say_where_reminders_go_and_take_a_first_channel(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        await arrived(at)
        await registered(at.core, who="lin", channel="wechat")
        code = (await say(at.core, "关联", who="lin", channel="wechat")).text.split("关联 ")[1][:6]
        await say(at.core, f"关联 {code}", who="amy", channel="test")
        shown = await say(at.core, "提醒设置", who="lin", channel="wechat")
        assert "1. 微信：可以送达" in shown.text
        assert "2. test：现在送不到——这个渠道没有启用" in shown.text
        at.clock.forward(days=3)
        assert "1. 微信：现在送不到——48小时" in (await say(at.core, "提醒设置", who="lin", channel="wechat")).text


async def test_the_same_message_delivered_to_two_processes_at_once_is_answered_once(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        settings = wechat_settings(tmp_path, at.wechat)
        channels = build_channels(settings, at.core.services)
        async with TestServer(build_web(at.core, settings, WebChat(), channels)) as other:
            lin = at.wechat.person("lin")
            stamp = {"FromUserName": "lin", "ToUserName": ACCOUNT, "CreateTime": "1", "MsgType": "text"}
            xml = as_xml({**stamp, "Content": "邮编", "MsgId": "77"})
            first = asyncio.create_task(at.wechat.post(*at.wechat.signed(xml)))
            at.wechat.callback, mine = str(other.make_url("/wechat")), at.wechat.callback
            second = asyncio.create_task(at.wechat.post(*at.wechat.signed(xml)))
            await asyncio.sleep(0)
            at.wechat.callback = mine
            answers = [text for _, text in await asyncio.gather(first, second) if text != "success"]
            assert len(answers) == 1
            await asyncio.sleep(0.5)
            assert lin.got == []
            for channel in channels:
                await channel.close()


async def test_a_retry_that_overtakes_its_first_delivery_is_answered_and_the_first_is_not(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        stamp = {"FromUserName": "lin", "ToUserName": ACCOUNT, "CreateTime": "1", "MsgType": "text"}
        xml = as_xml({**stamp, "Content": "邮编", "MsgId": "78"})
        late = at.wechat.signed(xml)
        at.clock.forward(seconds=5)
        status, text = await at.wechat.post(*at.wechat.signed(xml))
        assert (status, text != "success") == (200, True)
        assert await at.wechat.post(*late) == (200, "success")


async def test_a_process_that_dies_before_it_answers_is_made_up_for(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        lin = await arrived(at)
        incoming = Incoming(address=Address(channel="wechat", id="lin"), message_id="79", text="邮编")
        hold = timedelta(seconds=4)
        await at.core.services.webhook_deliveries.record(WebhookDelivery(incoming, "n", "b", at.clock(), hold))
        at.clock.forward(seconds=9)
        await until(lambda: lin.got, 8)
        await asyncio.sleep(0.3)
        assert len(lin.got) == 1
        assert "350001" in lin.got[0]


async def test_a_database_that_is_away_is_said_so_and_the_next_message_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with office(tmp_path) as at:
        lin = at.wechat.person("lin")

        async def away(_arrival: WebhookDelivery) -> None:
            raise StorageUnavailable("away")

        with monkeypatch.context() as patched:
            patched.setattr(at.core.services.webhook_deliveries, "record", away)
            assert await lin.says("邮编") == [texts.STORAGE_UNAVAILABLE]
        [answer] = await lin.says("邮编")
        assert "350001" in answer


async def test_an_unknown_person_is_gone_for_good(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        lin = await arrived(at)
        lin.subscribed = False
        with pytest.raises(PermanentSendError):
            await at.channel.push("lin", note())


async def test_a_photo_is_filed_where_the_checklist_waits_and_explained_where_nothing_does(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        lin = await arrived(at)
        [explained] = await lin.shows("photo-1")
        assert "登记" in explained
        await registered(at.core, who="lin", channel="wechat")
        [asked] = await lin.shows("photo-1")
        assert "回复数字选择" in asked
        line = next(one for one in asked.splitlines() if "签到表" in one)
        [filed] = await lin.says(line.split()[0])
        assert "签到表" in filed
        [lost] = await lin.shows("gone")
        assert lost.startswith(channel_texts.NOT_FETCHED)


async def test_a_file_is_a_link_that_its_owner_alone_is_given(tmp_path: Path) -> None:
    import aiohttp

    async with office(tmp_path) as at:
        lin = await arrived(at)
        await registered(at.core, who="lin", channel="wechat")
        await lin.clicks("docs:1:ics")
        await until(lambda: any("/download/" in text for text in lin.got))
        link = next(text for text in lin.got if "/download/" in text).split("https://yanxiu.example")[1].split()[0]
        base = at.wechat.callback.removesuffix("/wechat")
        async with aiohttp.ClientSession() as session, session.get(base + link) as file:
            assert file.status == 200
            assert "attachment" in file.headers["Content-Disposition"]
            assert (await file.read()).startswith(b"BEGIN:VCALENDAR")
        at.clock.forward(hours=25)
        async with aiohttp.ClientSession() as session, session.get(base + link) as gone:
            assert gone.status == 404


async def test_what_is_planned_survives_wechat_being_down(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        lin = await arrived(at)
        await registered(at.core, who="lin", channel="wechat")
        at.clock.set(at.clock().replace(month=5, day=8, hour=9))
        await lin.says("在")
        lin.got.clear()
        at.wechat.down = True
        await at.reminders.tick()
        assert lin.got == []
        at.wechat.down = False
        at.clock.forward(hours=1)
        await at.reminders.tick()
        assert len(lin.got) == 2


async def test_settings_that_cannot_work_are_named(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        for changes, said in (
            ({"wechat_token": ""}, "YANXIU_WECHAT_TOKEN"),
            ({"wechat_aes_key": ""}, "YANXIU_WECHAT_AES_KEY"),
            ({"wechat_aes_key": "x" * 42}, "43位"),
        ):
            with pytest.raises(ValueError, match=said):
                build_channels(wechat_settings(tmp_path, at.wechat, **changes), at.core.services)
