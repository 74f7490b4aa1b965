"""All kinds and fundings on Telegram, from /new to the settlement pack, with a restart in the middle.

The transcripts stand in tests/dialogs/recorded, to be read; a changed one is written anew when deleted.
"""

from __future__ import annotations

import io
import zipfile
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from bot.channels.telegram.channel import TelegramChannel
from bot.core import Core
from handlers.texts import conversation as texts
from handlers.texts import registration as registration_texts
from tests.support.application import whole
from tests.support.documents import roster
from tests.support.fake_telegram import FakeTelegram, Person, Sent, running
from tests.support.paths import RECORDED

KINDS = ("国家级", "省级示范", "工程领域专项", "省级普通")
FUNDINGS = ("财政资助", "自筹经费")
MOST = 120
WANTED = (texts.MARK_LABELS["handed_in"], texts.TODAY_LABEL, texts.SKIP_LABEL, texts.NEXT_LABEL)


LIST = roster([f"学员{number}号" for number in "一二三四五六七八九十"], online=3)


def serving_files(telegram: FakeTelegram, core: Core) -> AbstractAsyncContextManager[TelegramChannel]:
    """The channel with everything it needs for files."""
    return running(telegram, core.dispatch, fetch=core.documents.fetch, receive=core.files.receive)


def labels(sent: Sent) -> list[str]:
    return [label for row in sent.buttons for label in row]


async def pressed(person: Person, sent: Sent, *wanted: str) -> Sent:
    """Press the first of these buttons that is there; the last message that comes back."""
    label = next(label for label in wanted if label in labels(sent))
    return (await person.presses(label))[-1]


async def registers(person: Person, kind: str, funding: str) -> Sent:
    await person.says("/new")
    await person.presses(kind)
    for said in ("数字经济研修班", "6月10日", "5天", "60", "20", "6"):
        [asked] = await person.says(said)
    if funding in labels(asked):
        [asked] = await person.presses(funding)
    said = ("福州", "某大学", "某局")
    for words in ("5万元", *said) if registration_texts.ASK_SUBSIDY in asked.text else said:
        [asked] = await person.says(words)
    return await pressed(person, asked, texts.SAVE_LABEL)


async def works_through(person: Person, sent: Sent) -> Sent:
    """Press on until nothing is left to do."""
    for _ in range(MOST):
        if texts.ALL_DONE in sent.text:
            break
        sent = await pressed(person, sent, *WANTED)
    return sent


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("funding", FUNDINGS)
async def test_a_seminar_goes_from_registration_to_its_settlement_pack(tmp_path: Path, kind: str, funding: str) -> None:
    async with FakeTelegram() as telegram:
        amy = telegram.person(1001)
        async with whole(tmp_path) as core, serving_files(telegram, core):
            card = await registers(amy, kind, funding)
            assert registration_texts.REGISTERED in card.text
            asked = await pressed(amy, await pressed(amy, card, texts.NEXT_LABEL), texts.MARK_LABELS["handed_in"])
        telegram.lines.append("——（程序重启）——")
        async with whole(tmp_path) as core, serving_files(telegram, core):
            asked = await pressed(amy, asked, texts.YESTERDAY_LABEL)
            done = await works_through(amy, asked)
            assert texts.ALL_DONE in done.text
            await amy.sends_file("学员名单.xlsx", LIST)
            await amy.says("我的研修班")
            await amy.presses(texts.DOCUMENTS_LABEL)
            assert "结算材料包" in labels(telegram.sent[-1])
            await amy.presses("结算材料包")
    pack = zipfile.ZipFile(io.BytesIO(telegram.files["数字经济研修班-结算材料包.zip"]))
    assert pack.testzip() is None
    assert "00-封面.docx" in pack.namelist()
    sent = [name for name in pack.namelist() if name.endswith("-学员名单.xlsx") and pack.read(name) == LIST]
    assert bool(sent) is ("已归入“学员名单”" in "".join(telegram.lines))
    compare(f"{kind}-{funding}", "\n".join(telegram.lines) + "\n")


def compare(name: str, transcript: str) -> None:
    """The transcript is the one kept; where none is kept, this one is from now on."""
    path = RECORDED / f"{name}.txt"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        path.write_text(transcript, encoding="utf-8")
        pytest.fail(f"recorded {path.name}: read it, then keep it")
    assert transcript == path.read_text(encoding="utf-8")
