"""The page's WebSocket, over a real loopback connection."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType, WSServerHandshakeError
from aiohttp.test_utils import TestClient, TestServer

from bot.channels.base import TemporarySendError
from bot.channels.webchat import WebChat
from bot.clock import system_clock
from bot.storage.conversations.inbox import Exchange
from bot.web import texts
from bot.web.app import build_app
from bot.web.chat import socket as chat
from bot.web.chat.frames import RESET_TEXT
from bot.web.deps import Deps
from bot.web.metrics import Metrics
from handlers.domain.messages import Address, Choice, Incoming, Reply
from handlers.texts import conversation as sentences
from tests.support.notifications import unasked
from tests.support.web import core_of

SESSION = "abcdefghijklmnopqrstuv"
OTHER = "zyxwvutsrqponmlkjihgfe"
WELCOME = Reply(text="您好", choices=(Choice(label="补助多少？", token="q:1"),))

Client = TestClient[Any, Any]


@dataclass
class Backend:
    """Answers by echo, once per message id; can be held up, and can fail."""

    done: dict[tuple[Address, str], tuple[Reply, ...]] = field(default_factory=dict)
    turns: list[Exchange] = field(default_factory=list)
    performed: list[Incoming] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    failing: bool = False
    webchat: WebChat = field(default_factory=lambda: WebChat(confirm_timeout=0.3))

    async def dispatch(self, incoming: Incoming) -> tuple[Reply, ...]:
        await self.gate.wait()
        if self.failing:
            raise RuntimeError("secret detail")
        key = (incoming.address, incoming.message_id)
        if key not in self.done:
            self.performed.append(incoming)
            self.done[key] = (Reply(text=f"收到：{incoming.text}"),)
        return self.done[key]

    async def transcript(self, address: Address, limit: int, after: int) -> list[Exchange]:
        if self.failing:
            raise RuntimeError("secret detail")
        return [exchange for exchange in self.turns if exchange.seq > after]


@pytest.fixture
async def backend() -> Backend:
    backend = Backend()
    backend.gate.set()
    return backend


@pytest.fixture
async def client(backend: Backend) -> AsyncIterator[Client]:
    core = core_of(dispatch=backend.dispatch, transcript=backend.transcript)
    url = "https://yanxiu.example.cn"
    app = build_app(Deps(core=core, webchat=backend.webchat, metrics=Metrics(), welcome=WELCOME, public_url=url))
    async with TestClient(TestServer(app)) as client:
        yield client


async def connect(client: Client, session: str = SESSION, after: int | None = None) -> Any:
    """An open socket whose hello has been answered; the history is kept as `.history`."""
    socket = await client.ws_connect("/ws")
    await socket.send_json({"type": "hello", "session": session, "after": after})
    history = await socket.receive_json(timeout=5)
    assert history["type"] == "history"
    return socket, history


async def next_of(socket: ClientWebSocketResponse, kind: str) -> dict[str, Any]:
    """The next frame of a type; others in between are passed over."""
    while True:
        frame: dict[str, Any] = await socket.receive_json(timeout=5)
        if frame["type"] == kind:
            return frame


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something has become true, at most five seconds."""
    for _ in range(500):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


def message(text: str, frame_id: str = "message-1") -> dict[str, str]:
    return {"type": "message", "id": frame_id, "text": text}


def turn(seq: int, text: str) -> Exchange:
    incoming = Incoming(address=Address(channel="web", id=SESSION), message_id=f"turn-{seq}-x", text=text)
    return Exchange(incoming=incoming, replies=(Reply(text=f"答{seq}"),), received_at=system_clock(), seq=seq)


async def test_hello_brings_the_history_and_the_starters(client: Client, backend: Backend) -> None:
    backend.turns = [turn(1, "问一"), turn(2, "问二")]
    _, history = await connect(client)
    assert [t["text"] for t in history["turns"]] == ["问一", "问二"]
    assert history["seq"] == 2
    assert history["welcome"]["choices"] == [{"label": "补助多少？", "token": "q:1"}]
    assert history["limit"] == 10_000


async def test_after_a_reconnect_only_what_is_new_comes(client: Client, backend: Backend) -> None:
    backend.turns = [turn(1, "问一"), turn(2, "问二")]
    _, history = await connect(client, after=1)
    assert [t["text"] for t in history["turns"]] == ["问二"]
    _, history = await connect(client, after=2)
    assert history["turns"] == []
    assert history["seq"] == 2


async def test_nothing_before_an_answered_reset_is_shown(client: Client, backend: Backend) -> None:
    backend.turns = [turn(1, "问一"), turn(2, RESET_TEXT), turn(3, "问二")]
    _, history = await connect(client)
    assert [t["text"] for t in history["turns"]] == ["问二"]
    assert history["reset"] is True


async def test_a_message_is_acknowledged_and_answered(client: Client, backend: Backend) -> None:
    socket, _ = await connect(client)
    await socket.send_json(message("补助？"))
    assert (await next_of(socket, "ack"))["id"] == "message-1"
    reply = await next_of(socket, "reply")
    assert reply["to"] == "message-1"
    assert reply["replies"] == [Reply(text="收到：补助？").model_dump(mode="json")]
    assert backend.performed[0].address == Address(channel="web", id=SESSION)


async def test_a_press_carries_its_token_and_label(client: Client, backend: Backend) -> None:
    socket, _ = await connect(client)
    await socket.send_json({"type": "choice", "id": "press-01", "token": "up:7", "label": "有用"})
    await next_of(socket, "reply")
    assert (backend.performed[0].choice, backend.performed[0].text) == ("up:7", "有用")


async def test_the_same_id_twice_is_done_once_and_answered_twice(client: Client, backend: Backend) -> None:
    socket, _ = await connect(client)
    for _ in range(2):
        await socket.send_json(message("补助？"))
        reply = await next_of(socket, "reply")
        assert reply["replies"][0]["text"] == "收到：补助？"
    assert len(backend.performed) == 1


async def test_a_message_is_finished_although_its_page_has_gone(client: Client, backend: Backend) -> None:
    backend.gate.clear()
    socket, _ = await connect(client)
    await socket.send_json(message("补助？"))
    await next_of(socket, "ack")
    await socket.close()
    backend.gate.set()
    await until(lambda: bool(backend.performed))
    socket, _ = await connect(client)
    await socket.send_json(message("补助？"))
    await next_of(socket, "reply")
    assert len(backend.performed) == 1


async def test_many_messages_are_answered_in_order(client: Client, backend: Backend) -> None:
    socket, _ = await connect(client)
    for n in range(100):
        await socket.send_json(message(f"问{n}", f"message-{n}"))
    answered = [(await next_of(socket, "reply"))["to"] for _ in range(100)]
    assert answered == [f"message-{n}" for n in range(100)]


BAD_FRAMES = [
    ("nonsense", texts.FRAME_NOT_JSON),
    ("[" * 50_000, texts.FRAME_NOT_JSON),
    ("[]", texts.FRAME_UNKNOWN),
    ("{}", texts.FRAME_UNKNOWN),
    ('{"type": "launch"}', texts.FRAME_UNKNOWN),
    ('{"type": "message", "text": "a"}', texts.FRAME_UNKNOWN),
    ('{"type": "message", "id": "message-1"}', texts.FRAME_UNKNOWN),
    ('{"type": "message", "id": "short", "text": "a"}', texts.FRAME_UNKNOWN),
    ('{"type": "message", "id": "message-1\\n", "text": "a"}', texts.FRAME_UNKNOWN),
    ('{"type": "message", "id": "message-1", "text": 1}', texts.FRAME_UNKNOWN),
    ('{"type": "message", "id": "message-1", "text": " "}', texts.FRAME_UNKNOWN),
    ('{"type": "message", "id": "message-1", "text": "\\ud800"}', texts.FRAME_UNKNOWN),
    ('{"type": "message", "id": "message-1", "text": "a", "more": 1}', texts.FRAME_UNKNOWN),
    ('{"type": "choice", "id": "message-1", "token": "%s", "label": "a"}' % ("字" * 22), texts.FRAME_UNKNOWN),
    ('{"type": "hello", "session": "guessable"}', texts.FRAME_UNKNOWN),
    (f'{{"type": "hello", "session": "{SESSION}", "after": -1}}', texts.FRAME_UNKNOWN),
    (f'{{"type": "hello", "session": "{OTHER}"}}', texts.HELLO_TWICE),
    ('{"type": "message", "id": "message-1", "text": "%s"}' % ("a" * 10_001), texts.TEXT_TOO_LONG),
]


@pytest.mark.parametrize(("raw", "sentence"), BAD_FRAMES, ids=[str(n) for n in range(len(BAD_FRAMES))])
async def test_a_malformed_frame_is_told_so_and_the_socket_stays_open(
    client: Client, backend: Backend, raw: str, sentence: str
) -> None:
    socket, _ = await connect(client)
    await socket.send_str(raw)
    error = await next_of(socket, "error")
    assert error["text"] == sentence
    assert error["again"] is False
    await socket.send_json(message("还在吗", "message-2"))
    assert (await next_of(socket, "reply"))["to"] == "message-2"
    assert backend.performed[0].text == "还在吗"


async def test_an_error_names_the_frame_it_is_about(client: Client) -> None:
    socket, _ = await connect(client)
    await socket.send_json(message("a" * 10_001, "message-9"))
    assert (await next_of(socket, "error"))["id"] == "message-9"


async def test_binary_frames_are_refused_politely(client: Client) -> None:
    socket, _ = await connect(client)
    await socket.send_bytes(b"\x00")
    assert (await next_of(socket, "error"))["text"] == texts.FRAME_NOT_JSON


async def test_a_frame_over_64_kib_closes_the_socket(client: Client) -> None:
    socket, _ = await connect(client)
    await socket.send_str("x" * (64 * 1024 + 1))
    closing = await socket.receive(timeout=5)
    assert closing.type is WSMsgType.CLOSE
    assert closing.data == 1009


async def test_ten_thousand_awkward_characters_fit_into_a_frame(client: Client, backend: Backend) -> None:
    socket, _ = await connect(client)
    await socket.send_str(json.dumps(message("\x01" * 9_999 + "问")))
    await next_of(socket, "reply")
    assert len(backend.performed[0].text) == 10_000


async def test_nul_is_dropped_from_a_message(client: Client, backend: Backend) -> None:
    socket, _ = await connect(client)
    await socket.send_json(message("补\x00助"))
    await next_of(socket, "reply")
    assert backend.performed[0].text == "补助"


async def test_a_message_before_hello_is_refused(client: Client, backend: Backend) -> None:
    socket = await client.ws_connect("/ws")
    await socket.send_json(message("补助？"))
    assert (await socket.receive_json(timeout=5))["text"] == texts.HELLO_FIRST
    assert backend.performed == []
    await socket.close()


async def test_a_socket_that_never_says_hello_is_closed(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat, "HELLO_TIMEOUT_SECONDS", 0.05)
    socket = await client.ws_connect("/ws")
    assert (await socket.receive(timeout=5)).type is WSMsgType.CLOSE


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://[", ""])
async def test_a_page_of_another_site_cannot_connect(client: Client, origin: str) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await client.ws_connect("/ws", headers={"Origin": origin})
    assert refused.value.status == 403


async def test_the_own_host_and_the_public_address_may_connect(client: Client) -> None:
    own = f"http://{client.host}:{client.port}"
    for origin in (own, "https://yanxiu.example.cn", "https://yanxiu.example.cn:443"):
        socket = await client.ws_connect("/ws", headers={"Origin": origin})
        await socket.close()


async def test_a_plain_request_for_the_socket_is_a_json_error(client: Client) -> None:
    async with client.get("/ws") as response:
        assert response.status == 400
        assert await response.json() == {"error": texts.BAD_REQUEST}


async def test_a_failing_message_gets_a_sentence_and_may_be_sent_again(client: Client, backend: Backend) -> None:
    socket, _ = await connect(client)
    backend.failing = True
    await socket.send_json(message("补助？"))
    error = await next_of(socket, "error")
    assert error == {
        "type": "error",
        "text": sentences.INTERNAL_ERROR,
        "id": "message-1",
        "again": True,
    }
    backend.failing = False
    await socket.send_json(message("补助？"))
    assert (await next_of(socket, "reply"))["replies"][0]["text"] == "收到：补助？"


async def test_an_unreadable_transcript_asks_the_page_to_come_back(client: Client, backend: Backend) -> None:
    backend.failing = True
    socket = await client.ws_connect("/ws")
    await socket.send_json({"type": "hello", "session": SESSION, "after": None})
    assert (await socket.receive_json(timeout=5))["text"] == texts.HISTORY_UNAVAILABLE
    closing = await socket.receive(timeout=5)
    assert closing.data == 1013


async def test_another_tab_of_the_session_sees_the_exchange(client: Client) -> None:
    here, _ = await connect(client)
    there, _ = await connect(client)
    stranger, _ = await connect(client, OTHER)
    await here.send_json(message("补助？"))
    seen = (await next_of(there, "turn"))["turn"]
    assert (seen["message_id"], seen["text"]) == ("message-1", "补助？")
    assert seen["replies"][0]["text"] == "收到：补助？"
    await stranger.send_json({"type": "ping"})
    assert (await stranger.receive_json(timeout=5))["type"] == "pong"


async def test_a_push_is_done_when_the_page_confirms_it(client: Client, backend: Backend) -> None:
    socket, _ = await connect(client)
    pushing = asyncio.create_task(backend.webchat.push(SESSION, unasked(Reply(text="提醒"))))
    frame = await next_of(socket, "push")
    assert frame["replies"][0]["text"] == "提醒"
    await socket.send_json({"type": "received", "push": frame["push"]})
    await pushing


async def test_a_push_that_no_page_confirms_is_a_temporary_failure(client: Client, backend: Backend) -> None:
    await connect(client)
    with pytest.raises(TemporarySendError, match="confirmed"):
        await backend.webchat.push(SESSION, unasked(Reply(text="提醒")))


async def test_a_push_without_an_open_page_is_a_temporary_failure(client: Client, backend: Backend) -> None:
    socket, _ = await connect(client)
    await socket.close()
    await until(lambda: not len(backend.webchat))
    with pytest.raises(TemporarySendError, match="no open page"):
        await backend.webchat.push(SESSION, unasked(Reply(text="提醒")))


async def test_open_sockets_are_counted(client: Client) -> None:
    socket, _ = await connect(client)
    async with client.get("/metrics") as response:
        assert "yanxiu_websockets 1.0" in await response.text()
    await socket.close()


async def test_shutdown_closes_every_socket_as_going_away(client: Client) -> None:
    greeted, _ = await connect(client)
    silent = await client.ws_connect("/ws")
    closing = asyncio.create_task(client.server.close())
    for socket in (greeted, silent):
        frame = await socket.receive(timeout=5)
        assert (frame.type, frame.data) == (WSMsgType.CLOSE, 1001)
    await closing


async def test_the_channel_idles_until_cancelled(backend: Backend) -> None:
    running = asyncio.create_task(backend.webchat.run())
    await asyncio.sleep(0.01)
    assert not running.done()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
