"""The web application's plain routes, over a real loopback connection."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.channels.webchat import WebChat
from bot.clock import SHANGHAI
from bot.storage.conversations.inbox import Exchange
from bot.storage.db.errors import StorageUnavailable
from bot.web import texts
from bot.web.app import STATIC, build_app
from bot.web.deps import Deps
from bot.web.metrics import Metrics
from bot.web.security import CSP
from handlers.domain.messages import Address, Incoming, Reply
from knowledge.answering.answer import Answer
from knowledge.loading import load_knowledge
from knowledge.model.snapshot import CitedFact
from tests.support.web import core_of

NOW = datetime(2025, 4, 15, 10, tzinfo=SHANGHAI)
SUBSIDY = next(
    CitedFact(notice, fact)
    for notice in load_knowledge().notices
    for fact in notice.facts
    if notice.plan_year == 2025 and "不超过5万元" in fact.quote
)
ANSWER = Answer("answered", "每期不超过5万元。", (SUBSIDY,))


@dataclass
class Backend:
    """Collaborators of the application that remember what they were asked."""

    asked: list[tuple[str, tuple[str, ...], date]] = field(default_factory=list)
    healthy: bool = True
    broken: bool = False

    async def answer(self, q: str, as_of: date, history: tuple[str, ...]) -> Answer:
        if self.broken:
            raise RuntimeError("secret detail")
        self.asked.append((q, history, as_of))
        return ANSWER

    async def dispatch(self, incoming: Incoming) -> tuple[Reply, ...]:
        return (Reply(text="收到"),)

    async def transcript(self, address: Address, limit: int, after: int) -> list[Exchange]:
        return []

    async def ping(self) -> None:
        if self.broken:
            raise ConnectionError("down")
        if not self.healthy:
            raise StorageUnavailable("数据库连不上")


async def hook(request: web.Request) -> web.Response:
    return web.json_response(await request.json())


async def moved(_request: web.Request) -> web.Response:
    raise web.HTTPFound("/")


@pytest.fixture
def backend() -> Backend:
    return Backend()


@pytest.fixture
async def client(backend: Backend) -> AsyncIterator[TestClient[Any, Any]]:
    core = core_of(
        dispatch=backend.dispatch,
        transcript=backend.transcript,
        answering=backend.answer,
        ping=backend.ping,
        clock=lambda: NOW,
    )
    deps = Deps(core=core, webchat=WebChat(), metrics=Metrics())
    app = build_app(deps, [web.post("/telegram/webhook", hook), web.get("/old", moved)])
    async with TestClient(TestServer(app)) as client:
        yield client


Client = TestClient[Any, Any]


async def test_the_page_is_served_with_a_strict_policy(client: Client) -> None:
    async with client.get("/") as response:
        page = await response.text()
        assert response.status == 200
        assert response.headers["Content-Security-Policy"] == CSP
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["Cache-Control"] == "no-cache"
    assert "研修助手" in page
    assert "<style" not in page
    assert " style=" not in page
    assert "onclick" not in page


async def test_every_file_the_page_needs_is_served_as_what_it_is(client: Client) -> None:
    kinds = {
        ".js": {"text/javascript", "application/javascript"},
        ".css": {"text/css"},
        ".svg": {"image/svg+xml"},
        ".html": {"text/html"},
    }
    for file in STATIC.iterdir():
        async with client.get(f"/static/{file.name}") as response:
            assert response.status == 200
            assert response.content_type in kinds[file.suffix]
            assert response.headers["Content-Security-Policy"] == CSP


async def test_the_static_folder_shows_neither_a_listing_nor_files_outside(client: Client) -> None:
    for path in ("/static/", "/static/%2e%2e/app.py", "/static/../../settings.py"):
        async with client.get(path) as response:
            assert response.status in (403, 404)
            assert set(await response.json()) == {"error"}


def test_scripts_neither_write_html_nor_load_from_elsewhere() -> None:
    for file in STATIC.iterdir():
        source = Path(file).read_text("utf-8")
        assert "innerHTML" not in source
        assert "insertAdjacentHTML" not in source
        assert "eval(" not in source
        links = source.replace("http://www.w3.org/2000/svg", "")
        assert "http://" not in links
        assert "https://" not in links


async def test_a_question_is_answered_with_its_citations(client: Client, backend: Backend) -> None:
    body = {"q": "补助多少？", "history": ["国家级呢"], "as_of": "2025-04-15"}
    async with client.post("/api/ask", json=body) as response:
        answer = await response.json()
        assert response.status == 200
    assert set(answer) == {"status", "text", "citations"}
    assert answer["status"] == "answered"
    assert answer["citations"][0]["quote"] == SUBSIDY.passage
    assert backend.asked == [("补助多少？", ("国家级呢",), date(2025, 4, 15))]


async def test_history_and_day_may_be_left_out_or_null(client: Client, backend: Backend) -> None:
    for body in ({"q": "问"}, {"q": "问", "history": None, "as_of": None, "id": "A1"}):
        async with client.post("/api/ask", json=body) as response:
            assert response.status == 200
    assert backend.asked == [("问", (), NOW.date())] * 2


async def test_a_long_question_is_passed_on(client: Client, backend: Backend) -> None:
    async with client.post("/api/ask", data=json.dumps({"q": "问" * 12_000}, ensure_ascii=False)) as response:
        assert response.status == 200
    assert len(backend.asked[0][0]) == 12_000


BAD_BODIES = [
    (b"", texts.BAD_JSON),
    (b"{", texts.BAD_JSON),
    (b"\xff\xfe\x00", texts.BAD_JSON),
    (b"[" * 50_000, texts.BAD_JSON),
    (b"[]", texts.BAD_BODY),
    (b"null", texts.BAD_BODY),
    (b"{}", texts.BAD_QUESTION),
    (b'{"q": 5}', texts.BAD_QUESTION),
    (b'{"q": "  "}', texts.BAD_QUESTION),
    (b'{"q": "\\ud800"}', texts.BAD_QUESTION),
    (b'{"q": "a\\u0000"}', texts.BAD_QUESTION),
    (b'{"q": "a", "history": "b"}', texts.BAD_HISTORY),
    (b'{"q": "a", "history": [1]}', texts.BAD_HISTORY),
    (b'{"q": "a", "as_of": 20250101}', texts.BAD_DATE),
    (b'{"q": "a", "as_of": "2025-02-30"}', texts.BAD_DATE),
    (b'{"q": "a", "as_of": "20250101"}', texts.BAD_DATE),
    (b'{"q": "a", "as_of": "2025-W01-1"}', texts.BAD_DATE),
]


@pytest.mark.parametrize(("body", "sentence"), BAD_BODIES, ids=[str(n) for n in range(len(BAD_BODIES))])
async def test_a_bad_request_gets_one_chinese_sentence(
    client: Client, backend: Backend, body: bytes, sentence: str
) -> None:
    async with client.post("/api/ask", data=body) as response:
        assert response.status == 400
        assert await response.json() == {"error": sentence}
    assert backend.asked == []


async def test_a_body_over_64_kib_is_refused_whether_or_not_its_length_is_told(client: Client) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(80):
            yield b" " * 1024

    for data in (b" " * (64 * 1024 + 1), chunks()):
        async with client.post("/api/ask", data=data) as response:
            assert response.status == 413
            assert await response.json() == {"error": texts.BODY_TOO_LARGE}


async def test_a_failure_shows_a_sentence_and_no_detail(client: Client, backend: Backend) -> None:
    backend.broken = True
    async with client.post("/api/ask", json={"q": "问"}) as response:
        body = await response.text()
        assert response.status == 500
    assert json.loads(body) == {"error": texts.SERVER_ERROR}
    assert "secret" not in body


async def test_unknown_paths_and_methods_are_json_errors(client: Client) -> None:
    async with client.get("/nowhere") as response:
        assert response.status == 404
        assert await response.json() == {"error": texts.NOT_FOUND}
    async with client.get("/api/ask") as response:
        assert response.status == 405
        assert response.headers["Allow"] == "POST"
        assert await response.json() == {"error": texts.METHOD_NOT_ALLOWED}


async def test_whoever_opens_a_dead_address_in_a_browser_gets_a_page(client: Client) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    response = await client.get("/email/leave/<b>", headers=browser)
    assert (response.status, response.content_type) == (404, "text/html")
    page = await response.text()
    assert texts.NOT_FOUND in page
    assert '<a href="/">' in page
    response = await client.get("/api/nothing", headers=browser)
    assert response.content_type == "application/json"


async def test_alive_and_ready(client: Client, backend: Backend) -> None:
    for path in ("/healthz", "/readyz"):
        async with client.get(path) as response:
            assert response.status == 200


@pytest.mark.parametrize("trouble", [{"healthy": False}, {"broken": True}])
async def test_not_ready_while_the_database_does_not_answer(
    client: Client, backend: Backend, trouble: dict[str, bool]
) -> None:
    for name, value in trouble.items():
        setattr(backend, name, value)
    async with client.get("/readyz") as response:
        assert response.status == 503
    async with client.get("/healthz") as response:
        assert response.status == 200


async def test_metrics_count_requests_and_answers(client: Client) -> None:
    async with client.post("/api/ask", json={"q": "问"}):
        pass
    async with client.get("/wp-login.php"):
        pass
    async with client.get("/metrics") as response:
        text = await response.text()
        assert response.content_type == "text/plain"
    assert 'yanxiu_http_requests_total{route="/api/ask",status="200"} 1.0' in text
    assert 'yanxiu_http_requests_total{route="unknown",status="404"} 1.0' in text
    assert 'yanxiu_answers_total{channel="api",status="answered"} 1.0' in text
    assert 'yanxiu_answer_seconds_count{channel="api"} 1.0' in text
    assert "yanxiu_websockets 0.0" in text
    assert "wp-login" not in text


async def test_extra_routes_are_served_beside_the_own_ones(client: Client) -> None:
    async with client.post("/telegram/webhook", json={"update_id": 1}) as response:
        assert await response.json() == {"update_id": 1}
    async with client.get("/old", allow_redirects=False) as response:
        assert response.status == 302
        assert response.headers["Content-Security-Policy"] == CSP


SESSION = "s" * 22


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"session": SESSION, "token": "file:1:plan"}, 404),
        ({"session": "short", "token": "file:1:plan"}, 400),
        ({"session": SESSION}, 400),
        ({"session": SESSION, "token": 7}, 400),
        ([], 400),
    ],
)
async def test_a_file_is_given_only_to_a_session_that_may_have_it(client: Client, body: object, status: int) -> None:
    async with client.post("/files", json=body) as response:
        assert response.status == status
        assert (await response.json())["error"]


async def test_another_sites_page_cannot_fetch_files(client: Client) -> None:
    headers = {"Origin": "https://elsewhere.example"}
    async with client.post("/files", json={"session": SESSION, "token": "file:1:plan"}, headers=headers) as response:
        assert response.status == 403
