"""A real server and a real browser. Override `app_factory` to plug in another application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, BrowserContext, Page

from bot.channels.webchat import WebChat
from bot.clock import system_clock
from bot.storage.conversations.inbox import Exchange
from bot.web.app import build_app
from bot.web.chat.frames import RESET_TEXT
from bot.web.deps import Deps
from bot.web.metrics import Metrics
from handlers.domain.messages import Address, Choice, Citation, Incoming, Reply, Status
from tests.support.web import core_of

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}
TITLE = "福建省人力资源和社会保障厅办公室关于做好专业技术人才知识更新工程2025年高级研修项目实施工作的通知"

STARTERS = (
    "省级示范班一期补助多少？",
    "国家级班开班前要报什么？",
    "线上学员最多占多少？",
    "办完班要交哪些材料？",
    "2025年最晚哪天办完？",
    "哪些人可以参加研修？",
)

WELCOME = Reply(
    text="您好，我是研修助手\n办班补助、开班备案、结算材料、时间期限，直接问就行。",
    status=Status.SMALLTALK,
    choices=tuple(Choice(label=label, token=f"q:{n}") for n, label in enumerate(STARTERS)),
)

SUBSIDY = Reply(
    text=(
        "每期补助不超过5万元（2025年，省级高级研修示范项目）。\n\n"
        "· 从人力资源和社会保障业务经费中列支\n"
        "· 按《福建省省直机关培训费管理办法》执行\n"
        "· 办班结束后1个月内报材料，逾期不再补助\n\n"
        "如有疑问，请致电职业能力建设处 0591-87517033。"
    ),
    citations=(
        Citation(
            notice="2025",
            plan_year="2025",
            clause="三",
            title=TITLE,
            quote="省级高级研修示范项目办班经费依据《福建省省直机关培训费管理办法》有关规定执行，按每期不超过5万元给予经费补助，从人力资源和社会保障业务经费中列支",
        ),
        Citation(
            notice="2025",
            plan_year="2025",
            clause="四",
            title=TITLE,
            doc_no="闽人社办〔2025〕9号",
            quote="省级高级研修示范项目、工程领域专项在办班结束后1个月内",
        ),
    ),
    choices=(
        Choice(label="国家级的呢？", token="q:1"),
        Choice(label="要交哪些材料？", token="q:3"),
    ),
    question_id=7,
)


@dataclass
class Script:
    """An assistant in memory; the same message id gets the same replies and is done once."""

    done: dict[tuple[Address, str], tuple[Reply, ...]] = field(default_factory=dict)
    turns: dict[Address, list[Exchange]] = field(default_factory=dict)
    performed: list[Incoming] = field(default_factory=list)
    open: asyncio.Event = field(default_factory=asyncio.Event)
    webchat: WebChat = field(default_factory=WebChat)

    async def dispatch(self, incoming: Incoming) -> tuple[Reply, ...]:
        await self.open.wait()
        key = (incoming.address, incoming.message_id)
        if key not in self.done:
            self.performed.append(incoming)
            self.done[key] = self._replies(incoming)
            self._record(incoming, self.done[key])
        return self.done[key]

    async def transcript(self, address: Address, limit: int, after: int) -> list[Exchange]:
        return [exchange for exchange in self.turns.get(address, []) if exchange.seq > after]

    def said(self) -> list[str]:
        return [incoming.text for incoming in self.performed]

    def _record(self, incoming: Incoming, replies: tuple[Reply, ...]) -> None:
        turns = self.turns.setdefault(incoming.address, [])
        turns.append(Exchange(incoming=incoming, replies=replies, received_at=system_clock(), seq=len(turns) + 1))

    def _replies(self, incoming: Incoming) -> tuple[Reply, ...]:
        if incoming.text == RESET_TEXT:
            return (Reply(text="已清空。", status=Status.SMALLTALK),)
        if incoming.choice and incoming.choice.startswith("why:"):
            return (Reply(text="理由：问的是 2025 年省级示范项目的补助标准，第三条直接写明。"),)
        if "补助" in incoming.text:
            return (SUBSIDY,)
        return (Reply(text=f"收到：{incoming.text}", question_id=8),)


@dataclass
class Site:
    """A running application that can be stopped and started again on the same port."""

    make: Callable[[], web.Application]
    port: int = 0
    runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    async def start(self) -> None:
        self.runner = web.AppRunner(self.make(), access_log=None)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = self.runner.addresses[0][1]

    async def stop(self) -> None:
        if self.runner is not None:
            await self.runner.cleanup()
        self.runner = None


AppFactory = Callable[[], web.Application]


@pytest_asyncio.fixture(loop_scope="session")
async def script() -> Script:
    script = Script()
    script.open.set()
    return script


@pytest.fixture
def app_factory(script: Script) -> AppFactory:
    """Makes the application under test; the default answers from a script."""

    def make() -> web.Application:
        core = core_of(dispatch=script.dispatch, transcript=script.transcript)
        return build_app(Deps(core=core, webchat=script.webchat, metrics=Metrics(), welcome=WELCOME))

    return make


@pytest_asyncio.fixture(loop_scope="session")
async def site(app_factory: AppFactory) -> AsyncIterator[Site]:
    site = Site(app_factory)
    await site.start()
    yield site
    await site.stop()


@dataclass
class Visitor:
    """One browser profile and its open page; console errors are collected."""

    context: BrowserContext
    page: Page
    errors: list[str] = field(default_factory=list)

    async def ask(self, text: str) -> None:
        """Type a question and press 发送."""
        await self.page.get_by_label("输入您的问题").fill(text)
        await self.page.get_by_role("button", name="发送").click()


Visit = Callable[..., Awaitable[Visitor]]


@pytest_asyncio.fixture(loop_scope="session")
async def visit(browser: Browser, site: Site) -> AsyncIterator[Visit]:
    """Open the page in a fresh profile: `await visit(viewport=PHONE, color_scheme="dark")`."""
    contexts: list[BrowserContext] = []

    async def open_page(viewport: dict[str, int] = PHONE, **options: object) -> Visitor:
        context = await browser.new_context(viewport=viewport, locale="zh-CN", **options)
        contexts.append(context)
        visitor = Visitor(context, await context.new_page())
        visitor.page.on("pageerror", lambda error: visitor.errors.append(str(error)))
        visitor.page.on("console", lambda m: visitor.errors.append(m.text) if "Security Policy" in m.text else None)
        visitor.page.set_default_timeout(10_000)
        await visitor.page.goto(site.url)
        await visitor.page.locator('#log[aria-busy="false"]').wait_for(state="attached")
        return visitor

    yield open_page
    for context in contexts:
        await context.close()
