"""Documents: filled from the seminar, their parts from the notice, only for the team."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar
from openpyxl import load_workbook

from bot.app import build_web
from bot.channels.webchat import WebChat
from bot.core import Core
from bot.documents.catalogue import BY_ID, CALENDAR, PACK, TEMPLATES
from bot.documents.dossier import DISCLAIMER
from bot.documents.service import File
from bot.documents.timeline import WIDTH, timeline
from handlers.domain.messages import Address
from handlers.domain.seminar import Answers, LinkPurpose
from handlers.texts import conversation as texts
from knowledge.model.notice import Funding, SeminarKind, Stage
from knowledge.model.snapshot import Knowledge
from tests.support.application import say, settings_for, whole
from tests.support.documents import ANSWERS, build, dossier, words
from tests.support.knowledge import shipped
from tests.support.seminars import number_of, press, registered

KNOWLEDGE = shipped()


def values(data: bytes, name: str | None = None) -> list[tuple[object, ...]]:
    book = load_workbook(io.BytesIO(data))
    return list((book[name] if name else book.worksheets[0]).iter_rows(values_only=True))


def test_the_implementation_plan_has_a_section_for_every_part_the_notice_names() -> None:
    text = words(build("plan"))
    (parts,) = [f.items for f in KNOWLEDGE.notices[1].facts if f.parts_of == "实施方案"]
    positions = [text.index(f"{number}. {part}") for number, part in enumerate(parts, start=1)]
    assert positions == sorted(positions)
    assert "2025年6月10日（周二）至2025年6月13日（周五），共4天" in text
    assert "学员60人，其中线上20人；工作人员6人。" in text


def test_a_part_added_by_a_notice_appears_without_a_code_change() -> None:
    notice = KNOWLEDGE.notices[1]
    facts = tuple(
        f.model_copy(update={"items": (*f.items, "安全预案")}) if f.parts_of == "实施方案" else f for f in notice.facts
    )
    changed = Knowledge((notice.model_copy(update={"facts": facts}),), KNOWLEDGE.topics, KNOWLEDGE.vocabulary)
    assert "10. 安全预案" in words(build("plan", dossier(knowledge=changed)))


def test_the_settlement_table_lists_the_notices_categories_of_cost_and_adds_up() -> None:
    rows = values(build("money"))
    (categories,) = [f.items for f in KNOWLEDGE.notices[1].facts if f.parts_of == "经费结算表"]
    first = next(n for n, row in enumerate(rows) if row[0] == "科目") + 1
    assert tuple(row[0] for row in rows[first : first + len(categories)]) == categories
    total = next(row for row in rows if row[0] == "合计")
    assert total[1] == f"=SUM(B{first + 1}:B{first + len(categories) + 1})"


def test_sign_in_sheets_exist_for_every_day_of_trainees_and_of_staff() -> None:
    book = load_workbook(io.BytesIO(build("signin")))
    days = ("6月10日", "6月11日", "6月12日", "6月13日")
    assert book.sheetnames == [f"{day}{who}" for day in days for who in ("学员", "工作人员")]
    assert values(build("signin"), "6月10日学员")[-1][0] == 60
    assert values(build("signin"), "6月10日工作人员")[-1][0] == 6


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.id)
@pytest.mark.parametrize("kind", list(SeminarKind))
def test_every_document_of_every_kind_says_that_it_is_no_official_form(template: object, kind: SeminarKind) -> None:
    which = getattr(template, "id")  # noqa: B009
    data = build(which, dossier(Answers(kind=kind, title="甲")))
    shown = words(data) if BY_ID[which].ending == "docx" else str(values(data))
    assert DISCLAIMER in shown


def test_the_pack_holds_the_materials_in_the_notices_order_with_true_digests() -> None:
    archive = zipfile.ZipFile(io.BytesIO(build("pack")))
    names = archive.namelist()
    assert names[:2] == ["00-清单与校验.txt", "00-封面.docx"]
    listed = [item.title for item in dossier().assessment.items if item.stage is Stage.SETTLEMENT]
    assert [int(name[:2]) for name in names[2:]] == [
        number for number, title in enumerate(listed, start=1) if any(t.name == title for t in TEMPLATES)
    ]
    for line in archive.read(names[0]).decode().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256(archive.read(name)).hexdigest() == digest
    cover = words(archive.read(names[1]))
    assert "补助款票据（附户名、账号、开户行）" in cover
    assert "最晚2025年7月13日（稳妥：7月11日前）" in cover
    assert "报送：省人社厅职业能力建设处" in cover


def test_each_route_of_settlement_has_its_own_receiver() -> None:
    fiscal = Answers(kind=SeminarKind.NATIONAL, funding=Funding.FISCAL, closing=date(2025, 6, 13))
    cover = words(zipfile.ZipFile(io.BytesIO(build("pack", dossier(fiscal)))).read("00-封面.docx"))
    assert "报送：人社部事业单位人事服务中心" in cover
    regular = Answers(kind=SeminarKind.PROVINCIAL_REGULAR, closing=date(2025, 6, 13))
    cover = words(zipfile.ZipFile(io.BytesIO(build("pack", dossier(regular)))).read("00-封面.docx"))
    assert "通知未作规定" in cover


def test_the_calendar_keeps_its_ids_when_dates_move() -> None:
    moved = ANSWERS.model_copy(update={"opening": date(2025, 6, 20), "closing": date(2025, 6, 23)})
    before, after = ({str(e["UID"]): e["DTSTART"].dt for e in feed(answers)} for answers in (ANSWERS, moved))
    assert before.keys() == after.keys()
    assert date(2025, 5, 9) in before.values()
    assert date(2025, 5, 20) in after.values()


def feed(answers: Answers) -> list[Calendar]:
    return [*Calendar.from_ical(CALENDAR.build(dossier(answers))).walk("VEVENT")]


def test_a_document_of_an_uncovered_year_names_its_notice_as_reference() -> None:
    later = ANSWERS.model_copy(update={"opening": date(2026, 6, 10), "closing": date(2026, 6, 13)})
    assert "参照2025年通知：依据《" in words(build("plan", dossier(later)))


@pytest.fixture
async def core(tmp_path: Path) -> AsyncIterator[Core]:
    async with whole(tmp_path) as core:
        yield core


async def fetched(core: Core, token: str, who: str = "amy") -> File | None:
    return await core.documents.fetch(Address(channel="test", id=who), token)


async def test_a_document_is_offered_handed_over_and_made_anew_each_time(core: Core) -> None:
    card = await registered(core)
    reply = await press(core, await press(core, card, texts.DOCUMENTS_LABEL), "实施方案")
    (attachment,) = reply.files
    first = await fetched(core, attachment.token)
    assert first is not None
    assert first.name == attachment.name
    assert "福州" in words(first.data)


async def test_nobody_else_gets_a_file_even_with_its_token(core: Core) -> None:
    number = number_of(await registered(core))
    assert await fetched(core, f"file:{number}:plan", "eve") is None
    for token in ("file:x:plan", "file:999:plan", f"file:{number}:secrets", "", "file"):
        assert await fetched(core, token) is None


def test_file_names_hold_nothing_a_file_system_refuses() -> None:
    assert PACK.file_name('../a/b\\c:"研修*班"?<>|') == "abc研修班-结算材料包.zip"


async def test_a_subscribed_calendar_follows_changes_until_it_is_stopped(tmp_path: Path) -> None:
    async with whole(tmp_path, public_url="https://yanxiu.example") as core:
        number = number_of(await registered(core))
        calendar = build_web(core, settings_for(tmp_path), WebChat(), [])
        async with TestClient(TestServer(calendar)) as client:
            said = await say(core, choice=f"link:{number}:calendar")
            path = said.text.split("https://yanxiu.example")[1].split("\n")[0]
            assert "20250509" in await (await client.get(path)).text()
            await press(core, await say(core, choice=f"change:{number}"), "报到")
            await press(core, await say(core, "6月20日"), texts.CONFIRM_CHANGE_LABEL)
            assert "20250520" in await (await client.get(path)).text()
            assert (await press(core, said, texts.STOP_LINK_LABEL)).text == texts.LINK_STOPPED
            assert (await client.get(path)).status == 404
            assert (await client.get("/calendar/" + "x" * 30 + ".ics")).status == 404


async def test_without_a_public_address_there_is_no_subscription_but_a_file(core: Core) -> None:
    number = number_of(await registered(core))
    assert (await say(core, choice=f"link:{number}:calendar")).text == texts.NO_PUBLIC_URL


async def test_whoever_leaves_the_team_loses_the_calendar_too(tmp_path: Path) -> None:
    async with whole(tmp_path, public_url="https://yanxiu.example") as core:
        card = await registered(core)
        number = number_of(card)
        code = (await press(core, await press(core, card, texts.TEAM_LABEL), "邀请（只查看）")).text.split("加入 ")[1][
            :6
        ]
        await say(core, f"加入 {code}", who="ben")
        token = (
            (await say(core, choice=f"link:{number}:calendar", who="ben")).text.split("/calendar/")[1].split(".ics")[0]
        )
        owner = await core.links.owner(token, LinkPurpose.CALENDAR)
        assert owner is not None
        assert await core.documents.linked(*owner, LinkPurpose.CALENDAR) is not None
        await press(core, await say(core, choice=f"team:{number}", who="ben"), texts.LEAVE_TEAM_LABEL, "ben")
        assert await core.documents.linked(*owner, LinkPurpose.CALENDAR) is None


async def test_the_page_shows_the_seminar_to_whoever_holds_its_address_until_it_is_stopped(tmp_path: Path) -> None:
    async with whole(tmp_path, public_url="https://yanxiu.example") as core:
        number = number_of(await registered(core))
        app = build_web(core, settings_for(tmp_path), WebChat(), [])
        async with TestClient(TestServer(app)) as client:
            said = await press(core, await say(core, choice=f"seminar:{number}"), texts.PAGE_LABEL)
            path = said.text.split("https://yanxiu.example")[1].split("\n")[0]
            shown = await (await client.get(path)).text()
            for words in ("省级示范研修班", "5月9日", "线上20人，占总人数60人的33.3%", "未作规定"):
                assert words in shown
            assert (await client.get(path)).headers["Cache-Control"] == "no-store"
            assert (await client.get(path.replace("/seminar/", "/calendar/") + ".ics")).status == 404
            await press(core, said, texts.STOP_LINK_LABEL)
            assert (await client.get(path)).status == 404


async def test_a_title_full_of_markup_is_shown_as_it_was_typed(core: Core) -> None:
    shown = BY_ID["page"].build(dossier(ANSWERS.model_copy(update={"title": "<script>alert(1)</script>"}))).decode()
    assert "<script" not in shown
    assert "&lt;script&gt;" in shown


@given(opening=st.dates(date(2023, 1, 1), date(2030, 12, 31)), days=st.integers(1, 60))
def test_every_mark_of_the_timeline_lies_on_it_in_the_order_of_its_day(opening: date, days: int) -> None:
    closing = opening + timedelta(days=days - 1)
    line = timeline(dossier(ANSWERS.model_copy(update={"opening": opening, "closing": closing})))
    assert line is not None
    assert line.span is not None
    places = [mark.x for mark in line.marks]
    assert places == sorted(places)
    assert all(0 <= x <= WIDTH for x in (*places, *line.span, line.today))
    assert len(line.months) <= 8


def test_without_dates_of_its_own_the_line_shows_those_the_notice_fixes() -> None:
    line = timeline(dossier(Answers(kind=SeminarKind.PROVINCIAL_REGULAR)))
    assert line is not None
    assert line.span is None
    assert [mark.titles for mark in line.marks] == [("完成办班",)]


def test_without_any_date_there_is_no_timeline_but_a_page() -> None:
    notice = KNOWLEDGE.notices[1]
    facts = tuple(f.model_copy(update={"deadline": None}) for f in notice.facts)
    undated = Knowledge((notice.model_copy(update={"facts": facts}),), KNOWLEDGE.topics, KNOWLEDGE.vocabulary)
    bare = dossier(Answers(kind=SeminarKind.PROVINCIAL_REGULAR), undated)
    assert timeline(bare) is None
    assert "时间轴" not in BY_ID["page"].build(bare).decode()
