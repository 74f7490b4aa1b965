"""The console over HTTP: who may do what, forged and stolen requests, bad files, and everyday work."""

from __future__ import annotations

import asyncio
import io
import re
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import openpyxl
import pyotp
import pytest
import sqlalchemy as sa
from aiohttp import web
from yarl import URL

from bot.app import build_web
from bot.channels.webchat import WebChat
from bot.core import Core
from bot.staff.authentication import LOCKED_AFTER, LOCKED_FOR, SOURCE_FAILURES
from bot.storage.db.work import execute
from bot.storage.staff.accounts import SESSION_IDLE, SESSION_LONGEST, Account, StaffRole
from bot.storage.tables.staff import audit
from bot.web.staff.access import COOKIE
from bot.web.staff.routes import ROUTES
from handlers.seminars.overview import short
from tests.support.application import say, settings_for, whole
from tests.support.console import PASSWORD, Hands, as_docx, employed, notice_of_2026
from tests.support.seminars import registered

ROLES = (None, *StaffRole)
FILLED = {"{id:\\d{1,18}}": "1", "{fact:\\d{1,18}}": "1", "{file:\\d{1,18}}": "1"}
FILLED |= {"{name:[a-z0-9-]{1,60}}": "2025-shishi", "{token:[A-Za-z0-9_-]{20,64}}": "x" * 32}
PUBLIC = 3
"""Routes that everybody may open: sign in and the first password."""


@dataclass
class Office:
    """The running application and browsers that talk to it."""

    core: Core
    url: URL
    clock: Hands
    browsers: list[aiohttp.ClientSession] = field(default_factory=list)

    def browser(self) -> aiohttp.ClientSession:
        jar = aiohttp.CookieJar(unsafe=True, treat_as_secure_origin=str(self.url))
        session = aiohttp.ClientSession(str(self.url), cookie_jar=jar)
        self.browsers.append(session)
        return session

    async def signed_in(self, role: StaffRole, name: str = "") -> Browser:
        account = await employed(self.core, name or str(role), role)
        session = self.browser()
        form = {"name": account.name, "password": PASSWORD}
        async with session.post("/staff/login", data=form, allow_redirects=False) as response:
            assert response.status == 303
        browser = Browser(session, account)
        await browser.get("/staff/mine")
        return browser


@dataclass
class Browser:
    """Somebody who is signed in; forms carry the token of the last page."""

    session: aiohttp.ClientSession
    account: Account
    csrf: str = ""

    async def get(self, path: str, status: int = 200) -> str:
        async with self.session.get(path) as response:
            text = await response.text()
            assert response.status == status, text[:400]
        if found := re.search(r'name="csrf" value="([^"]+)"', text):
            self.csrf = found[1]
        return text

    async def post(self, path: str, status: int = 200, **form: Any) -> str:
        async with self.session.post(path, data={"csrf": self.csrf, **form}) as response:
            text = await response.text()
            assert response.status == status, text[-1500:]
            self.last = str(response.url)
        return text

    last: str = ""

    async def upload(self, name: str, data: bytes, status: int = 200) -> str:
        """Import a file and wait for what comes of it."""
        form = aiohttp.FormData({"csrf": self.csrf})
        form.add_field("file", data, filename=name, content_type="application/octet-stream")
        async with self.session.post("/staff/notices", data=form) as response:
            text = await response.text()
            assert response.status == status, text[-800:]
            self.last = response.url.path
        while status == 200 and "正在读取" in text:
            await asyncio.sleep(0.1)
            text = await self.get(self.last)
        return text


@asynccontextmanager
async def opened(folder: Path, **changes: object) -> AsyncIterator[Office]:
    clock = Hands()
    async with whole(folder, clock=clock, **changes) as core:
        app = build_web(core, settings_for(folder, **changes), WebChat(), [])
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        office = Office(core, URL(f"http://127.0.0.1:{runner.addresses[0][1]}"), clock)
        try:
            yield office
        finally:
            for session in office.browsers:
                await session.close()
            await runner.cleanup()


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with opened(tmp_path) as office:
        yield office


def address(path: str) -> str:
    for pattern, value in FILLED.items():
        path = path.replace(pattern, value)
    assert "{" not in path, path
    return path


async def test_every_role_may_do_exactly_what_its_routes_say(office: Office) -> None:
    """Refused is 403 (401 or the login page for strangers); anything else means the guard let them in."""
    assert len([route for route in ROUTES if route.role is None]) == PUBLIC + 1
    for role in ROLES:
        browser = await office.signed_in(role) if role else None
        session = browser.session if browser else office.browser()
        for route in ROUTES:
            if route.role is None or route.path == "/staff/logout":
                continue
            form = {"csrf": browser.csrf if browser else "", "reason": ""}
            data = form if route.method == "POST" else None
            request = session.request(route.method, address(route.path), data=data, allow_redirects=False)
            async with request as response:
                body = await response.read()
                refused = response.status in {401, 403} or response.headers.get("Location", "").startswith(
                    "/staff/login?"
                )
                allowed = role is not None and role.may(route.role)
                assert refused != allowed, (role, route.method, route.path, response.status, body[-300:])
                assert response.status != 500, (role, route.path)


async def test_every_change_needs_the_token_of_the_session_it_is_made_in(office: Office) -> None:
    lin, bao = await office.signed_in(StaffRole.ADMINISTRATOR, "lin"), await office.signed_in(StaffRole.EDITOR, "bao")
    for route in ROUTES:
        if route.method != "POST" or route.role is None:
            continue
        for token in ("", "wrong", bao.csrf):
            async with lin.session.post(address(route.path), data={"csrf": token}) as response:
                assert response.status == 403, route.path
                assert "没有改动任何内容" in await response.text()
    assert "处室工作台" in await lin.get("/staff")


async def test_a_change_sent_by_another_site_is_refused_even_with_the_token(office: Office) -> None:
    lin = await office.signed_in(StaffRole.ADMINISTRATOR)
    for origin in ("https://evil.example", "null"):
        headers = {"Origin": origin}
        async with lin.session.post("/staff/mine/chat", data={"csrf": lin.csrf}, headers=headers) as response:
            assert response.status == 403
        form = {"name": lin.account.name, "password": PASSWORD}
        async with office.browser().post("/staff/login", data=form, headers=headers) as response:
            assert response.status == 403


async def test_signing_in_always_makes_a_new_session_and_signing_out_ends_it(office: Office) -> None:
    account = await employed(office.core, "lin", StaffRole.READER)
    session = office.browser()
    planted = "planted-by-somebody-else-0123456789"
    session.cookie_jar.update_cookies({COOKIE: planted}, office.url)
    form = {"name": "LIN ", "password": PASSWORD}
    async with session.post("/staff/login", data=form, allow_redirects=False) as response:
        cookie = response.cookies[COOKIE]
    assert cookie.value != planted
    assert (cookie["httponly"], cookie["secure"], cookie["samesite"]) == (True, True, "Lax")
    assert await office.core.desk.accounts.session(planted, office.clock()) is None
    browser = Browser(session, account)
    await browser.get("/staff/mine")
    stolen = cookie.value
    await browser.post("/staff/logout")
    assert await office.core.desk.accounts.session(stolen, office.clock()) is None


async def test_a_session_ends_by_itself_and_with_its_account(office: Office) -> None:
    lin = await office.signed_in(StaffRole.READER)
    office.clock.now += SESSION_IDLE - timedelta(minutes=1)
    await lin.get("/staff")
    office.clock.now += SESSION_IDLE + timedelta(minutes=1)
    assert "登录" in await lin.get("/staff")
    bao = await office.signed_in(StaffRole.ADMINISTRATOR, "bao")
    chen = await office.signed_in(StaffRole.READER, "chen")
    await bao.post(f"/staff/people/{chen.account.id}", action="disable")
    assert "登录" in await chen.get("/staff")
    token = await office.core.desk.accounts.open_session(bao.account.id, office.clock())
    assert await office.core.desk.accounts.session(token, office.clock() + SESSION_LONGEST) is None


async def test_an_account_locks_after_wrong_passwords_and_opens_again(office: Office) -> None:
    await employed(office.core, "lin", StaffRole.READER)
    session = office.browser()
    for _ in range(LOCKED_AFTER):
        async with session.post("/staff/login", data={"name": "lin", "password": "wrong"}) as response:
            assert "用户名或密码不对" in await response.text()
    right = {"name": "lin", "password": PASSWORD}
    async with session.post("/staff/login", data=right) as response:
        assert response.status == 401
        assert "锁定" in await response.text()
    office.clock.now += LOCKED_FOR + timedelta(minutes=1)
    async with session.post("/staff/login", data=right) as response:
        assert "概览" in await response.text()


async def test_a_place_that_keeps_guessing_waits_whatever_name_it_tries(office: Office) -> None:
    await employed(office.core, "lin", StaffRole.READER)
    session = office.browser()
    for number in range(SOURCE_FAILURES):
        async with session.post("/staff/login", data={"name": f"n{number}", "password": "wrong"}) as response:
            assert response.status == 401
    async with session.post("/staff/login", data={"name": "lin", "password": PASSWORD}) as response:
        assert "失败太多次" in await response.text()


async def test_guesses_made_at_once_are_counted_at_once(office: Office) -> None:
    await employed(office.core, "lin", StaffRole.READER)
    session = office.browser()

    async def guess() -> int:
        async with session.post("/staff/login", data={"name": "lin", "password": "wrong"}) as response:
            return response.status

    assert set(await asyncio.gather(*(guess() for _ in range(20)))) == {401}
    async with session.post("/staff/login", data={"name": "lin", "password": PASSWORD}) as response:
        assert "锁定" in await response.text()


async def test_a_draft_that_came_to_nothing_can_be_put_away_and_found_again(office: Office) -> None:
    editor = await office.signed_in(StaffRole.EDITOR)
    await editor.upload("nonsense.txt", "今天天气不错。".encode())
    draft = editor.last
    page = await editor.post(f"{draft}/discard")
    assert "最近作废的草稿" in page
    assert "nonsense.txt" in page
    assert "没有读成" in await editor.get(draft)
    await editor.get(f"{draft}/add", status=404)
    await editor.get(f"/staff/look?q=示范班补助多少&draft={draft.rsplit('/', 1)[1]}")


async def test_nobody_on_the_team_undoes_what_staff_decided(office: Office) -> None:
    await registered(office.core)
    editor = await office.signed_in(StaffRole.EDITOR)
    form = {"key": "filing-demo/开班通知", "state": "returned", "reason": "缺公章"}
    await editor.post("/staff/seminars/1/decide", **form)
    await say(office.core, choice=f"item:1:{short('filing-demo/开班通知')}:undo")
    assert "缺公章" in await editor.get("/staff/seminars/1")
    await editor.post("/staff/seminars/1/decide", **form)
    status = await office.core.desk.reports.status(office.clock())
    assert status.late == 1


async def test_a_one_time_code_is_asked_for_and_works_once(office: Office) -> None:
    lin = await office.signed_in(StaffRole.READER, "lin")
    page = await lin.post("/staff/mine/totp")
    secret = re.search(r'name="secret" value="([A-Z2-7]+)"', page)
    assert secret
    code = pyotp.TOTP(secret[1])
    await lin.post("/staff/mine/totp/confirm", status=422, secret=secret[1], code="000000")
    await lin.post("/staff/mine/totp/confirm", secret=secret[1], code=code.at(office.clock()))
    session, form = office.browser(), {"name": "lin", "password": PASSWORD}
    async with session.post("/staff/login", data=form) as response:
        assert "动态码" in await response.text()
    used = form | {"code": code.at(office.clock())}
    async with session.post("/staff/login", data=used) as response:
        assert "已用过" in await response.text()
    office.clock.now += timedelta(seconds=60)
    async with session.post("/staff/login", data=form | {"code": code.at(office.clock())}) as response:
        assert "概览" in await response.text()
    await lin.post("/staff/mine/totp/drop", status=422, current="wrong password")
    await lin.post("/staff/mine/totp/drop", current=PASSWORD)


async def test_an_invitation_is_good_once_and_leads_nowhere_else(office: Office) -> None:
    admin = await office.signed_in(StaffRole.ADMINISTRATOR)
    page = await admin.post("/staff/people", name="wen", display="温处长", role="editor")
    link = re.search(r"/staff/welcome/[\w-]+", page)
    assert link
    session = office.browser()
    for password in ("short", "1234567890123", "aaaaaaaaaaaa"):
        async with session.post(link[0], data={"password": password, "again": password}) as response:
            assert response.status == 422
    async with session.post(link[0], data={"password": PASSWORD, "again": PASSWORD}) as response:
        assert "概览" in await response.text()
    async with office.browser().get(link[0]) as response:
        assert response.status == 410
    for wanted in ("https://evil.example", "//evil.example", "/staff/../evil", "/staff\r\nSet-Cookie: x=1"):
        async with office.browser().get("/staff/login", params={"next": wanted}) as response:
            assert "evil" not in await response.text()


async def test_the_last_administrator_stays(office: Office) -> None:
    admin = await office.signed_in(StaffRole.ADMINISTRATOR)
    path = f"/staff/people/{admin.account.id}"
    assert "至少要留一名" in await admin.post(path, status=422, action="disable")
    assert "至少要留一名" in await admin.post(path, status=422, action="role", role="reader")
    assert "没有这个操作" in await admin.post(path, status=422, action="delete")


@pytest.mark.parametrize("deed", ["changed", "removed", "swapped"])
async def test_tampering_with_the_log_shows(office: Office, deed: str) -> None:
    admin = await office.signed_in(StaffRole.ADMINISTRATOR)
    for name in ("aa", "bb", "cc"):
        await admin.post("/staff/people", name=name, display=name, role="reader")
    assert "环环相扣" in await admin.get("/staff/audit")
    tamper = {
        "changed": sa.update(audit).where(audit.c.id == 3).values(who="nobody"),
        "removed": sa.delete(audit).where(audit.c.id == 3),
        "swapped": sa.update(audit).where(audit.c.id == 3).values(id=99),
    }
    await office.core.database.transact(execute(tamper[deed]))
    assert "记录链断了" in await admin.get("/staff/audit")
    held, _, wrong = await office.core.desk.audit.verify()
    assert held == 2
    assert wrong


async def test_every_change_is_in_the_log_without_secrets(office: Office) -> None:
    admin = await office.signed_in(StaffRole.ADMINISTRATOR)
    await admin.upload("2026.docx", as_docx(notice_of_2026()))
    await admin.post(f"{admin.last}/many", fate="unchanged")
    entries = await office.core.desk.audit.newest(100)
    assert [one.action for one in reversed(entries)][-2:] == ["导入文件", "成批采用"]
    assert PASSWORD not in repr(entries)
    assert "argon2" not in repr(entries)


def zip_bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr("[Content_Types].xml", "<Types/>")
        pack.writestr("word/document.xml", b"0" * 300_000_000)
    return out.getvalue()


XXE = (
    b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    b"<w:body><w:p><w:r><w:t>&x;</w:t></w:r></w:p></w:body></w:document>"
)


def xxe() -> bytes:
    source, out = zipfile.ZipFile(io.BytesIO(as_docx(notice_of_2026()))), io.BytesIO()
    with zipfile.ZipFile(out, "w") as pack:
        for name in source.namelist():
            pack.writestr(name, XXE if name == "word/document.xml" else source.read(name))
    return out.getvalue()


BAD_FILES = {
    "truncated.docx": as_docx(notice_of_2026())[:2000],
    "truncated.pdf": b"%PDF-1.7\n1 0 obj\n<<",
    "bomb.docx": zip_bomb(),
    "xxe.docx": xxe(),
    "wrong.docx": b"%PDF-1.4 not a word file",
    "program.docx": b"MZ\x90\x00" + b"\x00" * 500,
    "macro.docm": as_docx(notice_of_2026()),
    "old.doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600,
    "empty.txt": b"",
    "nonsense.txt": "今天天气不错。".encode(),
    "noise.txt": bytes(range(256)) * 20,
}


@pytest.mark.parametrize("name", list(BAD_FILES))
async def test_a_bad_file_gets_a_clear_sentence_and_publishes_nothing(office: Office, name: str) -> None:
    editor = await office.signed_in(StaffRole.EDITOR)
    page = await editor.upload(name, BAD_FILES[name])
    assert "没有读成" in page
    sentence = re.search(r'class="error">([^<]+)<', page)
    assert sentence
    assert re.search(r"[\u4e00-\u9fff]{4}", sentence[1])
    assert "Traceback" not in page
    assert "root:" not in page
    assert await office.core.desk.revisions.history() == ()


async def test_a_notice_that_is_held_already_becomes_its_correction(office: Office) -> None:
    editor = await office.signed_in(StaffRole.EDITOR)
    held = next(n for n in office.core.desk.knowledge.notices if n.plan_year == 2025)
    assert "已收录过这份通知" in await editor.upload("again.docx", as_docx(held.source))
    assert "已收录过这份通知" not in await editor.upload("2026.docx", as_docx(notice_of_2026()))


async def test_a_huge_file_is_refused_in_words(office: Office) -> None:
    editor = await office.signed_in(StaffRole.EDITOR)
    form = aiohttp.FormData({"csrf": editor.csrf})
    form.add_field("file", io.BytesIO(b"0" * 21_000_000), filename="huge.txt")
    async with editor.session.post("/staff/notices", data=form) as response:
        assert response.status == 413
        assert "文件超过 20 MB" in await response.text()


async def test_two_hundred_pages_are_read_while_the_page_shows_progress(office: Office) -> None:
    editor = await office.signed_in(StaffRole.EDITOR)
    body = notice_of_2026()
    long = body + "".join(f"附表{n}　内容{'很长' * 200}\n" for n in range(600))
    page = await editor.upload("long.txt", long.encode())
    assert "拟定的事实" in page


async def test_what_is_typed_into_a_notice_is_shown_as_text(office: Office) -> None:
    editor = await office.signed_in(StaffRole.EDITOR)
    nasty = '<script>alert("x")</script>'
    text = notice_of_2026().replace("切实保证研修质量", f"切实保证研修质量{nasty}")
    page = await editor.upload("<img src=x onerror=alert(1)>.txt", text.encode())
    assert "<script>alert" not in page
    assert "<img" not in page
    form = {"title": nasty, "plan_year": "2026", "genre": nasty, "issuer": "厅", "version": "1", "kinds": "national"}
    page = await editor.post(f"{editor.last}/said", **form)
    assert nasty not in page
    assert "&lt;script&gt;" in page
    async with editor.session.get("/staff") as response:
        assert "script-src 'self'" in response.headers["Content-Security-Policy"]
        assert response.headers["Cache-Control"] == "no-store"


async def test_an_edited_fact_keeps_to_its_source(office: Office) -> None:
    editor = await office.signed_in(StaffRole.EDITOR)
    await editor.upload("2026.docx", as_docx(notice_of_2026()))
    draft = editor.last
    held = await office.core.desk.drafts.one(int(draft.rsplit("/", 1)[1]))
    assert held
    one = next(fact for fact in held.facts if fact.fact.id == "headcount-national")
    path = f"{draft}/facts/{one.id}/edit"
    await editor.get(path)
    fields = {"quote": one.fact.quote, "say": "每期不少于60人。", "topic": "headcount", "stance": "requires"}
    fields |= {"kinds": "national", "metric0": "headcount", "comparison0": ">=", "value0": "60", "version": "1"}
    page = await editor.post(path, status=422, **fields | {"quote": "学员不少于10人"})
    assert "引文必须逐字出自原文" in page
    assert "学员不少于10人" in page
    assert "说法里的数字引文中没有：70" in await editor.post(path, status=422, **fields | {"say": "每期70人。"})
    assert "限额应为数字" in await editor.post(path, status=422, **fields | {"value0": "很多"})
    assert "清单项“发票”不在引文中" in await editor.post(path, status=422, **fields | {"items": "发票"})
    assert "已保存" in await editor.post(path, **fields)
    await editor.post(path, status=409, **fields)
    due = {"anchor": "opening", "amount": "0", "unit": "months", "due_duty": "filing"}
    assert "大于0" in await editor.post(f"{draft}/add", status=422, **fields | due)
    assert "已补充" in await editor.post(f"{draft}/add", **fields)


async def test_a_second_person_approves_where_that_is_demanded(tmp_path: Path) -> None:
    async with opened(tmp_path, staff_second_person=True) as office:
        lin = await office.signed_in(StaffRole.PUBLISHER, "lin")
        bao = await office.signed_in(StaffRole.PUBLISHER, "bao")
        await lin.upload("2026.docx", as_docx(notice_of_2026()))
        draft = lin.last
        held = await office.core.desk.drafts.one(1)
        assert held
        for fact in held.facts:
            state = "accepted" if fact.fact.topic else "rejected"
            await lin.post(f"{draft}/facts/{fact.id}", state=state, version=fact.version)
        await lin.post(f"{draft}/background")
        held = await office.core.desk.drafts.one(1)
        assert held
        version = held.head.version
        assert "须先提交" in await lin.post(f"{draft}/publish", status=422, version=version, replaces=0, reason="x")
        await lin.post(f"{draft}/submit", version=version, reason="收录2026年通知")
        held = await office.core.desk.drafts.one(1)
        assert held
        form = {"version": held.head.version, "replaces": 0}
        assert "不能批准自己提交的" in await lin.post(f"{draft}/publish", status=422, **form)
        assert "已发布" in await bao.post(f"{draft}/publish", **form)
        [revision] = await office.core.desk.revisions.history()
        assert (revision.who, revision.approved_by) == ("lin处长", "bao处长")


async def test_the_board_filters_exports_accepts_returns_and_tells(office: Office) -> None:
    card = await registered(office.core)
    await registered(office.core, "国家级 3月20到24日 厦门 60人 线上0 工作人员5人", who="bob")
    assert card
    editor = await office.signed_in(StaffRole.PUBLISHER)
    page = await editor.get("/staff/seminars?urgency=overdue")
    assert "国家级研修班" in page
    assert "省级示范研修班" not in page
    assert "没有符合条件" in await editor.get("/staff/seminars?place=泉州")
    async with editor.session.get("/staff/seminars/export?kind=provincial_demo") as response:
        book = openpyxl.load_workbook(io.BytesIO(await response.read()))
    rows = list(book.active.values)  # type: ignore[union-attr]
    assert [row[0] for row in rows] == ["名称", "省级示范研修班"]
    form = {"key": "filing-demo/开班通知", "state": "returned"}
    assert "写明原因" in await editor.post("/staff/seminars/1/decide", status=422, **form)
    await editor.post("/staff/seminars/1/decide", reason="缺公章", **form)
    assert "缺公章" in await editor.get("/staff/seminars/1")
    assert "被退回" in (await say(office.core, choice="list:1")).text
    page = await editor.post("/staff/seminars/broadcast", text="请补报名单", kind="provincial_demo")
    assert "共 1 人" in page
    assert "发给 1 人" in page
    nonce = re.search(r'name="nonce" value="(\w+)"', page)
    assert nonce
    sent = {"text": "请补报名单", "kind": "provincial_demo", "confirmed": "1", "nonce": nonce[1]}
    for _ in range(2):
        await editor.post("/staff/seminars/broadcast", **sent)
    status = await office.core.desk.reports.status(office.clock())
    assert status.late == 2


async def test_a_near_clause_is_quoted_with_one_press(office: Office) -> None:
    reply = await say(office.core, "示范班补助多少")
    await say(office.core, choice=f"down:{reply.question_id}")
    lin = await office.signed_in(StaffRole.PUBLISHER)
    page = await lin.get(f"/staff/inbox/{reply.question_id}")
    link = re.search(r'href="(/staff/inbox/\d+\?notice=[^"]+)"', page)
    assert link
    page = await lin.get(link[1].replace("&amp;", "&"))
    assert re.search(r'<textarea id="quote"[^>]*>[^<]+</textarea>', page)
    assert "selected>2025年" in page


async def test_a_cell_that_looks_like_a_formula_stays_words(office: Office) -> None:
    await registered(office.core, "示范班 6月10到13日 福州 60人 线上20 工作人员6人 名称=1+1班")
    editor = await office.signed_in(StaffRole.READER)
    async with editor.session.get("/staff/seminars/export") as response:
        book = openpyxl.load_workbook(io.BytesIO(await response.read()))
    assert all(cell.data_type != "f" for row in book.active for cell in row)  # type: ignore[union-attr]


async def test_nothing_of_the_console_can_be_had_with_the_database_gone(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.storage.db.errors import StorageUnavailable

    lin = await office.signed_in(StaffRole.READER)

    async def gone(*_: object) -> None:
        raise StorageUnavailable("gone")

    monkeypatch.setattr(office.core.desk.drafts, "all", gone)
    page = await lin.get("/staff/notices", status=503)
    assert "数据库暂时连不上" in page
