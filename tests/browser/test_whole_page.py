"""The chat page over the whole application, in a real browser."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from playwright.async_api import expect

from bot.app import Core, build_web
from bot.channels.webchat import WebChat
from tests.bot.whole import settings_for, whole

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}
Fixture = Any


@pytest.fixture
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
