"""The chat page over the whole application, in a real browser."""

from __future__ import annotations

import zipfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Page, expect

from bot.app import build_web
from bot.channels.webchat import WebChat
from bot.core import Core
from bot.storage.seminars.seminars import Seminars
from handlers.domain.messages import Address
from handlers.domain.seminar import LinkPurpose
from tests.support.application import SPRING_2025, settings_for, whole
from tests.support.documents import PEOPLE, roster
from tests.support.seminars import number_of, registered

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}
Fixture = Any


@pytest_asyncio.fixture(loop_scope="session")
async def core(tmp_path: Path) -> AsyncIterator[Core]:
    async with whole(tmp_path) as core:
        yield core


@pytest.fixture
def webchat() -> WebChat:
    return WebChat()


@pytest.fixture
def app_factory(core: Core, webchat: WebChat, tmp_path: Path) -> Callable[[], web.Application]:
    return lambda: build_web(core, settings_for(tmp_path), webchat, [])


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
async def test_ask_unfold_the_clause_reload_and_still_see_it(
    visit: Fixture, viewport: dict[str, int], tmp_path: Path
) -> None:
    visitor = await visit(viewport=viewport)
    page = visitor.page
    await visitor.ask("示范班补助多少")
    answer = page.locator(".theirs").last
    await expect(answer).to_contain_text("每期补助不超过5万元")
    await page.locator("details summary").first.click()
    await expect(page.locator("details blockquote").first).to_contain_text("从人力资源和社会保障业务经费中列支")
    await page.screenshot(path=tmp_path / "answer.png")
    await page.reload()
    await expect(page.locator(".theirs").last).to_contain_text("每期补助不超过5万元")
    assert visitor.errors == []


async def test_a_choice_narrows_the_answer(visit: Fixture) -> None:
    page = (visitor := await visit(viewport=PHONE)).page
    await visitor.ask("至少多少人")
    await page.get_by_role("button", name="国家级", exact=True).click()
    await expect(page.locator(".theirs").last).to_contain_text("国家级（2025年）：每期不少于50人")


async def test_a_message_written_while_the_line_is_down_arrives_once(visit: Fixture, core: Core, site: Fixture) -> None:
    page = (visitor := await visit(viewport=PHONE)).page
    await visitor.ask("示范班补助多少")
    await expect(page.locator(".theirs").last).to_contain_text("5万元")
    await site.stop()
    await visitor.ask("工程专项补助多少")
    await site.start()
    await expect(page.locator(".theirs").last).to_contain_text("省级人才工作经费", timeout=20_000)
    await page.reload()
    await expect(page.locator(".theirs").last).to_contain_text("省级人才工作经费")
    assert (await page.locator(".said").all_inner_texts()).count("工程专项补助多少") == 1


async def presses(page: Page, name: str) -> None:
    """Press the newest button that begins so, and wait for the answer."""
    before = await page.locator(".theirs").count()
    await page.locator(".choices button", has_text=name).first.click()
    await expect(page.locator(".theirs")).to_have_count(before + 1)


@pytest.mark.parametrize("kind", ["国家级", "省级示范", "工程领域专项", "省级普通"])
@pytest.mark.parametrize("funding", ["财政资助", "自筹经费"])
async def test_a_seminar_is_registered_and_its_settlement_pack_downloaded_across_a_restart(
    visit: Fixture, site: Fixture, tmp_path: Path, kind: str, funding: str
) -> None:
    visitor = await visit(viewport=PHONE)
    page = visitor.page
    await visitor.ask(f"登记 {kind} {funding} 6月10日到14日 福州 60人 线上20人 工作人员6人")
    await expect(page.locator(".theirs").last).to_contain_text("研修班叫什么名称")
    await site.stop()
    await visitor.ask("数字经济研修班")
    await site.start()
    await expect(page.locator(".theirs").last).to_contain_text("已记下：研修班名称", timeout=20_000)
    while await page.locator(".choices button", has_text="先跳过").count():
        await presses(page, "先跳过")
    await presses(page, "保存登记")
    await expect(page.locator(".theirs").last).to_contain_text("✅ 已登记")
    await presses(page, "材料文档")
    await presses(page, "结算材料包")
    async with page.expect_download() as waiting:
        await page.locator(".attachment button").last.click()
    file = await (await waiting.value).path()
    assert zipfile.ZipFile(file).namelist()[1] == "00-封面.docx"
    await expect(page.locator(".attachment .state").last).to_have_text("已下载")
    await page.screenshot(path=tmp_path / "pack.png")
    assert visitor.errors == []


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
async def test_a_trainee_list_is_sent_by_the_paperclip_and_still_there_after_reload(
    visit: Fixture, viewport: dict[str, int], tmp_path: Path
) -> None:
    page = (visitor := await visit(viewport=viewport)).page
    await visitor.ask("/new 示范班 6月10到13日 福州 60人 线上20 工作人员6人")
    await expect(page.locator(".choices")).to_be_visible()
    while await page.locator(".choices button", has_text="先跳过").count():
        await presses(page, "先跳过")
    await presses(page, "保存登记")
    await presses(page, "网页时间轴")
    await expect(page.locator(".theirs a").last).to_be_visible()
    assert await page.evaluate("document.querySelector('#scroller').scrollWidth <= innerWidth")
    before = await page.locator(".theirs").count()
    payload = {"name": "名单.xlsx", "mimeType": "application/octet-stream", "buffer": roster(PEOPLE, online=20)}
    await page.locator("#file").set_input_files([payload])
    await expect(page.locator(".theirs")).to_have_count(before + 1)
    answer = page.locator(".theirs").last
    await expect(answer).to_contain_text("名单上30人")
    await page.screenshot(path=tmp_path / "upload.png")
    await page.reload()
    await expect(page.locator(".theirs").last).to_contain_text("名单上30人")
    assert "📎 名单.xlsx" in await page.locator(".said").all_inner_texts()
    bad = {"name": "名单.xlsx", "mimeType": "application/octet-stream", "buffer": b"nonsense"}
    await page.locator("#file").set_input_files([bad])
    await expect(page.locator(".mine").last).to_contain_text("认不出这个文件")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_seminars_page_fits_any_screen_and_breaks_no_content_rule(
    visit: Fixture, viewport: dict[str, int], scheme: str, core: Core, site: Fixture, tmp_path: Path
) -> None:
    page = (visitor := await visit(viewport=viewport, color_scheme=scheme)).page
    number = number_of(await registered(core, "示范班 6月10到13日 福州 60人 线上40 工作人员6人"))
    person = await Seminars(core.database).person(Address(channel="test", id="amy"), SPRING_2025)
    secret = await core.links.open(person, int(number), LinkPurpose.PAGE, SPRING_2025)
    await page.goto(f"{site.url.rstrip('/')}/seminar/{secret}")
    await expect(page.locator("svg circle").first).to_be_visible()
    await page.locator("summary").first.click()
    await expect(page.locator("blockquote").first).to_be_visible()
    await page.screenshot(path=tmp_path / "seminar.png", full_page=True)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert visitor.errors == []
