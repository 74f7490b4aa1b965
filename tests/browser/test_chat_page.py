"""What an organizer does on the chat page, in a real browser against a real server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from bot.clock import system_clock
from bot.storage.conversations.inbox import PUSHED, Exchange
from handlers.domain.citations import plain
from handlers.domain.messages import Address, Incoming, Reply
from tests.support.notifications import unasked

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}
QUESTION = "省级示范班一期补助多少？"
ANSWER = "每期补助不超过5万元"
QUOTE = "按每期不超过5万元给予经费补助，从人力资源和社会保障业务经费中列支"

Fixture = Any


async def answer(page: Page, text: str = ANSWER) -> None:
    await expect(page.locator(".theirs").last).to_contain_text(text)


async def said(page: Page) -> list[str]:
    return await page.locator(".said").all_inner_texts()


async def fits_its_width(page: Page) -> bool:
    return bool(await page.evaluate("document.getElementById('scroller').scrollWidth <= innerWidth"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESK, {"width": 320, "height": 568}], ids=lambda v: str(v["width"]))
async def test_a_question_is_answered_with_its_basis(
    visit: Fixture, viewport: dict[str, int], scheme: str, tmp_path: Path
) -> None:
    visitor = await visit(viewport=viewport, color_scheme=scheme)
    page = visitor.page
    await page.screenshot(path=tmp_path / "welcome.png")
    assert await fits_its_width(page)
    await visitor.ask(QUESTION)
    await answer(page)
    first = page.locator("details").first
    await expect(first.locator("summary")).to_contain_text("依据 · 《福建省")
    await expect(first.locator("summary")).to_contain_text("的通知》三")
    await expect(first.locator("blockquote")).to_be_hidden()
    await first.locator("summary").click()
    await expect(first.locator("blockquote")).to_be_visible()
    await expect(first.locator("blockquote")).to_contain_text(QUOTE)
    await expect(page.locator("details")).to_have_count(2)
    await expect(page.locator("details").nth(1).locator("blockquote")).to_be_hidden()
    assert await fits_its_width(page)
    await page.screenshot(path=tmp_path / "answer.png")
    assert visitor.errors == []


async def test_the_page_follows_the_colours_the_device_prefers(visit: Fixture) -> None:
    colour = "getComputedStyle(document.getElementById('app')).backgroundColor"
    light = await (await visit(color_scheme="light")).page.evaluate(colour)
    dark = await (await visit(color_scheme="dark")).page.evaluate(colour)
    assert (light, dark) == ("rgb(238, 240, 239)", "rgb(17, 20, 19)")


async def test_a_new_visitor_is_greeted_with_questions_to_tap(visit: Fixture, script: Fixture) -> None:
    page = (await visit()).page
    await expect(page.locator(".starter")).to_have_count(6)
    await page.get_by_role("button", name=QUESTION).click()
    await answer(page)
    assert await said(page) == [QUESTION]
    assert script.performed[0].choice == "q:0"
    await expect(page.locator("#welcome")).to_be_hidden()


async def test_quick_replies_stand_under_the_newest_answer_only(visit: Fixture, script: Fixture) -> None:
    visitor = await visit()
    await visitor.ask(QUESTION)
    await visitor.page.get_by_role("button", name="国家级的呢？").click()
    await answer(visitor.page, "收到：国家级的呢？")
    await expect(visitor.page.locator(".choice")).to_have_count(0)
    assert script.performed[1].choice == "q:1"


async def test_the_conversation_is_still_there_after_a_reload(visit: Fixture, script: Fixture) -> None:
    visitor = await visit()
    await visitor.ask(QUESTION)
    await answer(visitor.page)
    await visitor.page.reload()
    await answer(visitor.page)
    assert await said(visitor.page) == [QUESTION]
    await expect(visitor.page.get_by_role("button", name="国家级的呢？")).to_be_visible()
    assert len(script.performed) == 1


async def test_a_message_whose_socket_is_lost_is_answered_once(visit: Fixture, script: Fixture) -> None:
    visitor = await visit()
    script.open.clear()
    await visitor.ask(QUESTION)
    await expect(visitor.page.locator("#typing")).to_be_visible()
    await script.webchat.close()
    await expect(visitor.page.locator("#bar")).to_contain_text("连接已断开，正在重连…")
    script.open.set()
    await answer(visitor.page)
    await expect(visitor.page.locator("#bar")).to_be_hidden()
    await expect(visitor.page.locator("#typing")).to_be_hidden()
    assert await said(visitor.page) == [QUESTION]
    await expect(visitor.page.locator(".theirs")).to_have_count(1)
    assert script.said() == [QUESTION]


async def test_what_is_sent_offline_arrives_once_when_the_network_returns(visit: Fixture, script: Fixture) -> None:
    visitor = await visit()
    await visitor.context.set_offline(True)
    await expect(visitor.page.locator("#bar")).to_be_visible()
    await visitor.ask(QUESTION)
    await visitor.ask("要交哪些材料？")
    await expect(visitor.page.get_by_text("尚未送达，连上后自动发送")).to_have_count(2)
    assert script.performed == []
    await visitor.context.set_offline(False)
    await answer(visitor.page, "收到：要交哪些材料？")
    await expect(visitor.page.locator(".theirs")).to_have_count(2)
    await expect(visitor.page.locator(".mark:visible")).to_have_count(0)
    assert script.said() == [QUESTION, "要交哪些材料？"]


async def test_a_restart_of_the_server_loses_nothing(visit: Fixture, site: Fixture, script: Fixture) -> None:
    visitor = await visit()
    await site.stop()
    await expect(visitor.page.locator("#bar")).to_be_visible()
    await visitor.ask(QUESTION)
    await site.start()
    await answer(visitor.page)
    assert script.said() == [QUESTION]


async def test_a_message_not_answered_before_a_reload_is_answered_after_it(visit: Fixture, script: Fixture) -> None:
    visitor = await visit()
    script.open.clear()
    await visitor.ask(QUESTION)
    await expect(visitor.page.locator("#typing")).to_be_visible()
    await visitor.page.reload()
    await expect(visitor.page.locator(".said")).to_have_text([QUESTION])
    script.open.set()
    await answer(visitor.page)
    await expect(visitor.page.locator(".theirs")).to_have_count(1)
    assert script.said() == [QUESTION]


NO_TIMERS = """() => {
  for (let id = setTimeout(() => {}, 0); id > 0; id--) clearTimeout(id);
  window.setTimeout = () => 0;
}"""
"""The page no longer comes back by itself."""


async def test_an_unsent_message_can_be_sent_again_by_hand(visit: Fixture, site: Fixture) -> None:
    visitor = await visit()
    await site.stop()
    await expect(visitor.page.locator("#bar")).to_be_visible()
    await visitor.page.evaluate(NO_TIMERS)
    await visitor.ask(QUESTION)
    resend = visitor.page.get_by_role("button", name="重发")
    await expect(resend).to_be_visible()
    await site.start()
    await resend.click()
    await answer(visitor.page)


async def test_everything_can_be_done_from_the_keyboard(visit: Fixture, script: Fixture) -> None:
    page = (await visit(viewport=DESK)).page
    keyboard = page.keyboard
    await page.locator("body").focus()
    for _ in range(2):
        await keyboard.press("Tab")
    while not await page.evaluate("document.activeElement.classList.contains('starter')"):
        await keyboard.press("Tab")
    await keyboard.press("Enter")
    await answer(page)
    await expect(page.get_by_label("输入您的问题")).to_be_focused()
    await keyboard.type("第一行")
    await keyboard.press("Shift+Enter")
    await keyboard.type("第二行")
    await keyboard.press("Enter")
    await answer(page, "收到：第一行")
    assert script.said() == [QUESTION, "第一行\n第二行"]
    await page.locator("summary").first.focus()
    await keyboard.press("Enter")
    await expect(page.locator("blockquote").first).to_be_visible()


async def test_menu_and_confirmation_work_from_the_keyboard(visit: Fixture) -> None:
    visitor = await visit(viewport=DESK)
    page = visitor.page
    await visitor.ask(QUESTION)
    await answer(page)
    menu = page.get_by_role("button", name="更多")
    await menu.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("menuitem", name="清空对话")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(menu).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    assert await said(page) == [QUESTION]


async def test_a_new_conversation_is_confirmed_and_clears_the_page(visit: Fixture, script: Fixture) -> None:
    visitor = await visit()
    page = visitor.page
    await visitor.ask(QUESTION)
    await answer(page)
    await page.get_by_role("button", name="更多").click()
    await page.get_by_role("menuitem", name="清空对话").click()
    await page.get_by_role("button", name="清空", exact=True).click()
    await expect(page.locator("#welcome")).to_be_visible()
    assert await said(page) == []
    assert script.said()[-1] == "/reset"
    await page.reload()
    await expect(page.locator("#welcome")).to_be_visible()
    assert await said(page) == []


async def test_choosing_a_word_of_the_input_method_does_not_send(visit: Fixture, script: Fixture) -> None:
    page = (await visit()).page
    field = page.get_by_label("输入您的问题")
    await field.fill("buzhu")
    enter = "(e) => e.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', isComposing: true}))"
    await field.evaluate(enter)
    await expect(field).to_have_value("buzhu")
    await field.press("Enter")
    await answer(page, "收到：buzhu")
    assert script.said() == ["buzhu"]


async def test_a_rating_thanks_quietly_and_is_remembered(visit: Fixture, script: Fixture) -> None:
    visitor = await visit()
    page = visitor.page
    await visitor.ask(QUESTION)
    await page.get_by_role("button", name="有用").click()
    await expect(page.get_by_text("谢谢反馈")).to_be_visible()
    await expect(page.get_by_role("button", name="有用")).to_have_attribute("aria-pressed", "true")
    await page.get_by_role("button", name="没用").click()
    await expect(page.get_by_role("button", name="有用")).to_have_attribute("aria-pressed", "false")
    await page.get_by_role("button", name="为什么").click()
    await answer(page, "理由：")
    assert [incoming.choice for incoming in script.performed] == [None, "up:7", "down:7", "why:7"]
    await expect(page.locator(".theirs")).to_have_count(2)
    assert await said(page) == [QUESTION, "为什么"]
    await page.reload()
    await expect(page.get_by_role("button", name="没用")).to_have_attribute("aria-pressed", "true")
    assert await said(page) == [QUESTION, "为什么"]


async def test_copying_takes_the_answer_with_its_basis(visit: Fixture, script: Fixture) -> None:
    visitor = await visit(permissions=["clipboard-read", "clipboard-write"])
    await visitor.ask(QUESTION)
    await visitor.page.get_by_role("button", name="复制").click()
    await expect(visitor.page.get_by_text("已复制")).to_be_visible()
    copied = await visitor.page.evaluate("navigator.clipboard.readText()")
    (replies,) = script.done.values()
    assert copied == plain(replies[0])


async def test_text_is_shown_as_it_is_and_never_becomes_markup(visit: Fixture) -> None:
    visitor = await visit()
    attack = "<img src=x onerror=\"document.title='hacked'\"><b>粗</b>"
    await visitor.ask(attack)
    await answer(visitor.page, f"收到：{attack}")
    assert await said(visitor.page) == [attack]
    assert await visitor.page.locator(".bubble img, .said b").count() == 0
    assert await visitor.page.title() == "研修助手"


async def test_the_length_is_counted_near_the_limit(visit: Fixture, script: Fixture) -> None:
    page = (await visit()).page
    field, counter = page.get_by_label("输入您的问题"), page.locator("#counter")
    send = page.get_by_role("button", name="发送")
    await field.fill("问" * 8_000)
    await expect(counter).to_be_hidden()
    await field.fill("问" * 10_001)
    await expect(counter).to_have_text("10,001 / 10,000，请删减后发送")
    await expect(send).to_be_disabled()
    await field.press("Enter")
    await field.fill("问" * 10_000)
    await expect(counter).to_have_text("10,000 / 10,000")
    await send.click()
    await answer(page, "收到：问")
    assert [len(text) for text in script.said()] == [10_000]


async def test_a_draft_survives_a_reload(visit: Fixture) -> None:
    page = (await visit()).page
    await page.get_by_label("输入您的问题").fill("我想问")
    await page.reload()
    await expect(page.get_by_label("输入您的问题")).to_have_value("我想问")


async def test_two_tabs_show_the_same_conversation(visit: Fixture, site: Fixture) -> None:
    visitor = await visit()
    other = await visitor.context.new_page()
    await other.goto(site.url)
    await expect(other.locator("#welcome")).to_be_visible()
    await visitor.ask(QUESTION)
    await answer(other)
    assert await said(other) == [QUESTION]


async def test_a_reminder_appears_by_itself_and_only_once(visit: Fixture, script: Fixture) -> None:
    visitor = await visit()
    page = visitor.page
    session = await page.evaluate("localStorage.getItem('yanxiu.session')")
    assert len(session) >= 22
    reminder = Reply(text="提醒：7月10日前备案")
    await script.webchat.push(session, unasked(reminder))
    await answer(page, reminder.text)
    spoken = Incoming(address=Address(channel="web", id=session), message_id=f"{PUSHED}1")
    told = Exchange(incoming=spoken, replies=(reminder,), received_at=system_clock(), seq=1)
    script.turns[spoken.address] = [told]
    await script.webchat.close()
    await expect(page.locator("#bar")).to_have_class("bar back")
    await expect(page.locator(".theirs")).to_have_count(1)
    await page.reload()
    await answer(page, reminder.text)
    await expect(page.locator(".theirs")).to_have_count(1)


async def test_a_visitor_who_wants_less_motion_gets_none(visit: Fixture, script: Fixture) -> None:
    visitor = await visit(reduced_motion="reduce")
    script.open.clear()
    await visitor.ask(QUESTION)
    await expect(visitor.page.locator("#typing")).to_be_visible()
    animation = "getComputedStyle(document.querySelector('.dots i')).animationName"
    assert await visitor.page.evaluate(animation) == "none"
    script.open.set()


async def test_fingers_can_hit_every_button(visit: Fixture) -> None:
    visitor = await visit(has_touch=True, is_mobile=True)
    await visitor.ask(QUESTION)
    await answer(visitor.page)
    for button in await visitor.page.locator("button:visible, summary:visible").all():
        box = await button.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 40


async def test_the_page_works_where_nothing_can_be_stored(visit: Fixture, site: Fixture) -> None:
    visitor = await visit()
    await visitor.context.add_init_script(
        "Storage.prototype.getItem = Storage.prototype.setItem = () => { throw new Error('denied') }"
    )
    await visitor.page.goto(site.url)
    await visitor.ask(QUESTION)
    await answer(visitor.page)
    assert visitor.errors == []
