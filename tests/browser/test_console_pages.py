"""The staff console over the whole application, in a real browser, beside an organizer's open chat page."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Page, expect

from bot.app import build_reminders, build_web
from bot.channels.webchat import WebChat
from bot.core import Core
from bot.storage.staff.accounts import StaffRole
from handlers.texts import conversation as texts
from tests.support.application import say, settings_for, whole
from tests.support.console import PASSWORD, SPRING_2026, as_docx, employed, invited, notice_of_2026
from tests.support.seminars import registered

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}
Fixture = Any


@pytest_asyncio.fixture(loop_scope="session")
async def core(tmp_path: Path) -> AsyncIterator[Core]:
    async with whole(tmp_path, SPRING_2026) as core:
        yield core


@pytest.fixture
def webchat() -> WebChat:
    return WebChat()


@pytest.fixture
def app_factory(core: Core, webchat: WebChat, tmp_path: Path) -> Callable[[], web.Application]:
    return lambda: build_web(core, settings_for(tmp_path), webchat, [])


@pytest_asyncio.fixture(loop_scope="session")
async def loops(core: Core, webchat: WebChat) -> AsyncIterator[None]:
    """What `serve` runs beside the web server."""
    reminders = build_reminders(core, [webchat])
    tasks = [asyncio.create_task(work) for work in (reminders.run(), core.desk.live_knowledge.run())]
    yield
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def chat_of(visitor: Fixture) -> str:
    """The session of a chat page."""
    return str(await visitor.page.evaluate("Object.values(localStorage).join(' ')"))


async def sign_in(page: Page, url: str, name: str) -> None:
    await page.goto(f"{url}staff")
    await page.get_by_label("用户名").fill(name)
    await page.get_by_label("密码").fill(PASSWORD)
    await page.get_by_role("button", name="登录").click()
    await expect(page.get_by_role("heading", name="概览")).to_be_visible()


async def register(organizer: Fixture) -> None:
    """A seminar from the chat page; what is not said at once is skipped."""
    chat = organizer.page
    await organizer.ask("登记 示范班 6月10到13日 福州 60人 线上20 工作人员6人")
    save, skip = (chat.get_by_role("button", name=label) for label in (texts.SAVE_LABEL, texts.SKIP_LABEL))
    said = 2
    await expect(chat.locator(".theirs")).to_have_count(said)
    while not await save.count():
        await skip.last.click()
        said += 1
        await expect(chat.locator(".theirs")).to_have_count(said)
    await save.last.click()


async def import_and_review(page: Page) -> None:
    """The file of a following notice, every proposed fact decided."""
    await page.get_by_role("link", name="通知", exact=True).click()
    file = {"name": "2026年通知.docx", "mimeType": "application/octet-stream", "buffer": as_docx(notice_of_2026())}
    await page.get_by_label("通知文件").set_input_files(file)
    await page.get_by_role("button", name="导入并拟定事实").click()
    await expect(page.get_by_role("heading", name="拟定的事实")).to_be_visible(timeout=30_000)

    await page.get_by_role("button", name="采用与上一份逐字相同的").click()
    await page.get_by_role("link", name="待定").click()
    await page.wait_for_url("**show=pending")
    while "待定 0" not in await page.get_by_role("link", name="待定").inner_text():
        await settle_one(page)
    await page.get_by_role("link", name="全部").click()
    background = page.get_by_role("button", name="数字只作背景")
    if await background.count():
        await background.click()
    await expect(page.get_by_text("核对通过")).to_be_visible()


@pytest.mark.usefixtures("loops")
async def test_a_notice_goes_from_file_to_everybodys_answers_and_back(
    visit: Fixture, core: Core, site: Fixture, browser: Fixture, tmp_path: Path
) -> None:
    organizer = await visit(viewport=PHONE)
    chat = organizer.page
    await organizer.ask("国家级班至少多少人")
    await expect(chat.locator(".theirs").last).to_contain_text("50人")
    await register(organizer)
    await expect(chat.locator(".theirs").last).to_contain_text("5月10日")

    context = await browser.new_context(viewport=DESK, locale="zh-CN")
    page = await context.new_page()
    page.set_default_timeout(15_000)
    link = await invited(core, "lin", StaffRole.PUBLISHER)
    await page.goto(site.url.rstrip("/") + link)
    await page.get_by_label("密码（至少10位）").fill(PASSWORD)
    await page.get_by_label("再输一次").fill(PASSWORD)
    await page.get_by_role("button", name="设好密码并登录").click()
    await expect(page.get_by_role("heading", name="概览")).to_be_visible()

    await import_and_review(page)
    await page.get_by_role("link", name="看影响").click()
    await expect(page.locator("main")).to_contain_text("每期不少于60人")
    await expect(page.locator("main")).to_contain_text("受影响的研修班（1期，将通知1人）")
    await expect(page.locator("main")).to_contain_text("安全预案")
    await page.screenshot(path=tmp_path / "impact.png", full_page=True)
    await page.get_by_label("说明").fill("收录2026年实施通知")
    await page.get_by_role("button", name="发布", exact=True).click()
    await expect(page.locator("main")).to_contain_text("已发布")

    published = time.monotonic()
    await expect(chat.locator(".theirs").last).to_contain_text("对您的《", timeout=8_000)
    await expect(chat.locator(".theirs").last).to_contain_text("安全预案")
    await expect(chat.locator(".theirs").last).to_contain_text("4月")
    await organizer.ask("国家级班至少多少人")
    await expect(chat.locator(".theirs").last).to_contain_text("60人")
    assert time.monotonic() - published < 5

    await page.get_by_role("link", name="历次发布").click()
    await page.get_by_role("link", name="恢复到此前").first.click()
    await expect(page.locator("main")).to_contain_text("有1期正在办的研修班依据现行内容")
    await page.screenshot(path=tmp_path / "going_back.png", full_page=True)
    await page.get_by_label("恢复的原因").fill("发布有误")
    await page.get_by_role("button", name="恢复").click()
    await expect(page.locator("main")).to_contain_text("已恢复")
    await expect(chat.locator(".theirs").last).to_contain_text("已撤下", timeout=8_000)
    await organizer.ask("国家级班至少多少人")
    await expect(chat.locator(".theirs").last).to_contain_text("50人")
    assert organizer.errors == []
    await context.close()


async def settle_one(page: Page) -> None:
    """Take the first fact that waits; one without a topic is left out."""
    fact = page.locator(".fact").first
    without_topic = await fact.get_by_text("话题待选").count()
    async with page.expect_navigation():
        await fact.get_by_role("button", name="不采用" if without_topic else "采用", exact=True).click()


async def test_a_declined_question_is_answered_by_staff_pushed_to_its_asker_and_answered_the_next_time(
    visit: Fixture, core: Core, site: Fixture, browser: Fixture, loops: None
) -> None:
    organizer = await visit(viewport=PHONE)
    chat = organizer.page
    question = "研修班结业证书由哪个处室盖章"
    await organizer.ask(question)
    await expect(chat.locator(".theirs").last).to_contain_text("通知")
    leave = chat.get_by_role("button", name="留给工作人员")
    if await leave.count():
        await leave.last.click()
    else:
        await chat.get_by_role("button", name="没帮助").last.click()
    await employed(core, "lin", StaffRole.PUBLISHER)
    context = await browser.new_context(viewport=PHONE, locale="zh-CN")
    page = await context.new_page()
    await sign_in(page, site.url, "lin")
    await page.get_by_role("link", name="待答", exact=True).click()
    await page.get_by_role("link", name=question).click()
    await page.get_by_label("答复（有条款时").fill("由职业能力建设处盖章，可邮寄。")
    await page.get_by_role("button", name="发布答复").click()
    await expect(page.locator("main")).to_contain_text("已答复")
    await expect(page.locator("main")).to_contain_text("没有待答的问题")
    await expect(chat.locator(".theirs").last).to_contain_text("主管处室已答复", timeout=8_000)
    await expect(chat.locator(".theirs").last).to_contain_text("由职业能力建设处盖章")
    await organizer.ask(question)
    await expect(chat.locator(".theirs").last).to_contain_text("【处室答复】lin处长，2026-03-16")
    await context.close()


PAGES = (
    "/staff",
    "/staff/inbox",
    "/staff/seminars",
    "/staff/notices",
    "/staff/notices/2025-shishi",
    "/staff/revisions",
    "/staff/rules",
    "/staff/insight",
    "/staff/channels",
    "/staff/people",
    "/staff/audit",
    "/staff/mine",
    "/staff/look?q=示范班补助多少",
    "/staff/answers",
    "/staff/seminars/broadcast",
    "/staff/seminars/1",
    "/staff/drafts/1",
    "/staff/drafts/1/add",
    "/staff/drafts/1/impact",
    "/staff/inbox/1",
)


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
async def test_every_page_fits_its_screen_and_names_its_fields(
    viewport: dict[str, int], core: Core, site: Fixture, browser: Fixture, tmp_path: Path
) -> None:
    await say(core, "研修班结业证书的编号规则是什么")
    await registered(core)
    await registered(core, "国家级 3月20到24日 厦门 40人 线上0 工作人员6人", who="bob")
    await employed(core, "lin", StaffRole.ADMINISTRATOR)
    context = await browser.new_context(viewport=viewport, locale="zh-CN")
    page = await context.new_page()
    await sign_in(page, site.url, "lin")
    await page.goto(f"{site.url}staff/notices")
    file = {"name": "2026年通知.docx", "mimeType": "application/octet-stream", "buffer": as_docx(notice_of_2026())}
    await page.get_by_label("通知文件").set_input_files(file)
    await page.get_by_role("button", name="导入并拟定事实").click()
    await expect(page.get_by_role("heading", name="拟定的事实")).to_be_visible(timeout=30_000)
    for number, path in enumerate(PAGES):
        await page.goto(site.url.rstrip("/") + path)
        await page.screenshot(path=tmp_path / f"{number:02}.png", full_page=True)
        wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, path
        nameless = await page.evaluate(
            "[...document.querySelectorAll('input:not([type=hidden]), select, textarea')]"
            ".filter(e => !e.labels?.length && !e.ariaLabel).map(e => e.name)"
        )
        assert nameless == [], path
    await context.close()
