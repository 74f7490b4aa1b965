"""Conversations through a real TelegramChannel and the fake Bot API."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.settings import TelegramMode
from handlers.domain.messages import Choice, Citation, Incoming, Reply
from tests.support.fake_telegram import FAST, FakeTelegram, build_channel, running, until

CITATION = Citation(
    notice="2025",
    plan_year="2025",
    clause="第三条",
    quote="省级示范项目每期资助5万元 <以内> & “含税”",
    title="实施通知",
)
LONG = "第一段说明，办班前一个月备案。" * 340
MENU = (Choice(label="省级示范", token="kind:demo"), Choice(label="国家级", token="kind:national"))


class Script:
    """An idempotent dispatch with canned answers; remembers what it was asked."""

    def __init__(self, **answers: Reply) -> None:
        self.asked: list[Incoming] = []
        self.given: dict[tuple[str, str], tuple[Reply, ...]] = {}
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, incoming: Incoming) -> tuple[Reply, ...]:
        await self.gate.wait()
        key = (incoming.address.id, incoming.message_id)
        if key not in self.given:
            self.asked.append(incoming)
            self.given[key] = (self.answer(incoming),)
        return self.given[key]

    def answer(self, incoming: Incoming) -> Reply:
        if incoming.unsupported:
            return Reply(text=f"暂时看不懂：{incoming.unsupported}")
        if incoming.choice:
            return Reply(text=f"选了 {incoming.choice}")
        match incoming.text:
            case "/start":
                return Reply(text="您好", choices=MENU)
            case "补助多少":
                return Reply(text="5万元/期", citations=(CITATION,), question_id=42)
            case "长":
                return Reply(text=LONG, citations=(CITATION,), choices=MENU)
        return Reply(text=f"答：{incoming.text}")


@pytest.fixture(params=[TelegramMode.POLLING, TelegramMode.WEBHOOK])
def mode(request: pytest.FixtureRequest) -> TelegramMode:
    return request.param


async def test_a_recorded_conversation_with_start_question_button_and_follow_up(mode: TelegramMode) -> None:
    script = Script()
    async with FakeTelegram() as telegram, running(telegram, script, mode=mode):
        lin = telegram.person(1001)
        await lin.says("/start")
        await lin.presses("省级示范")
        [answer] = await lin.says("补助多少")
        await lin.presses("为什么")
        await lin.says("那国家级呢？")
        assert telegram.transcript() == [
            "林老师：/start",
            "助手：您好 [省级示范|国家级]",
            "林老师：〔省级示范〕",
            "助手：选了 kind:demo",
            "林老师：补助多少",
            "助手：5万元/期\n依据：《实施通知》第三条：\n“省级示范项目每期资助5万元 <以内> & “含税”” [👍|👎|为什么]",
            "林老师：〔为什么〕",
            "助手：选了 why:42",
            "林老师：那国家级呢？",
            "助手：答：那国家级呢？",
        ]
        assert {call.status for call in telegram.calls} == {200}
    assert answer.params["parse_mode"] == "HTML"
    assert "<blockquote expandable>" in answer.params["text"]
    assert answer.params["link_preview_options"] == {"is_disabled": True}
    assert "reply_parameters" not in answer.params
    assert not telegram.callbacks
    assert [i.message_id.startswith("cb:") for i in script.asked] == [False, True, False, True, False]


async def test_the_command_menu_and_the_way_updates_arrive_are_registered(mode: TelegramMode) -> None:
    async with FakeTelegram() as telegram, running(telegram, Script(), mode=mode):
        assert [c["command"] for c in telegram.commands] == [
            "start",
            "new",
            "seminars",
            "remind",
            "help",
            "why",
            "reset",
            "cancel",
        ]
        if mode is TelegramMode.POLLING:
            assert telegram.webhook is None
        else:
            assert telegram.webhook is not None
            assert telegram.webhook["url"] == "https://yanxiu.example/telegram/webhook"
            assert len(telegram.webhook["secret_token"]) == 64


async def test_a_long_answer_comes_in_parts_with_the_buttons_on_the_last() -> None:
    async with FakeTelegram() as telegram, running(telegram, Script()):
        parts = await telegram.person(1).says("长")
    assert len(LONG) > 5000
    assert len(parts) == 2
    assert parts[0].buttons == ()
    assert parts[1].buttons == (("省级示范", "国家级"),)
    assert "".join(part.text for part in parts).startswith(LONG)
    assert parts[0].text.endswith("。")


async def test_a_duplicate_update_is_answered_once(mode: TelegramMode) -> None:
    script = Script()
    async with FakeTelegram() as telegram, running(telegram, script, mode=mode):
        lin = telegram.person(1)
        message = lin.message("你好")
        first = telegram.update("message", message)
        await lin.sends(first)
        await lin.sends(telegram.update("message", message))
        if mode is TelegramMode.WEBHOOK:
            await lin.sends(first)
    assert telegram.sent_to(1) == ["答：你好"]


async def test_an_update_is_confirmed_only_after_its_answer_was_sent() -> None:
    script = Script()
    script.gate.clear()
    async with FakeTelegram() as telegram:
        lin = telegram.person(1)
        update = telegram.update("message", lin.message("在吗"))
        async with running(telegram, script, timing=replace(FAST, shutdown_grace=0.05)):
            await telegram.deliver(update)
            await until(lambda: len(telegram.called("getUpdates")) > 5)
        assert update["update_id"] in telegram.updates
        script.gate.set()
        async with running(telegram, script):
            await telegram.answered(update)
    assert telegram.sent_to(1) == ["答：在吗"]


async def test_stopping_confirms_what_was_answered_and_loses_nothing_queued() -> None:
    script = Script()
    script.gate.clear()
    async with FakeTelegram() as telegram:
        lin = telegram.person(1)
        async with running(telegram, script):
            updates = [telegram.update("message", lin.message(text)) for text in "一二三"]
            for update in updates:
                await telegram.deliver(update)
            await until(lambda: len(telegram.called("getUpdates")) > 3)
            asyncio.get_running_loop().call_later(0.1, script.gate.set)
        assert telegram.sent_to(1) == ["答：一", "答：二", "答：三"]
        assert not telegram.updates


async def test_one_chat_in_order_and_others_not_held_up() -> None:
    class Slow(Script):
        async def __call__(self, incoming: Incoming) -> tuple[Reply, ...]:
            if incoming.text == "慢":
                await until(lambda: len(self.asked) >= 1)
            return await super().__call__(incoming)

    async with FakeTelegram() as telegram, running(telegram, Slow()):
        slow, quick = telegram.person(1), telegram.person(2)
        await telegram.deliver(telegram.update("message", slow.message("慢")))
        last = telegram.update("message", slow.message("后"))
        await telegram.deliver(last)
        await telegram.deliver(telegram.update("message", quick.message("快")))
        await telegram.answered(last)
        await until(lambda: len(telegram.sent) == 3)
    assert telegram.sent_to(1) == ["答：慢", "答：后"]
    assert telegram.sent[0].text == "答：快"


async def test_typing_is_shown_while_an_answer_takes_long_and_not_otherwise() -> None:
    script = Script()
    async with FakeTelegram() as telegram, running(telegram, script):
        lin = telegram.person(1)
        await lin.says("快")
        assert telegram.called("sendChatAction") == []
        script.gate.clear()
        telegram.fail("sendChatAction", 500, "Internal Server Error")
        update = telegram.update("message", lin.message("慢"))
        await telegram.deliver(update)
        await until(lambda: len(telegram.called("sendChatAction")) >= 2)
        script.gate.set()
        await telegram.answered(update)
    assert telegram.sent_to(1) == ["答：快", "答：慢"]


async def test_an_unreadable_update_does_not_stop_the_rest() -> None:
    async with FakeTelegram() as telegram, running(telegram, Script()):
        await telegram.deliver(telegram.update("message", {"nonsense": True}))
        [answer] = await telegram.person(1).says("还在吗")
    assert answer.text == "答：还在吗"


async def test_a_failing_dispatch_does_not_stop_the_channel() -> None:
    async def dispatch(incoming: Incoming) -> tuple[Reply, ...]:
        if incoming.text == "坏":
            raise RuntimeError("boom")
        return (Reply(text="好"),)

    async with FakeTelegram() as telegram, running(telegram, dispatch):
        lin = telegram.person(1)
        assert await lin.says("坏") == []
        assert [sent.text for sent in await lin.says("好")] == ["好"]


async def test_a_hundred_stuck_updates_do_not_keep_later_ones_away() -> None:
    script = Script()
    release = asyncio.Event()

    async def dispatch(incoming: Incoming) -> tuple[Reply, ...]:
        if incoming.address.id == "1":
            await release.wait()
        return await script(incoming)

    async with FakeTelegram() as telegram, running(telegram, dispatch, timing=FAST):
        stuck, free = telegram.person(1), telegram.person(2)
        for number in range(120):
            await telegram.deliver(telegram.update("message", stuck.message(str(number))))
        await telegram.deliver(telegram.update("message", free.message("轮到我了吗")))
        await until(lambda: telegram.sent_to(2) == ["答：轮到我了吗"])
        release.set()
        await until(lambda: len(telegram.sent_to(1)) == 120)
    assert telegram.sent_to(1) == [f"答：{number}" for number in range(120)]


def test_webhook_mode_without_a_public_address_is_refused_with_advice() -> None:
    with pytest.raises(ValueError, match="YANXIU_PUBLIC_URL"):
        build_channel(FakeTelegram(), Script(), mode=TelegramMode.WEBHOOK, public_url="")
