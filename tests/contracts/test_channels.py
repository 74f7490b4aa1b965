"""What every channel keeps to, whatever its platform."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.channels.base import PermanentSendError, SendError, TemporarySendError
from handlers.domain.messages import Choice, Citation, Notification, Reply
from tests.contracts.rigs import RIGS, Rig, longest
from tests.contracts.script import CALENDAR, Script
from tests.support.fake_telegram import until

CHOICES = (Choice(label="国家级", token="kind:1"), Choice(label="省级示范", token="kind:2"))
QUOTE = "“省级示范每期不超过5万元。”"
CITED = Citation(notice="n", plan_year="2025", clause="三", quote="省级示范每期不超过5万元。", title="通知")
LONG = "".join(f"第{n}条：材料要齐全👨‍👩‍👧，期限别错过。" + "\n" * (n % 3 == 0) for n in range(300))
NASTY = "<b>名称</b> &lt; ]]> </xml> [链接](http://example.invalid) {{ 7*7 }} %s \r\nBcc: evil@example.com"


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture(params=list(RIGS), ids=lambda kind: kind.name)
async def rig(request: pytest.FixtureRequest, tmp_path: Path, script: Script) -> AsyncIterator[Rig]:
    async with RIGS[request.param](tmp_path, script) as rig:
        yield rig


@pytest.fixture(params=[kind for kind in RIGS if kind.converses], ids=lambda kind: kind.name)
async def talk(request: pytest.FixtureRequest, tmp_path: Path, script: Script) -> AsyncIterator[Rig]:
    """Only channels that people write to."""
    async with RIGS[request.param](tmp_path, script) as rig:
        yield rig


@pytest.fixture(params=[kind for kind in RIGS if kind.name != "terminal"], ids=lambda kind: kind.name)
async def remote(request: pytest.FixtureRequest, tmp_path: Path, script: Script) -> AsyncIterator[Rig]:
    """Only channels whose other end can be away."""
    async with RIGS[request.param](tmp_path, script) as rig:
        yield rig


def unasked(reply: Reply) -> Notification:
    return Notification(reply=reply, subject=reply.text.splitlines()[0], last=True)


def letters(text: str) -> str:
    """Without the whitespace that splitting may drop."""
    return re.sub(r"\s", "", text)


async def test_what_is_said_is_answered(talk: Rig, script: Script) -> None:
    script.reply = Reply(text="示范班每期5万元", citations=(CITED,))
    await talk.says("示范班补助多少")
    assert [incoming.text for incoming in script.performed] == ["示范班补助多少"]
    await until(lambda: any("示范班每期5万元" in text for text in talk.seen()))
    if talk.name != "web":  # the page unfolds it
        assert any(CITED.quote in text for text in talk.seen())


async def test_a_message_delivered_twice_is_performed_and_answered_once(talk: Rig, script: Script) -> None:
    script.reply = Reply(text="只说一次")
    await talk.says("问")
    await until(lambda: talk.seen())
    await talk.repeats()
    await asyncio.sleep(0.2)
    assert len(script.performed) == 1
    times = sum("只说一次" in text for text in talk.seen())
    assert times == 1 or talk.name == "web"  # a page that repeats a message has lost its answer, and gets it again


async def test_a_long_answer_arrives_whole_in_parts_the_platform_takes(talk: Rig, script: Script) -> None:
    script.reply = Reply(text=LONG)
    await talk.says("问")
    await asyncio.sleep(0.5)
    await talk.reads_on()
    await until(lambda: letters(LONG) in letters("".join(talk.seen())), 10)
    assert talk.limit is None or longest(talk) <= talk.limit
    assert not any("�" in text or text.startswith("\u200d") for text in talk.seen())


async def test_a_long_push_arrives_whole_in_parts_the_platform_takes(rig: Rig) -> None:
    text = LONG[:1500]
    await rig.push(unasked(Reply(text=text)))
    await until(lambda: letters(text) in letters("".join(rig.seen())), 15)
    assert rig.limit is None or longest(rig) <= rig.limit


async def test_a_choice_comes_back_as_its_token(talk: Rig, script: Script) -> None:
    script.reply = Reply(text="哪一类？", choices=CHOICES)
    await talk.says("至少多少人")
    await talk.chooses(2)
    assert script.performed[-1].choice == "kind:2"


async def test_choices_of_a_push_show_no_tokens(rig: Rig) -> None:
    await rig.push(unasked(Reply(text="还有3天", choices=CHOICES)))
    await until(lambda: rig.seen())
    assert not any("kind:" in text for text in rig.seen())


async def test_a_photo_is_handed_in(talk: Rig, script: Script) -> None:
    await talk.sends_photo()
    await until(lambda: script.performed)
    file = script.performed[-1].file
    assert file is not None
    assert file.id is not None or file.problem


async def test_a_file_of_a_reply_comes_or_a_way_to_it(talk: Rig, script: Script) -> None:
    script.reply = Reply(text="给您", files=(CALENDAR,))
    await talk.says("日程")
    await until(talk.got_file)


async def test_something_strange_is_declined_and_the_conversation_goes_on(talk: Rig, script: Script) -> None:
    await talk.sends_strange()
    strange = [incoming for incoming in script.performed if incoming.unsupported is None and not incoming.text]
    assert strange == []
    await talk.says("邮编")
    assert script.performed[-1].text == "邮编"


async def test_a_temporary_failure_is_told_as_one(remote: Rig) -> None:
    remote.fail(for_good=False)
    with pytest.raises(TemporarySendError):
        await remote.push(unasked(Reply(text="提醒")))


async def test_a_permanent_failure_is_told_as_one(remote: Rig) -> None:
    if not remote.can_refuse:
        remote.fail(for_good=True)
        with pytest.raises(SendError):  # nobody is there, and may be again
            await remote.push(unasked(Reply(text="提醒")))
        return
    remote.fail(for_good=True)
    with pytest.raises(PermanentSendError):
        await remote.push(unasked(Reply(text="提醒")))


async def test_words_stay_words_whatever_they_look_like(rig: Rig, script: Script) -> None:
    await rig.push(unasked(Reply(text=NASTY)))
    await until(lambda: rig.seen())
    shown = letters("".join(rig.seen()))
    assert letters(NASTY) in shown
    if rig.converses:
        script.reply = Reply(text=NASTY, citations=(CITED,))
        await rig.says(NASTY)
        assert letters(script.performed[-1].text) == letters(NASTY)
        await until(lambda: letters("".join(rig.seen())).count(letters(NASTY)) == 2)
