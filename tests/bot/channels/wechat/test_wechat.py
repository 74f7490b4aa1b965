"""The WeChat account: the whole application, encrypted callbacks, and strict WeChat servers."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
import xmltodict
from werobot.crypto import MessageCrypt

from bot.channels.base import Dispatch
from bot.channels.tencent import outbox_sender
from bot.channels.wechat import passive_reply, receiving
from tests.support.fake_telegram import until
from tests.support.fake_wechat import ACCOUNT, AES_KEY, APP_ID, FAULT, TEMPLATE_ID, TOKEN, as_xml
from tests.support.paths import RECORDED
from tests.support.wechat_office import disabled, office

SECOND = 0.25
"""What a second lasts where an answer is waited for."""
TIMES = {
    receiving: ("ANSWER_WITHIN", "HOLD"),
    passive_reply: ("ANSWER_WITHIN", "HOLD", "RETRY_GAP", "HANG_UP_AFTER", "AGAIN_SECONDS"),
    outbox_sender: ("IDLE_SECONDS",),
}
LONG = "两年的选题范围、六四五产业、重大战略、前沿领域、数字技术都有哪些？经费开支2025和2023有什么不同？"


TRANSCRIPT = RECORDED / "微信.txt"
"""To be read; a changed one is written anew when deleted."""


@pytest.mark.parametrize("mode", ["plain", "compatible", "safe"])
async def test_a_conversation_in_each_mode(tmp_path: Path, mode: str) -> None:
    async with office(tmp_path, mode) as at:
        lin = at.wechat.person("lin")
        [welcome] = await lin.subscribes()
        assert "研修助手" in welcome
        assert "回复数字选择：\n1 示范班开班前要报什么？" in welcome
        [answer] = await lin.says("示范班补助多少")
        assert "5万元" in answer
        assert "依据" in answer


async def test_from_subscribing_to_a_reminder_by_template_and_done(tmp_path: Path) -> None:
    async with office(tmp_path, wechat_template_id=TEMPLATE_ID) as at:
        lin = at.wechat.person("lin")
        await lin.subscribes()
        [answer] = await lin.says("至少多少人")
        assert "50人" in answer
        [narrowed] = await lin.says("国家级")
        assert "不少于50人" in narrowed
        [kind] = await lin.says("登记")
        assert "1 国家级" in kind
        [title] = await lin.says("2")
        assert "研修班叫什么名称" in title
        assert "直接回复内容，或回复字母：" in title
        await lin.says("数字乡村研修班")
        for said in ("6月10日", "4天", "60", "2", "7"):
            [asked] = await lin.says(said)
        assert "工作人员7人" in asked
        while "保存登记" not in asked:
            letter = next(line.split()[0] for line in asked.splitlines() if line.endswith("先跳过"))
            [asked] = await lin.says(letter)
        assert "其中线上学员：2人" in asked
        [saved] = await lin.says("1")
        assert "已登记" in saved
        at.clock.set(at.clock().replace(month=5, day=8, hour=9))
        await at.reminders.tick()
        assert len(lin.templates) == 2
        assert lin.templates[0]["thing1"] == "数字乡村研修班"
        assert lin.templates[0]["time3"] == "2025年5月10日"
        assert lin.templates[0]["thing4"] == "回复“已办好”即可办理"
        [when] = await lin.says("已办好")
        assert "是哪天办的" in when
        [how] = await lin.says("A")
        assert "怎么办的" in how
        [marked] = await lin.says("邮寄")
        assert "已记录" in marked
        transcript = "\n\n".join(at.wechat.lines) + "\n"
        if not TRANSCRIPT.exists():
            TRANSCRIPT.write_text(transcript, encoding="utf-8")
        assert transcript == TRANSCRIPT.read_text(encoding="utf-8")


async def test_a_long_answer_goes_on_in_customer_service_messages_and_no_citation_is_cut(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        lin = at.wechat.person("lin")
        await lin.subscribes()
        await lin.says(
            "两年的选题范围、六四五产业、重大战略、前沿领域、数字技术都有哪些？经费开支2025和2023有什么不同？"
        )
        await until(lambda: len(lin.got) >= 3)
        assert all(len(text.encode()) <= 2047 for text in lin.got)
        assert all(text.count("“") == text.count("”") for text in lin.got)
        assert lin.window_left < 5


async def test_without_the_right_to_write_the_rest_is_given_when_asked_for(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        at.wechat.kf_allowed = False
        lin = at.wechat.person("lin")
        await lin.subscribes()
        [first] = await lin.says(LONG)
        await until(lambda: any("custom/send" in path for path, _ in at.wechat.calls))
        await asyncio.sleep(0.1)
        [other] = await lin.says("邮编")
        assert "350001" in other
        assert other.endswith("回复“继续”查看）")
        [rest] = await lin.says("继续")
        assert rest.strip()
        assert rest != first
        [trouble] = await at.core.services.incidents.all()
        assert "没有这个接口的权限" in trouble.text


async def test_voice_is_a_question_and_says_what_was_heard(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        lin = at.wechat.person("lin")
        [answer] = await lin.speaks("示范班补住多少。")
        assert answer.startswith("（听到的是：“示范班补住多少”）")
        assert "5万元" in answer
        [unheard] = await lin.sends_kind("voice", MediaId="v", Format="amr")
        assert "暂时看不了语音" in unheard


async def test_stickers_places_links_and_kinds_nobody_knows_are_declined_politely(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        lin = at.wechat.person("lin")
        for kind in ("location", "link", "video", "shortvideo", "file", "hologram"):
            [said] = await lin.sends_kind(kind, Title="x")
            assert said.startswith("暂时看不了"), kind
        assert await lin.sends_kind("event", Event="VIEW", EventKey="https://example.invalid") == []


async def test_a_menu_click_answers_and_an_unknown_one_says_so(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        lin = at.wechat.person("lin")
        [mine] = await lin.clicks("/seminars")
        assert "还没有登记研修班" in mine
        [gone] = await lin.clicks("nothing:1")
        assert "按钮已失效" in gone


async def test_whoever_leaves_is_not_written_to_and_is_again_when_back(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        lin = at.wechat.person("lin")
        await lin.subscribes()
        await lin.says("我的研修班")
        assert await lin.leaves() == []
        assert await disabled(at) == 1
        await lin.subscribes()
        assert await disabled(at) == 0


async def test_bad_callbacks_are_refused_and_harm_nothing(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        wechat = at.wechat
        stamp = {"FromUserName": "lin", "ToUserName": ACCOUNT, "CreateTime": "1"}
        xml = as_xml({**stamp, "MsgType": "text", "Content": "邮编", "MsgId": "7"})
        query, body = wechat.signed(xml)
        assert (await wechat.post(query | {"msg_signature": "0" * 40}, body))[0] == 403
        assert (await wechat.post(query | {"msg_signature": "坏"}, body))[0] == 403
        assert (await wechat.post(query | {"timestamp": "1"}, body))[0] == 403
        assert (await wechat.post({}, body))[0] == 403
        stale = wechat.signed(xml, at=at.clock() - timedelta(minutes=6))
        assert (await wechat.post(*stale))[0] == 403
        assert (await wechat.post(query, b"\xff\xfe"))[0] == 400
        assert (await wechat.post(query, "<xml>"))[0] == 400
        bomb = (
            '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><xml><Encrypt>&b;</Encrypt></xml>'
        )
        assert (await wechat.post(query, bomb))[0] == 400
        foreign = '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><xml><Encrypt>&f;</Encrypt></xml>'
        assert (await wechat.post(query, foreign))[0] == 400
        assert (await wechat.post(query, "x" * 300_000))[0] == 413
        assert (await wechat.post(query, xml))[0] == 403  # plain in safe mode
        other_key = MessageCrypt(TOKEN, AES_KEY[::-1], APP_ID).encrypt_message(xml, query["timestamp"], "m")
        sealed_so = xmltodict.parse(other_key)["xml"]
        forged = query | {"nonce": "m", "msg_signature": sealed_so["MsgSignature"]}
        assert (await wechat.post(forged, f"<xml><Encrypt>{sealed_so['Encrypt']}</Encrypt></xml>"))[0] == 403
        arrows = wechat.signed(as_xml({**stamp, "MsgType": "text", "Content": "<!-- 邮编 -->", "MsgId": "8"}))
        assert (await wechat.post(*arrows))[0] == 200
        sealed = wechat.signed("这不是XML")
        assert (await wechat.post(*sealed))[0] == 400
        lin = wechat.person("lin")
        [answer] = await lin.says("邮编")
        assert "350001" in answer


async def test_a_callback_that_is_replayed_is_refused(tmp_path: Path) -> None:
    async with office(tmp_path) as at:
        stamp = {"FromUserName": "lin", "ToUserName": ACCOUNT, "CreateTime": "1", "MsgType": "text"}
        query, body = at.wechat.signed(as_xml({**stamp, "Content": "邮编", "MsgId": "7"}), nonce="once")
        assert (await at.wechat.post(query, body))[0] == 200
        other = as_xml({**stamp, "Content": "改了", "MsgId": "8"})
        assert (await at.wechat.post(*at.wechat.signed(other, nonce="once")))[0] == 403
        at.clock.forward(seconds=90)
        assert (await at.wechat.post(query, body))[0] == 403


async def test_the_address_is_verified(tmp_path: Path) -> None:
    import aiohttp

    async with office(tmp_path) as at, aiohttp.ClientSession() as session:
        query, _ = at.wechat.signed("<xml/>")
        async with session.get(at.wechat.callback, params=query | {"echostr": "123<b>"}) as response:
            assert (response.status, await response.text()) == (200, "123<b>")
            assert response.content_type == "text/plain"
        async with session.get(at.wechat.callback, params=query | {"signature": "x", "echostr": "1"}) as response:
            assert response.status == 403


@pytest.mark.slow
async def test_an_answer_of_any_delay_reaches_its_asker_exactly_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """WeChat hangs up after five seconds, three times; here a second lasts a quarter of one, for both sides."""
    for module, names in TIMES.items():
        for name in names:
            monkeypatch.setattr(module, name, getattr(module, name) * SECOND)
    delays = (0, 1, 3.5, 3.9, 4.1, 4.6, 5.2, 7, 8.8, 9.3, 10.5, 12)
    inner: list[Dispatch] = []

    async def slow(incoming):  # type: ignore[no-untyped-def]
        await asyncio.sleep(float(incoming.address.id.partition("-")[2]) * SECOND)
        return await inner[0](incoming)

    async with office(tmp_path, dispatch=slow) as at:
        inner.append(at.core.dispatch)
        at.wechat.hangs_up_after *= SECOND
        people = [at.wechat.person(f"lin-{delay}") for delay in delays]
        for one in people:
            one.subscribed = True
        await asyncio.gather(*(one.says("邮编") for one in people))
        await until(lambda: all(one.got for one in people), 25)
        await asyncio.sleep(3 * SECOND)
        for one in people:
            assert len(one.got) == 1, (one.openid, one.got)
            assert "350001" in one.got[0]
            assert FAULT not in one.got[0]
