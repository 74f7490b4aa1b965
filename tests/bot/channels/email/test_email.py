"""E-mail against a real SMTP server: confirmation, reminders with dates, unsubscribing, bounces."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import icalendar
import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.app import build_reminders, build_web
from bot.channels.base import Channel, PermanentSendError, TemporarySendError
from bot.channels.email.bounces import bounces, take
from bot.channels.registry import build_channels
from bot.channels.webchat import WebChat
from bot.clock import SHANGHAI
from bot.core import Core
from bot.reminders.delivery import ReminderLoop
from handlers.domain.messages import Notification, Reply
from handlers.texts import channels as channel_texts
from tests.support.application import say, whole
from tests.support.channel_settings import mail_settings
from tests.support.mail_server import USER, MailServer, mail_server
from tests.support.seminars import press, registered
from tests.support.ticking import Ticking

LIN = "lin@bureau.example"


@dataclass
class Office:
    core: Core
    mail: MailServer
    clock: Ticking
    reminders: ReminderLoop
    client: TestClient
    channel: Channel


@asynccontextmanager
async def office(folder: Path, **changes: object) -> AsyncIterator[Office]:
    clock = Ticking()
    async with mail_server() as mail:
        settings = mail_settings(folder, mail.port, **changes)
        async with whole(folder, clock=clock, build=partial(build_channels, settings)) as core:
            [channel] = core.channels
            async with TestClient(TestServer(build_web(core, settings, WebChat(), core.channels))) as client:
                yield Office(core, mail, clock, build_reminders(core, core.channels), client, channel)


async def confirmed(at: Office, mailbox: str = LIN, who: str = "amy") -> Reply:
    asked = await say(at.core, f"邮箱 {mailbox}", who=who)
    assert "验证码已寄到" in asked.text
    return await say(at.core, at.mail.code(mailbox), who=who)


def due(at: Office) -> None:
    at.clock.set(datetime(2025, 5, 8, 9, tzinfo=SHANGHAI))


async def test_a_confirmed_mailbox_gets_a_reminder_whose_dates_a_calendar_reads(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        await registered(at.core)
        assert "已验证" in (await confirmed(at)).text
        due(at)
        await at.reminders.tick()
        mail = at.mail.last(LIN)
        assert mail["To"] == LIN
        assert mail["From"] == f"研修助手 <{USER}>"
        assert at.mail.boxes.senders[-1] == USER
        text = mail.get_body(("plain",)).get_content()
        assert "还有1天" in mail["Subject"]
        assert "依据：" in text
        assert "5月10日" in text
        page = mail.get_body(("html",)).get_content()
        assert "<blockquote" in page
        [attachment] = [part for part in mail.iter_attachments() if part.get_content_type() == "text/calendar"]
        assert attachment.get_filename().endswith(".ics")
        content = attachment.get_content()
        calendar = icalendar.Calendar.from_ical(content)
        assert [event for event in calendar.walk("VEVENT") if event.get("DTSTART")]


async def test_a_mailbox_is_written_to_only_after_its_code_has_come_back(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        await registered(at.core)
        await say(at.core, f"邮箱 {LIN}")
        due(at)
        await at.reminders.tick()
        assert len(at.mail.boxes.got[LIN]) == 1  # the code
        with pytest.raises(PermanentSendError):
            await at.channel.push(LIN, Notification(reply=Reply(text="x"), subject="x"))


async def test_a_code_holds_ten_minutes_and_five_tries(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        await say(at.core, f"邮箱 {LIN}")
        code = at.mail.code(LIN)
        wrong = f"{(int(code) + 1) % 1000000:06}"
        for _ in range(5):
            assert (await say(at.core, wrong)).text == channel_texts.MAIL_WRONG_CODE
        assert (await say(at.core, code)).text == channel_texts.MAIL_CODE_OVER
        await say(at.core, f"邮箱 {LIN}")
        at.clock.forward(minutes=10, seconds=1)
        assert (await say(at.core, at.mail.code(LIN))).text == channel_texts.MAIL_CODE_OVER


async def test_nobody_can_flood_a_mailbox_with_codes(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        for number in range(5):
            await say(at.core, f"邮箱 {LIN}", who=f"person-{number}")
        sixth = await say(at.core, f"邮箱 {LIN}", who="person-6")
        assert "上限" in sixth.text
        assert len(at.mail.boxes.got[LIN]) == 5


async def test_what_is_no_address_is_asked_for_again_and_typed_full_width_is_read(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        asked = await say(at.core, "邮箱 lin在bureau")
        assert asked.text == channel_texts.MAIL_UNREADABLE
        sent = await say(at.core, "Ｌin＠bureau．example")
        assert LIN in sent.text
        digits = at.mail.code(LIN)
        spaced = f" {digits[:3]} {digits[3:]} "
        assert "已验证" in (await say(at.core, spaced)).text


async def test_a_mailbox_that_does_not_exist_is_said_so_at_once(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        at.mail.boxes.answers["no@bureau.example"] = "550 5.1.1 no such user"
        assert "邮箱不存在或拒收" in (await say(at.core, "邮箱 no@bureau.example")).text


async def test_a_refused_mailbox_is_disabled_and_the_next_address_is_told_why(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        await registered(at.core)
        await confirmed(at)
        settings = await say(at.core, "提醒设置")
        assert f"邮件 {LIN}：可以送达" in settings.text
        at.mail.boxes.answers[LIN] = "550 5.1.1 gone"
        due(at)
        await at.reminders.tick()
        assert f"邮件 {LIN}：现在送不到" in (await say(at.core, "提醒设置")).text


async def test_a_full_mailbox_is_tried_again(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        await confirmed(at)
        at.mail.boxes.answers[LIN] = "452 4.2.2 mailbox full"
        with pytest.raises(TemporarySendError):
            await at.channel.push(LIN, Notification(reply=Reply(text="x"), subject="x"))


async def test_a_wrong_password_is_told_to_staff_in_words(tmp_path: Path) -> None:
    async with office(tmp_path, smtp_password="wrong") as at:
        assert "暂时发不出去" in (await say(at.core, f"邮箱 {LIN}")).text
        [trouble] = await at.core.services.incidents.all()
        assert "授权码" in trouble.text


async def test_unsubscribing_asks_on_the_page_and_is_one_step_for_mail_programs(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        await confirmed(at)
        await at.channel.push(LIN, Notification(reply=Reply(text="提醒"), subject="提醒"))
        mail = at.mail.last(LIN)
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        address = re.search(r"<(https://[^>]+)>", str(mail["List-Unsubscribe"]))
        assert address
        path = address[1].removeprefix("https://yanxiu.example")
        page = await at.client.get(path)
        assert "li***@bureau.example" in await page.text()
        assert "form-action 'self'" in page.headers["Content-Security-Policy"]
        assert "可以送达" in (await say(at.core, "提醒设置")).text
        done = await at.client.post(path, data={"List-Unsubscribe": "One-Click"})
        assert "已退订" in await done.text()
        assert LIN not in (await say(at.core, "提醒设置")).text
        for again in (await at.client.get(path), await at.client.post(path)):
            assert again.status == 404
            assert channel_texts.MAIL_OVER in await again.text()


async def test_no_words_of_a_seminar_make_a_header_or_markup(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        await confirmed(at)
        evil = "名称\r\nBcc: evil@example.com\n<script>alert(1)</script>"
        await at.channel.push(LIN, Notification(reply=Reply(text=evil), subject=evil))
        mail = at.mail.last(LIN)
        assert mail["Bcc"] is None
        assert "\n" not in mail["Subject"]
        assert "<script>" not in mail.get_body(("html",)).get_content()
        assert set(at.mail.boxes.got) == {LIN}


async def test_a_report_of_failed_delivery_disables_the_address_and_owes_the_reminder_again(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        await registered(at.core)
        await confirmed(at)
        due(at)
        await at.reminders.tick()
        sent = len(at.mail.boxes.got[LIN])
        lost = str(at.mail.last(LIN)["Message-ID"])
        [bounce] = bounces(report(LIN, "5.1.1", "failed"))
        assert (bounce.mailbox, bounce.gone) == (LIN, True)
        assert (
            await take(
                report(LIN, "5.1.1", "failed", lost),
                at.core.services.contact_addresses,
                at.core.services.sent,
                at.clock(),
            )
            == 1
        )
        assert "现在送不到" in (await say(at.core, "提醒设置")).text
        await say(at.core, f"邮箱 {LIN}")
        await say(at.core, at.mail.code(LIN))
        at.clock.forward(minutes=1)
        await at.reminders.tick()
        assert len(at.mail.boxes.got[LIN]) > sent + 1


def test_a_report_of_a_delay_or_an_ordinary_mail_is_no_bounce() -> None:
    assert bounces(report(LIN, "4.4.1", "delayed")) == ()
    assert bounces(b"Subject: hello\r\n\r\nhi") == ()
    assert bounces(b"\xff\xfe\x00") == ()


def report(mailbox: str, status: str, action: str, lost: str = "<other@x>") -> bytes:
    """A delivery status notification as mail servers write it."""
    boundary = "=_report"
    return (
        f'Content-Type: multipart/report; report-type=delivery-status; boundary="{boundary}"\r\n'
        "From: MAILER-DAEMON@mx.example\r\nSubject: Undelivered\r\n\r\n"
        f"--{boundary}\r\nContent-Type: text/plain\r\n\r\nsorry\r\n"
        f"--{boundary}\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; {mailbox.upper()}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; 550 no such user\r\n\r\n"
        f"--{boundary}\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {lost}\r\nSubject: x\r\n\r\n"
        f"--{boundary}--\r\n"
    ).encode()


async def test_a_mailbox_is_taken_off_after_a_question(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        await confirmed(at)
        held = await say(at.core, "邮箱")
        assert LIN in held.text
        asked = await press(at.core, held, f"移除 {LIN}")
        assert "确定" in asked.text
        assert "已移除" in (await press(at.core, asked, "确定移除")).text
        assert "还没有邮箱" in (await say(at.core, "邮箱")).text


async def test_mail_first_is_a_choice(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        await registered(at.core)
        await confirmed(at)
        settings = await say(at.core, "提醒设置")
        assert "1. 邮件" in settings.text
        assert any(choice.label == "邮箱设置" for choice in settings.choices)


async def test_without_a_mail_server_nothing_offers_mail(tmp_path: Path) -> None:
    async with whole(tmp_path) as core:
        assert (await say(core, "邮箱")).text == channel_texts.MAIL_OFF
        assert "没有开通" in (await say(core, f"邮箱 {LIN}")).text
        assert not any("邮箱" in choice.label for choice in (await say(core, "提醒设置")).choices)


async def test_linking_takes_the_mailbox_along(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        await registered(at.core, who="lin", channel="wechat")
        asked = await say(at.core, f"邮箱 {LIN}", who="lin", channel="wechat")
        assert "已寄到" in asked.text
        await say(at.core, at.mail.code(LIN), who="lin", channel="wechat")
        code = (await say(at.core, "关联")).text.split("关联 ")[1][:6]
        linked = await say(at.core, f"关联 {code}", who="lin", channel="wechat")
        assert "已关联" in linked.text
        assert "省级示范" in (await say(at.core, "我的研修班")).text
        assert LIN in (await say(at.core, "邮箱")).text


async def test_pressing_twice_takes_off_one_mailbox(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        for mailbox in ("a@bureau.example", "b@bureau.example"):
            await confirmed(at, mailbox)
        held = await say(at.core, "邮箱")
        asked = await press(at.core, held, "移除 a@bureau.example")
        await press(at.core, asked, "确定移除")
        await press(at.core, asked, "确定移除")
        assert "b@bureau.example" in (await say(at.core, "邮箱")).text


async def test_a_refused_text_does_not_cost_the_mailbox(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        await confirmed(at)
        at.mail.boxes.refuses_text = "550 5.7.1 content refused"
        with pytest.raises(TemporarySendError):
            await at.channel.push(LIN, Notification(reply=Reply(text="x"), subject="x"))
