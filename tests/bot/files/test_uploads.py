"""Files sent in: what is refused and why, what is read, where it goes, who sees it, when it is gone."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from urllib.parse import quote

import docx
import pytest
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st

from bot.app import build_web
from bot.channels.terminal import TerminalChannel
from bot.channels.webchat import WebChat
from bot.core import Core
from bot.documents.catalogue import TEMPLATES
from bot.files import inspection
from bot.files.inspection import BadFile, Format, clean_name, inspect
from bot.files.rosters import read
from bot.files.sandbox import IsolatedReader
from bot.files.tables import Table
from bot.files.texts import TOO_SLOW, UNREADABLE
from handlers.domain.file import ACCEPTED, FileKind, FileReading
from handlers.domain.messages import Address, Incoming, Reply, SentFile
from handlers.texts import conversation as texts
from handlers.texts import files as file_texts
from tests.support.application import SPRING_2025, say, settings_for, whole
from tests.support.documents import PEOPLE, PNG, build, money, roster, saved, signed, survey, words
from tests.support.fake_telegram import FakeTelegram, running
from tests.support.seminars import number_of, press, registered

IDENTITY = "350102199003078515"
_numbers = count(1)


async def read_file(name: str, data: bytes) -> FileReading:
    return await IsolatedReader()(inspect(name, data), data)


# What is refused


def archive(*entries: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in entries:
            made.writestr(name, data)
    return buffer.getvalue()


def forged_size(data: bytes, size: int) -> bytes:
    """The archive with its central directory claiming another unpacked size."""
    place = data.rindex(b"PK\x01\x02") + 24
    return data[:place] + struct.pack("<I", size) + data[place + 4 :]


BOMB = archive(("xl/workbook.xml", b"x"), ("xl/worksheets/sheet1.xml", b"0" * 30_000_000))


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("名单.xlsx", b"", "空的"),
        ("名单.xlsx", b"hello", ACCEPTED),
        ("名单.xlsx", PNG, "内容却是png"),
        ("照片.jpg", archive(("word/document.xml", b"x")), "内容却是docx"),
        ("名单.xlsm", archive(("xl/workbook.xml", b"x")), "不收带宏的文件"),
        ("名单.xlsx", archive(("xl/workbook.xml", b"x"), ("xl/vbaProject.bin", b"x")), "带有宏"),
        ("名单.xls", inspection.OLD_OFFICE + b"x" * 600, "另存为 .xlsx"),
        ("名单.xlsx", inspection.OLD_OFFICE + b"x" * 600, "打开密码"),
        ("名单.xlsx", archive(("xl/workbook.xml", b"x"))[:-30], "已损坏"),
        ("材料.zip", archive(("a.txt", b"x")), "不收压缩包"),
        ("名单.xlsx", BOMB, "异常庞大"),
        ("名单.xlsx", archive(*((f"{n}", b"") for n in range(2500))), "异常庞大"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_refused_in_words(name: str, data: bytes, said: str) -> None:
    with pytest.raises(BadFile, match=said):
        inspect(name, data)


def test_a_file_beyond_the_limit_is_refused_with_its_size() -> None:
    with pytest.raises(BadFile, match="200MB，超过20MB"):
        inspect("名单.xlsx", bytes(200 * inspection.MEGABYTE))


async def test_a_bomb_that_lies_about_its_size_kills_at_most_its_reader() -> None:
    lying = forged_size(BOMB, 1000)
    with pytest.raises(BadFile):
        await read_file("名单.xlsx", lying)


@pytest.mark.parametrize("name", ["名单.xlsx", "方案.docx", "方案.pdf"])
async def test_a_file_of_the_right_kind_that_cannot_be_opened_is_said_so(name: str) -> None:
    inside = {"名单.xlsx": "xl/workbook.xml", "方案.docx": "word/document.xml"}
    data = archive((inside[name], b"<x/>")) if name in inside else b"%PDF-1.7\n" + b"x" * 100
    with pytest.raises(BadFile, match=UNREADABLE[:6]):
        await read_file(name, data)


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "entities", ['<!ENTITY x SYSTEM "file:///etc/hostname">', f'<!ENTITY l0 "lol">{LAUGHS}<!ENTITY x "&l9;">']
)
async def test_entities_of_a_file_show_nothing_of_this_machine_and_do_not_grow(entities: str) -> None:
    made = zipfile.ZipFile(io.BytesIO(roster(["MARK", *PEOPLE[:2]])))
    sheet = "xl/worksheets/sheet1.xml"
    text = made.read(sheet).decode()
    hostile = f"<!DOCTYPE w [{entities}]>" + text[text.index("<worksheet") :].replace("MARK", "&x;")
    parts = [(name, hostile.encode() if name == sheet else made.read(name)) for name in made.namelist()]
    with pytest.raises(BadFile, match=UNREADABLE[:6]):
        await read_file("名单.xlsx", archive(*parts))


async def test_a_reader_that_takes_too_long_is_stopped() -> None:
    with pytest.raises(BadFile, match=TOO_SLOW[:6]):
        await IsolatedReader(seconds=0.001)(Format.XLSX, roster(PEOPLE))


@given(st.binary(max_size=300), st.text(max_size=200), st.sampled_from([b"", b"PK\x03\x04", b"%PDF-", b"\xff\xd8\xff"]))
def test_any_bytes_under_any_name_are_taken_or_refused_in_words(tail: bytes, name: str, head: bytes) -> None:
    try:
        said = str(inspect(clean_name(name), head + tail)) + "。"
    except BadFile as refused:
        said = str(refused)
    assert said.endswith("。")


@given(st.text(max_size=400))
def test_a_cleaned_name_is_short_bare_and_printable(name: str) -> None:
    cleaned = clean_name(name)
    assert 0 < len(cleaned) <= inspection.MAX_NAME
    assert cleaned.isprintable()
    assert not set(cleaned) & set('/\\<>:"|?*')


CELLS = st.text(alphabet="姓名签到科目张三李四线上1234567890 \n．", max_size=8)


@given(st.lists(st.lists(CELLS, max_size=8).map(tuple), max_size=15).map(tuple), st.text(max_size=50))
def test_any_table_is_read_as_something(rows: tuple[tuple[str, ...], ...], text: str) -> None:
    assert read([Table("表", rows)], text).sort in FileKind


# What is read


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.id)
async def test_every_template_comes_back_as_what_it_is(template: object) -> None:
    which, name, ending = (getattr(template, field) for field in ("id", "name", "ending"))
    sorts = {
        "money": FileKind.MONEY,
        "people": FileKind.TRAINEES,
        "signin": FileKind.SIGN_IN,
        "survey": FileKind.SURVEY,
    }
    reading = await read_file(f"{name}.{ending}", build(which))
    assert reading.sort is sorts.get(which, FileKind.TEXT)
    assert not reading.names
    assert not reading.missing


async def test_a_filled_trainee_list_is_counted_with_its_online_share() -> None:
    reading = await read_file("名单.xlsx", roster([*PEOPLE[:20], PEOPLE[0]], online=5))
    assert (len(reading.names), reading.online, reading.repeated) == (21, 5, (PEOPLE[0],))


async def test_filled_sign_in_sheets_tell_trainees_from_staff_day_by_day() -> None:
    reading = await read_file("签到.xlsx", signed(PEOPLE[:9], ["工作人员某"]))
    assert [(sheet.staff, len(sheet.signed)) for sheet in reading.sign_ins] == [(False, 9), (True, 1)] * 4


async def test_a_filled_survey_and_settlement_table_are_added_up() -> None:
    rated = (await read_file("测评.xlsx", survey())).ratings
    assert [(r.answers, r.satisfied) for r in rated] == [(56, 50)] * 5
    costs = (await read_file("结算.xlsx", money())).costs
    assert [(c.planned, c.spent) for c in costs] == [(10000, 9000.5)] * 3


async def test_a_list_in_a_word_table_is_read_too() -> None:
    document = docx.Document()
    table = document.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "姓 名", "单位"
    for name in PEOPLE[:3]:
        table.add_row().cells[0].text = name
    reading = await read_file("名单.docx", saved(document))
    assert reading.names == tuple(PEOPLE[:3])
    assert "职称" in reading.missing


async def test_identity_and_mobile_numbers_are_counted_but_not_kept() -> None:
    document = docx.Document()
    document.add_paragraph(f"联系人 13800138000，身份证 {IDENTITY}。")
    reading = await read_file("说明.docx", saved(document))
    assert reading.identities == 1
    assert IDENTITY not in reading.model_dump_json()
    assert "13800138000" not in reading.model_dump_json()


# In conversation


@pytest.fixture
async def core(tmp_path: Path) -> AsyncIterator[Core]:
    async with whole(tmp_path) as core:
        yield core


async def send(core: Core, name: str, data: bytes, who: str = "amy") -> Reply:
    address = Address(channel="test", id=who)
    sent = await core.files.receive(address, name, data)
    [reply] = await core.dispatch(Incoming(address=address, message_id=f"f{next(_numbers)}", file=sent))
    return reply


async def test_a_trainee_list_goes_to_its_item_and_changes_the_check_up(core: Core) -> None:
    await registered(core)
    reply = await send(core, "最终版(3).xlsx", roster(PEOPLE, online=20))
    assert "已归入“学员名单”" in reply.text
    assert "名单上30人（登记的是60人）" in reply.text
    assert "其中线上20人，占66.7%" in reply.text
    assert "✗" in reply.text
    assert reply.citations


async def test_signatures_are_held_against_the_list(core: Core) -> None:
    await registered(core)
    asked = await send(core, "签到.xlsx", signed(PEOPLE[:3], []))
    assert file_texts.FILE_NO_ROSTER in asked.text
    await send(core, "名单.xlsx", roster(PEOPLE[:10]))
    reply = await send(core, "签到2.xlsx", signed([*PEOPLE[:9], "陌生人"], ["工作人员某"]))
    assert "签了到但不在名单里（1人）：陌生人" in reply.text
    assert f"在名单里但一次也没签到（1人）：{PEOPLE[9]}" in reply.text
    assert "签到去重：学员10人，工作人员1人" in reply.text


async def test_what_a_plan_lacks_is_named_from_the_notices_parts(core: Core) -> None:
    await registered(core)
    assert file_texts.FILE_PARTS_COMPLETE in (await send(core, "实施方案.docx", build("plan"))).text
    document = docx.Document()
    document.add_paragraph("实施方案")
    document.add_paragraph("课程设置和授课专家名单如下。" * 20)
    reply = await send(core, "实施方案-2.docx", saved(document))
    assert "没有看到：具体时间、地点" in reply.text
    assert "课程设置" not in reply.text


async def test_costs_the_notice_does_not_name_are_pointed_out(core: Core) -> None:
    await registered(core)
    reply = await send(core, "结算.xlsx", money())
    assert "预算合计30000元" in reply.text
    assert "决算合计27001.5元" in reply.text


async def test_a_file_nobody_can_place_is_asked_about_and_can_be_moved(core: Core) -> None:
    await registered(core)
    asked = await send(core, "IMG_2041.png", PNG)
    assert "它是清单里的哪一项" in asked.text
    placed = await press(core, asked, "结算·图文动态信息")
    assert "已归入“图文动态信息”" in placed.text
    moved = await press(
        core, await press(core, placed, file_texts.FILE_OTHER_ITEM_LABEL), file_texts.FILE_NO_ITEM_LABEL
    )
    assert moved.text.startswith("📎 “IMG_2041.png”已存在这期研修班里")


async def test_with_two_seminars_it_is_asked_which_one(core: Core) -> None:
    await registered(core)
    await registered(core, "国家级 7月1到5日 福州")
    asked = await send(core, "名单.xlsx", roster(PEOPLE))
    assert "放到哪一期" in asked.text
    assert "已归入" in (await press(core, asked, "省级示范")).text


async def test_without_a_seminar_the_file_waits_a_day_for_one(core: Core) -> None:
    reply = await send(core, "名单.xlsx", roster(PEOPLE))
    assert "还没有可以修改的研修班" in reply.text
    assert (
        file_texts.FILE_DELETED.format(name="名单.xlsx")
        == (await press(core, await press(core, reply, file_texts.FILE_DELETE_LABEL), texts.REMOVE_YES)).text
    )


async def test_a_refused_file_is_answered_with_its_reason(core: Core) -> None:
    assert "已损坏" in (await send(core, "名单.xlsx", roster(PEOPLE)[:-40])).text


async def test_files_are_listed_had_back_and_deleted_after_asking(core: Core) -> None:
    number = number_of(await registered(core))
    assert ACCEPTED in (await say(core, choice=f"files:{number}")).text
    data = roster(PEOPLE)
    await send(core, "名单.xlsx", data)
    listed = await say(core, choice=f"files:{number}")
    assert "名单.xlsx——学员名单，4月15日" in listed.text
    shown = await press(core, listed, "名单.xlsx")
    (attachment,) = (await press(core, shown, file_texts.FILE_GET_LABEL)).files
    file = await core.documents.fetch(Address(channel="test", id="amy"), attachment.token)
    assert file is not None
    assert file.data == data
    asked = await press(core, shown, file_texts.FILE_DELETE_LABEL)
    assert "名单.xlsx——" in (await say(core, choice=f"files:{number}")).text
    await press(core, asked, texts.REMOVE_YES)
    assert (await press(core, listed, "名单.xlsx")).text == file_texts.FILE_GONE
    assert await core.documents.fetch(Address(channel="test", id="amy"), attachment.token) is None


async def test_the_pack_takes_what_was_sent_in_the_place_of_templates(core: Core) -> None:
    number = number_of(await registered(core))
    data = roster(PEOPLE)
    await send(core, "名单.xlsx", data)
    for name in ("合影一.png", "合影二.png"):
        await press(core, await send(core, name, PNG + name.encode()), "结算·图文动态信息")
    file = await core.documents.fetch(Address(channel="test", id="amy"), f"file:{number}:pack")
    assert file is not None
    pack = zipfile.ZipFile(io.BytesIO(file.data))
    assert pack.read("04-名单.xlsx") == data
    assert {"08-合影一.png", "08-合影二.png"} <= set(pack.namelist())
    assert "已附" in words(pack.read("00-封面.docx"))


def forbidden(number: str, file: str) -> Iterator[str]:
    yield from (f"upload:{file}", f"upload:{file}:get", f"upload:{file}:del", f"upload:{file}:gone")
    yield from (f"files:{number}", f"put:{file}:{number}:none", f"put:{file}:{number}")


async def test_a_stranger_sees_no_file_and_a_reader_changes_none(core: Core) -> None:
    card = await registered(core)
    number = number_of(card)
    reply = await send(core, "名单.xlsx", roster(PEOPLE))
    file = next(c.token.split(":")[1] for c in reply.choices if c.token.startswith("upload:"))
    for token in forbidden(number, file):
        assert (await say(core, choice=token, who="eve")).text in {file_texts.FILE_GONE, texts.NOT_YOURS}
    assert await core.documents.fetch(Address(channel="test", id="eve"), f"sent:{file}") is None
    code = (await press(core, await press(core, card, texts.TEAM_LABEL), "邀请（只查看）")).text.split("加入 ")[1][:6]
    await say(core, f"加入 {code}", who="ben")
    assert "名单上30人" in (await say(core, choice=f"upload:{file}", who="ben")).text
    for token in (f"upload:{file}:gone", f"upload:{file}:del", f"put:{file}:{number}:none"):
        assert (await say(core, choice=token, who="ben")).text == texts.READ_ONLY
    assert "还没有可以修改的研修班" in (await send(core, "他的.xlsx", roster(PEOPLE[:2]), who="ben")).text


async def test_nobody_moves_a_seminars_file_to_another_seminar(core: Core) -> None:
    first = number_of(await registered(core))
    reply = await send(core, "名单.xlsx", roster(PEOPLE))
    file = next(c.token.split(":")[1] for c in reply.choices if c.token.startswith("upload:"))
    second = number_of(await registered(core, "国家级 7月1到5日 福州"))
    assert first != second
    assert (await say(core, choice=f"put:{file}:{second}:none")).text == file_texts.FILE_GONE


async def test_files_are_forgotten_when_their_time_is_over(tmp_path: Path) -> None:
    async with whole(tmp_path) as core:
        number = number_of(await registered(core))
        await send(core, "名单.xlsx", roster(PEOPLE))
        await send(core, "别人的.xlsx", roster(PEOPLE[:2]), who="eve")
        assert await core.files.purge() == 0
    async with whole(tmp_path, SPRING_2025 + timedelta(days=2)) as core:
        assert await core.files.purge() == 1
        assert "名单.xlsx" in (await say(core, choice=f"files:{number}")).text
    async with whole(tmp_path, SPRING_2025 + timedelta(days=181)) as core:
        assert await core.files.purge() == 1
        assert ACCEPTED in (await say(core, choice=f"files:{number}")).text


async def test_a_file_sent_through_telegram_is_fetched_and_answered(core: Core) -> None:
    async with (
        FakeTelegram() as telegram,
        running(telegram, core.dispatch, fetch=core.documents.fetch, receive=core.files.receive),
    ):
        lin = telegram.person(1001)
        await lin.says("/new 示范班 6月10到13日 福州 60人 线上20 工作人员6人")
        while texts.SAVE_LABEL not in telegram.sent[-1].tokens:
            await lin.presses(texts.SKIP_LABEL)
        await lin.presses(texts.SAVE_LABEL)
        data = roster(PEOPLE)
        [answer] = await lin.sends_file("名单.xlsx", data)
        assert "名单上30人" in answer.text
        await lin.presses(file_texts.FILE_GET_LABEL)
        assert telegram.files["名单.xlsx"] == data
        [refused] = await lin.sends_file("名单.xlsx", b"nonsense")
        assert ACCEPTED in refused.text


async def test_a_file_uploaded_by_a_page_belongs_to_its_session_alone(core: Core, tmp_path: Path) -> None:
    session = "s" * 30
    headers = {"X-Session": session, "X-Name": quote("名单.xlsx")}
    app = build_web(core, settings_for(tmp_path), WebChat(), [])
    async with TestClient(TestServer(app)) as client:
        answer = await client.post("/upload", data=roster(PEOPLE), headers=headers)
        kept = await answer.json()
        assert (answer.status, kept["name"]) == (200, "名单.xlsx")
        reply = await say(core, file=SentFile(name="名单.xlsx", id=kept["id"]), who="eve")
        assert reply.text == file_texts.FILE_GONE
        for bad, status in (
            ({"data": b"x"}, 422),
            ({"data": io.BytesIO(bytes(21 * inspection.MEGABYTE))}, 413),
            ({"headers": headers | {"X-Session": "short"}}, 400),
            ({"headers": {"X-Session": session}}, 400),
            ({"headers": headers | {"Origin": "https://evil.example"}}, 403),
        ):
            answer = await client.post("/upload", **({"data": b"y", "headers": headers} | bad))
            assert answer.status == status
            assert (await answer.json())["error"].endswith("。")


async def test_a_file_of_this_machine_is_sent_from_the_terminal(core: Core, tmp_path: Path) -> None:
    (tmp_path / "名单.xlsx").write_bytes(roster(PEOPLE))
    lines = iter([f"/file {tmp_path}/名单.xlsx", "/file nowhere.xlsx", "退出"])
    said: list[str] = []
    channel = TerminalChannel(
        core.dispatch, lambda _: next(lines), said.append, core.documents.fetch, core.files.receive
    )
    await channel.run()
    assert any("收到了“名单.xlsx”" in line for line in said)
    assert any(line.startswith("文件读不了 nowhere.xlsx") for line in said)


async def test_the_same_file_sent_twice_is_kept_once(core: Core) -> None:
    address = Address(channel="test", id="amy")
    data = roster(PEOPLE)
    first, again = [await core.files.receive(address, "名单.xlsx", data) for _ in range(2)]
    assert first.id == again.id
