"""A strict Bot API server on the loopback, and people who talk through it.

    async with FakeTelegram() as telegram, running(telegram, dispatch):
        lin = telegram.person(1001)
        [answer] = await lin.says("省级示范补助多少？")
        [more] = await lin.presses("为什么")

`telegram.transcript()` is the recorded conversation, `telegram.calls` every accepted or refused call.
"""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Self

import aiohttp
from aiohttp import web

from bot.channels.base import Dispatch
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.timing import Patience, Timing
from bot.settings import TelegramMode
from tests.support import fake_telegram_rules as rules
from tests.support.fake_telegram_rules import ApiError, bad_request, units
from tests.support.files import no_files, take_nothing

TOKEN = "123456:AAFake-token_of-the-tests"
BOT_ID = 123456
USERNAME = "YanxiuTestBot"
START = 1_764_000_000

FAST = Timing(
    reconnect_first=0.01,
    reconnect_longest=0.02,
    long_poll=5,
    unfinished_poll_pause=0.01,
    unfinished_poll_longest=0.02,
    typing_after=0.02,
    typing_every=0.02,
    request_timeout=2.0,
    connect_timeout=1.0,
    shutdown_grace=0.5,
    answer=Patience(attempts=4, first_wait=0.01, longest_wait=2.0),
    push=Patience(attempts=2, first_wait=0.01, longest_wait=0.1),
)


@dataclass(frozen=True)
class Call:
    """One request the server got."""

    method: str
    params: dict[str, Any]
    status: int = 200


@dataclass(frozen=True)
class Sent:
    """A message the bot sent, as its reader sees it."""

    message_id: int
    chat_id: int
    text: str
    buttons: tuple[tuple[str, ...], ...] = ()
    tokens: dict[str, str] = field(default_factory=dict)
    params: dict[str, Any] = field(default_factory=dict)


@dataclass
class _Failure:
    """A scripted refusal."""

    method: str
    error: ApiError
    times: int
    chat_id: int | None


class FakeTelegram:
    """The server; an async context manager. Only chats that wrote to the bot are known."""

    def __init__(self, token: str = TOKEN) -> None:
        self.token = token
        self.calls: list[Call] = []
        self.sent: list[Sent] = []
        self.lines: list[str] = []
        self.files: dict[str, bytes] = {}
        self.kept: dict[str, bytes] = {}
        """What people sent, by file id."""
        self.commands: list[dict[str, str]] = []
        self.webhook: dict[str, Any] | None = None
        self.webhook_reaches = ""
        self.chats: dict[int, dict[str, Any]] = {}
        self.callbacks: set[str] = set()
        self.updates: dict[int, dict[str, Any]] = {}
        self.confirmed = 0
        self.numbers = itertools.count(1)
        self._update_ids = itertools.count(7001)
        self._failures: list[_Failure] = []
        self._allowed: list[str] = []
        self._calls_before = 0
        self._poll: asyncio.Future[None] | None = None
        self._port = 0
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        await self.come_up()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.go_down()

    async def come_up(self) -> None:
        """Listen; after `go_down`, on the same port."""
        app = web.Application()
        app.router.add_route("*", "/bot{token}/{method}", self._serve)
        app.router.add_get("/file/bot{token}/{path:.+}", self._serve_file)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def go_down(self) -> None:
        """Refuse connections."""
        if self._runner is not None:
            self._wake()
            await self._runner.cleanup()
            self._runner = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def person(self, chat_id: int, name: str = "林老师") -> Person:
        """Someone who writes to the bot in private."""
        return Person(self, chat_id, name)

    def fail(
        self,
        method: str,
        status: int,
        description: str,
        *,
        times: int = 1,
        chat_id: int | None = None,
        **parameters: float,
    ) -> None:
        """Refuse the next calls, e.g. `fail("sendMessage", 429, "Too Many Requests", retry_after=1)`."""
        self._failures.append(_Failure(method, ApiError(status, description, **parameters), times, chat_id))

    def update(self, kind: str, payload: dict[str, Any], update_id: int | None = None) -> dict[str, Any]:
        """An update with the next id."""
        return {"update_id": next(self._update_ids) if update_id is None else update_id, kind: payload}

    async def deliver(self, update: dict[str, Any]) -> int:
        """Bring an update to the bot by the way it chose; returns the webhook's answer, else 200."""
        self._calls_before = len(self.calls)
        if self.webhook is not None:
            return await self.post_webhook(update, self.webhook.get("secret_token", ""))
        self.updates[update["update_id"]] = update
        self._wake()
        return 200

    async def post_webhook(self, update: object, secret: str | None, **options: Any) -> int:
        """POST to the bot's web server; `secret=None` sends no header."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret is not None else {}
        options = options or {"json": update}
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.webhook_reaches}/telegram/webhook", headers=headers, **options) as response,
        ):
            return response.status

    async def answered(self, update: dict[str, Any]) -> None:
        """Wait until the bot has confirmed the update; by webhook, until it has begun to speak and falls silent."""
        if self.webhook is None:
            await until(lambda: self.confirmed > update["update_id"], 20)  # a file is read in a process of its own
            return
        with suppress(TimeoutError):
            await until(lambda: len(self.calls) > self._calls_before, 0.5)
        heard = -1
        while heard != len(self.calls):
            heard = len(self.calls)
            await asyncio.sleep(0.03)

    def sent_to(self, chat_id: int) -> list[str]:
        """The texts a chat got."""
        return [sent.text for sent in self.sent if sent.chat_id == chat_id]

    def called(self, method: str) -> list[dict[str, Any]]:
        """The parameters of the accepted calls of a method."""
        return [call.params for call in self.calls if call.method == method and call.status == 200]

    def transcript(self) -> list[str]:
        """The conversation, a line a message: `林老师：…` and `助手：… [按钮|按钮]`."""
        return list(self.lines)

    async def _serve(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        params: dict[str, Any] = {}
        try:
            if request.match_info["token"] != self.token:
                raise ApiError(401, "Unauthorized")
            if method not in rules.FIELDS:
                raise ApiError(404, "Not Found")
            params = rules.parameters(method, await request.post())
            self._scripted(method, params)
            result = await getattr(self, f"_{method}")(params)
        except ApiError as error:
            self.calls.append(Call(method, params, error.status))
            body = {"ok": False, "error_code": error.status, "description": error.description}
            if error.parameters:
                body["parameters"] = error.parameters
            return web.json_response(body, status=error.status)
        self.calls.append(Call(method, params))
        return web.json_response({"ok": True, "result": result})

    def _scripted(self, method: str, params: dict[str, Any]) -> None:
        chat_id = int(params["chat_id"]) if "chat_id" in params else None
        for failure in self._failures:
            if failure.method == method and failure.chat_id in (None, chat_id):
                failure.times -= 1
                if failure.times == 0:
                    self._failures.remove(failure)
                raise failure.error

    async def _getMe(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"id": BOT_ID, "is_bot": True, "first_name": "研修助手", "username": USERNAME}

    async def _setMyCommands(self, params: dict[str, Any]) -> bool:
        for command in params["commands"]:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", command["command"]) or not command["description"]:
                raise bad_request("BOT_COMMAND_INVALID")
        self.commands = params["commands"]
        return True

    async def _setWebhook(self, params: dict[str, Any]) -> bool:
        if not params["url"].startswith("https://"):
            raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", params.get("secret_token", "")):
            raise bad_request("secret token contains unallowed characters")
        self.webhook = params
        return True

    async def _deleteWebhook(self, _: dict[str, Any]) -> bool:
        self.webhook = None
        return True

    async def _getUpdates(self, params: dict[str, Any]) -> list[dict[str, Any]]:
        if self.webhook is not None:
            raise ApiError(409, "Conflict: can't use getUpdates method while webhook is active")
        if self._poll is not None and not self._poll.done():
            self._poll.set_exception(ApiError(409, "Conflict: terminated by other getUpdates request"))
        self._allowed = params.get("allowed_updates", self._allowed)
        self.confirmed = max(self.confirmed, params.get("offset", 0))
        self.updates = {key: update for key, update in self.updates.items() if key >= self.confirmed}
        if not self._waiting() and params.get("timeout", 0):
            self._poll = asyncio.get_running_loop().create_future()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._poll, params["timeout"])
        return self._waiting()[: params.get("limit", 100)]

    def _waiting(self) -> list[dict[str, Any]]:
        kinds = set(self._allowed)
        return [self.updates[key] for key in sorted(self.updates) if not kinds or kinds & set(self.updates[key])]

    def _wake(self) -> None:
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)

    def _chat(self, params: dict[str, Any]) -> dict[str, Any]:
        chat = self.chats.get(int(params["chat_id"]))
        if chat is None:
            raise bad_request("chat not found")
        return chat

    async def _sendChatAction(self, params: dict[str, Any]) -> bool:
        self._chat(params)
        if params["action"] != "typing":
            raise bad_request("wrong parameter action in request")
        return True

    async def _answerCallbackQuery(self, params: dict[str, Any]) -> bool:
        if params["callback_query_id"] not in self.callbacks:
            raise bad_request("query is too old and response timeout expired or query ID is invalid")
        self.callbacks.discard(params["callback_query_id"])
        return True

    async def _getFile(self, params: dict[str, Any]) -> dict[str, Any]:
        content = self.kept.get(params["file_id"])
        if content is None:
            raise bad_request("wrong file_id or the file is temporarily unavailable")
        if len(content) > rules.MOST_FETCHED:
            raise bad_request("file is too big")
        found = {"file_id": params["file_id"], "file_unique_id": f"u{params['file_id']}", "file_size": len(content)}
        return found | {"file_path": f"documents/{params['file_id']}"}

    async def _serve_file(self, request: web.Request) -> web.Response:
        content = self.kept.get(request.match_info["path"].removeprefix("documents/"))
        if request.match_info["token"] != self.token or content is None:
            return web.Response(status=404)
        return web.Response(body=content)

    async def _sendDocument(self, params: dict[str, Any]) -> dict[str, Any]:
        chat, document = self._chat(params), params["document"]
        content = document.file.read()
        if not content:
            raise bad_request("file must be non-empty")
        sent = Sent(next(self.numbers), chat["id"], document.filename, (), {}, params)
        self.sent.append(sent)
        self.files[document.filename] = content
        self.lines.append(f"助手：〔文件〕{document.filename}")
        return {
            "message_id": sent.message_id,
            "date": START,
            "chat": chat,
            "document": {"file_id": "f", "file_unique_id": "u", "file_name": document.filename},
        }

    async def _sendMessage(self, params: dict[str, Any]) -> dict[str, Any]:
        chat = self._chat(params)
        text = rules.shown_text(params)
        rows = params.get("reply_markup", {"inline_keyboard": []})["inline_keyboard"]
        if "reply_markup" in params:
            rules.check_keyboard(params["reply_markup"])
        buttons = tuple(tuple(button["text"] for button in row) for row in rows)
        tokens = {button["text"]: button["callback_data"] for row in rows for button in row}
        sent = Sent(next(self.numbers), chat["id"], text, buttons, tokens, params)
        self.sent.append(sent)
        shown = f" [{'|'.join(tokens)}]" if tokens else ""
        self.lines.append(f"助手：{text}{shown}")
        return {"message_id": sent.message_id, "date": START, "chat": chat, "text": text}


@dataclass
class Person:
    """Someone who writes to the bot, in private or in a group."""

    telegram: FakeTelegram
    chat_id: int
    name: str = "林老师"

    def __post_init__(self) -> None:
        private = {"id": self.chat_id, "type": "private", "first_name": self.name}
        self.telegram.chats.setdefault(self.chat_id, private)

    @property
    def user(self) -> dict[str, Any]:
        return {"id": self.chat_id, "is_bot": False, "first_name": self.name}

    def message(self, text: str | None = None, *, group: int | None = None, **fields: Any) -> dict[str, Any]:
        """A message of this person; mentions and commands in the text get their entities."""
        chat = self.telegram.chats[self.chat_id]
        if group is not None:
            new = {"id": group, "type": "supergroup", "title": "培训群"}
            chat = self.telegram.chats.setdefault(group, new)
        message = {"message_id": next(self.telegram.numbers), "date": START, "chat": chat, "from": self.user}
        if text is not None:
            message |= {"text": text, "entities": entities(text)}
        return message | fields

    async def sends(self, update: dict[str, Any]) -> list[Sent]:
        """Deliver an update; what the bot sends until it has dealt with it."""
        before = len(self.telegram.sent)
        await self.telegram.deliver(update)
        await self.telegram.answered(update)
        return self.telegram.sent[before:]

    async def says(self, text: str, **fields: Any) -> list[Sent]:
        """Write something; returns the bot's messages."""
        self.telegram.lines.append(f"{self.name}：{text}")
        return await self.sends(self.telegram.update("message", self.message(text, **fields)))

    async def sends_file(self, name: str, content: bytes, **fields: Any) -> list[Sent]:
        """Send a document; returns the bot's messages."""
        self.telegram.lines.append(f"{self.name}：〔文件〕{name}")
        file_id = f"file{next(self.telegram.numbers)}"
        self.telegram.kept[file_id] = content
        ids = {"file_id": file_id, "file_unique_id": f"u{file_id}"}
        document = ids | {"file_name": name, "file_size": len(content)}
        return await self.sends(self.telegram.update("message", self.message(document=document, **fields)))

    async def presses(self, label: str) -> list[Sent]:
        """Press the newest button with this label in the private chat; returns the bot's messages."""
        sent = next(s for s in reversed(self.telegram.sent) if s.chat_id == self.chat_id and label in s.tokens)
        self.telegram.lines.append(f"{self.name}：〔{label}〕")
        return await self.sends(self.press(sent.tokens[label], sent.message_id))

    def press(self, token: str, message_id: int, *, group: int | None = None) -> dict[str, Any]:
        """The update of a pressed button."""
        query_id = f"q{next(self.telegram.numbers)}"
        self.telegram.callbacks.add(query_id)
        message = self.message("…", group=group) | {"message_id": message_id}
        payload = {"id": query_id, "from": self.user, "chat_instance": "1", "data": token, "message": message}
        return self.telegram.update("callback_query", payload)


def entities(text: str) -> list[dict[str, Any]]:
    """Mentions and a leading command, with offsets in UTF-16 units."""
    found = []
    for match in re.finditer(r"^/\w+(?:@\w+)?|(?<![\w/])@\w+", text):
        kind = "bot_command" if match[0].startswith("/") else "mention"
        found.append({"type": kind, "offset": units(text[: match.start()]), "length": units(match[0])})
    return found


async def until(condition: Callable[[], object], seconds: float = 5.0) -> None:
    """Wait for something to become true; TimeoutError if it does not."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


def build_channel(telegram: FakeTelegram, dispatch: Dispatch, **arguments: Any) -> TelegramChannel:
    """A channel that talks to the fake, with short waits."""
    options: dict[str, Any] = {"token": telegram.token, "base_url": telegram.url, "timing": FAST}
    if arguments.get("mode") is TelegramMode.WEBHOOK:
        options["public_url"] = "https://yanxiu.example"
    return TelegramChannel(dispatch=dispatch, **({"fetch": no_files, "receive": take_nothing} | options | arguments))


@asynccontextmanager
async def running(telegram: FakeTelegram, dispatch: Dispatch, **arguments: Any) -> AsyncIterator[TelegramChannel]:
    """A channel at work, ready to receive; stopped cleanly at the end."""
    channel = build_channel(telegram, dispatch, **arguments)
    async with serving(telegram, channel):
        task = asyncio.create_task(channel.run())
        try:
            await until(lambda: telegram.commands or task.done())
            yield channel
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def serving(telegram: FakeTelegram, channel: TelegramChannel) -> AsyncIterator[None]:
    """The channel's webhook route on a web server that the fake reaches."""
    app = web.Application()
    app.add_routes(channel.routes())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    telegram.webhook_reaches = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield
    finally:
        await runner.cleanup()
