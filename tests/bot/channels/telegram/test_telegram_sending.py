"""How sends fail, and what the channel makes of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from bot.channels.base import AddressMoved, PermanentSendError, TemporarySendError
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.rendering import keyboard, parts
from bot.channels.text_splitting import utf16_cost
from handlers.domain.messages import Choice, Citation, Incoming, Reply
from tests.support.fake_telegram import FakeTelegram, Person, running, until
from tests.support.fake_telegram_rules import parse_html, units
from tests.support.notifications import unasked

TOO_MANY = "Too Many Requests: retry after 1"
BLOCKED = "Forbidden: bot was blocked by the user"
UPGRADED = "Bad Request: group chat was upgraded to a supergroup chat"


async def echo(incoming: Incoming) -> tuple[Reply, ...]:
    return (Reply(text=f"答：{incoming.text}"),)


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as telegram:
        yield telegram


@pytest.fixture
async def channel(telegram: FakeTelegram) -> AsyncIterator[TelegramChannel]:
    async with running(telegram, echo) as channel:
        yield channel


@pytest.fixture
def lin(telegram: FakeTelegram) -> Person:
    return telegram.person(1)


async def test_429_is_waited_for_and_holds_up_no_other_chat(
    telegram: FakeTelegram, channel: TelegramChannel, lin: Person
) -> None:
    telegram.fail("sendMessage", 429, TOO_MANY, chat_id=1, retry_after=1)
    started = time.monotonic()
    update = telegram.update("message", lin.message("限流"))
    await telegram.deliver(update)
    await until(lambda: any(call.status == 429 for call in telegram.calls))
    other = telegram.person(2)
    await telegram.deliver(telegram.update("message", other.message("别人")))
    await until(lambda: telegram.sent_to(2) == ["答：别人"])
    assert time.monotonic() - started < 0.9
    await telegram.answered(update)
    assert telegram.sent_to(1) == ["答：限流"]
    assert time.monotonic() - started >= 1.0


@pytest.mark.parametrize(("status", "why"), [(500, "Internal Server Error"), (502, "Bad Gateway")])
async def test_an_answer_is_tried_again_after_a_server_error(
    telegram: FakeTelegram, channel: TelegramChannel, lin: Person, status: int, why: str
) -> None:
    telegram.fail("sendMessage", status, why, times=3)
    assert [sent.text for sent in await lin.says("问")] == ["答：问"]


async def test_giving_up_on_an_answer_is_logged_once_and_a_repeat_is_answered(
    telegram: FakeTelegram, channel: TelegramChannel, lin: Person
) -> None:
    telegram.fail("sendMessage", 500, "Internal Server Error", times=4)
    message = lin.message("问")
    with capture_logs() as logs:
        assert await lin.sends(telegram.update("message", message)) == []
    assert [log["event"] for log in logs] == ["Telegram 回答发送失败"]
    assert len(await lin.sends(telegram.update("message", message))) == 1


async def test_a_person_who_blocked_the_bot_costs_no_retry_and_no_error(
    telegram: FakeTelegram, channel: TelegramChannel, lin: Person
) -> None:
    telegram.fail("sendMessage", 403, BLOCKED)
    with capture_logs() as logs:
        assert await lin.says("问") == []
    assert [log["log_level"] for log in logs] == ["info"]
    assert [sent.text for sent in await lin.says("再问")] == ["答：再问"]


async def test_an_answer_follows_a_group_that_became_a_supergroup(
    telegram: FakeTelegram, channel: TelegramChannel, lin: Person
) -> None:
    telegram.chats[-200] = {"id": -200, "type": "supergroup", "title": "新群"}
    telegram.fail("sendMessage", 400, UPGRADED, chat_id=-100, migrate_to_chat_id=-200)
    [sent] = await lin.says("/why", group=-100)
    assert (sent.chat_id, sent.text) == (-200, "答：/why")
    assert "reply_parameters" not in sent.params


async def test_markup_that_a_server_does_not_know_is_sent_plain(
    telegram: FakeTelegram, channel: TelegramChannel, lin: Person
) -> None:
    telegram.fail("sendMessage", 400, "Bad Request: can't parse entities: unsupported start tag")
    await channel.push("1", unasked(Reply(text="5万元", citations=(CITATION,))))
    [sent] = telegram.sent
    assert "parse_mode" not in sent.params
    assert sent.text.startswith("5万元\n依据：")


async def test_push_sends_to_an_address(telegram: FakeTelegram, channel: TelegramChannel, lin: Person) -> None:
    await channel.push("1", unasked(Reply(text="还有3天", choices=(Choice(label="已办好", token="done:1"),))))
    assert telegram.sent_to(1) == ["还有3天"]
    await lin.presses("已办好")


async def test_push_tells_a_moved_group(telegram: FakeTelegram, channel: TelegramChannel, lin: Person) -> None:
    telegram.fail("sendMessage", 400, UPGRADED, migrate_to_chat_id=-200)
    with pytest.raises(AddressMoved) as moved:
        await channel.push("1", unasked(Reply(text="提醒")))
    assert moved.value.new_id == "-200"


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (403, BLOCKED),
        (403, "Forbidden: user is deactivated"),
        (403, "Forbidden: bot was kicked from the supergroup chat"),
        (400, "Bad Request: chat not found"),
        (400, "Bad Request: not enough rights to send text messages to the chat"),
    ],
)
async def test_push_tells_an_address_that_is_gone(
    telegram: FakeTelegram, channel: TelegramChannel, lin: Person, status: int, why: str
) -> None:
    telegram.fail("sendMessage", status, why)
    with pytest.raises(PermanentSendError):
        await channel.push("1", unasked(Reply(text="提醒")))
    assert len([call for call in telegram.calls if call.method == "sendMessage"]) == 1


async def test_push_does_not_wait_for_a_long_limit_but_passes_it_on(
    telegram: FakeTelegram, channel: TelegramChannel, lin: Person
) -> None:
    telegram.fail("sendMessage", 429, "Too Many Requests: retry after 35", retry_after=35)
    with pytest.raises(TemporarySendError) as error:
        await channel.push("1", unasked(Reply(text="提醒")))
    assert error.value.retry_after == 35.0


@pytest.mark.parametrize(("status", "why"), [(500, "Internal Server Error"), (400, "Bad Request: new rule")])
async def test_push_failures_that_may_pass_are_temporary(
    telegram: FakeTelegram, channel: TelegramChannel, lin: Person, status: int, why: str
) -> None:
    telegram.fail("sendMessage", status, why, times=2)
    with pytest.raises(TemporarySendError):
        await channel.push("1", unasked(Reply(text="提醒")))


async def test_push_while_the_server_is_down_or_the_channel_stopped_is_temporary(
    telegram: FakeTelegram, lin: Person
) -> None:
    async with running(telegram, echo) as channel:
        await telegram.go_down()
        with pytest.raises(TemporarySendError):
            await channel.push("1", unasked(Reply(text="提醒")))
    with pytest.raises(TemporarySendError):
        await channel.push("1", unasked(Reply(text="提醒")))


async def test_a_lost_connection_during_an_answer_is_survived(telegram: FakeTelegram, lin: Person) -> None:
    asked = asyncio.Event()
    resume = asyncio.Event()

    async def dispatch(incoming: Incoming) -> tuple[Reply, ...]:
        asked.set()
        await resume.wait()
        return await echo(incoming)

    async with running(telegram, dispatch):
        update = telegram.update("message", lin.message("问"))
        await telegram.deliver(update)
        await asked.wait()
        await telegram.go_down()
        resume.set()
        await asyncio.sleep(0.01)
        await telegram.come_up()
        await telegram.answered(update)
    assert telegram.sent_to(1) == ["答：问"]


CITATION = Citation(notice="n", plan_year="2025", clause="第三条", quote="<b>5万元</b> & 其他", title="通知")


def test_nothing_in_an_answer_is_taken_for_markup() -> None:
    [part] = parts(Reply(text="<a href='x'>点我</a> &lt;", citations=(CITATION,)))
    assert parse_html(part.markup) == part.plain
    assert part.plain.startswith("<a href='x'>点我</a> &lt;\n依据：")


def test_every_part_of_answer_and_basis_fits_in_utf16_units() -> None:
    citation = CITATION.model_copy(update={"quote": "第一款：😀<&>条文。" * 900})
    found = parts(Reply(text="😀说明。" * 1500, citations=(citation,)))
    assert len(found) > 3
    for part in found:
        assert 0 < units(parse_html(part.markup)) <= 4096
    assert utf16_cost("😀") == 2
    assert [bool(part.text) for part in found] == sorted((bool(part.text) for part in found), reverse=True)


def test_lone_surrogates_and_nul_are_left_out() -> None:
    assert [part.plain for part in parts(Reply(text="a\ud83d\0b"))] == ["ab"]


def test_a_reply_without_words_is_not_sent() -> None:
    assert parts(Reply(text=" \n")) == []


def test_short_labels_share_a_row_and_long_ones_do_not() -> None:
    labels = ["国家级", "省级示范", "工程领域专项培训项目（自筹经费）", "普通"]
    markup = keyboard(Reply(text="?", choices=tuple(Choice(label=x, token=x[:2]) for x in labels), question_id=7))
    assert markup is not None
    rows = [[button.text for button in row] for row in markup.inline_keyboard]
    assert rows == [["国家级", "省级示范"], [labels[2]], ["普通"], ["👍", "👎", "为什么"]]
    assert [button.callback_data for button in markup.inline_keyboard[-1]] == ["up:7", "down:7", "why:7"]


def test_a_button_that_telegram_would_refuse_does_not_cost_the_answer() -> None:
    choices = (
        Choice.model_construct(label="长", token="备" * 30),
        Choice(label=" ", token="x"),
        Choice(label="好", token="ok"),
    )
    with capture_logs() as logs:
        markup = keyboard(Reply(text="?", choices=choices))
    assert markup is not None
    assert [[button.text for button in row] for row in markup.inline_keyboard] == [["好"]]
    assert len(logs) == 2
