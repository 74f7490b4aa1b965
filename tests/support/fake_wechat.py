"""WeChat's servers on the loopback: strict about tokens, windows, lengths and encryption; and people who use it.

Callbacks are encrypted, and responses decrypted, with WeRoBot's implementation, not the one the assistant uses.

    async with FakeWeChat(clock) as wechat:
        ...point a channel's interfaces at `wechat.url`, and `wechat.callback` at the assistant...
        lin = wechat.person("lin")
        await lin.subscribes()
        await lin.says("示范班补助多少")
        assert "5万元" in lin.got[-1]
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

import aiohttp
import xmltodict
from aiohttp import web
from aiohttp.test_utils import TestServer
from werobot.crypto import MessageCrypt

from bot.clock import Clock

APP_ID, SECRET, TOKEN = "wx1234567890abcdef", "app-secret", "callback-token"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
ACCOUNT = "gh_0123456789ab"
TEMPLATE_ID = "template-1"
FAULT = "该公众号提供的服务出现故障，请稍后再试"
MOST_BYTES = 2047
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 200


class ApiError(Exception):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass
class Person:
    """Somebody with WeChat; `got` is what they see."""

    wechat: FakeWeChat
    openid: str
    subscribed: bool = False
    got: list[str] = field(default_factory=list)
    templates: list[dict[str, str]] = field(default_factory=list)
    window_until: datetime | None = None
    window_left: int = 0
    statuses: list[int] = field(default_factory=list)

    async def says(self, text: str, **fields: str) -> list[str]:
        """Write; what is seen before WeChat gives up (or the answer has come)."""
        return await self._sends({"MsgType": "text", "Content": text, "MsgId": self.wechat.new_id(), **fields})

    async def speaks(self, heard: str) -> list[str]:
        fields = {"MsgType": "voice", "MediaId": "voice-1", "Format": "amr", "Recognition": heard}
        return await self._sends(fields | {"MsgId": self.wechat.new_id()})

    async def shows(self, media_id: str) -> list[str]:
        fields = {"MsgType": "image", "PicUrl": "http://example.invalid/x.jpg", "MediaId": media_id}
        return await self._sends(fields | {"MsgId": self.wechat.new_id()})

    async def sends_kind(self, kind: str, **fields: str) -> list[str]:
        return await self._sends({"MsgType": kind, "MsgId": self.wechat.new_id(), **fields})

    async def subscribes(self, scene: str = "") -> list[str]:
        self.subscribed = True
        key = {"EventKey": f"qrscene_{scene}"} if scene else {}
        return await self._sends({"MsgType": "event", "Event": "subscribe", **key})

    async def leaves(self) -> list[str]:
        self.subscribed = False
        return await self._sends({"MsgType": "event", "Event": "unsubscribe"})

    async def clicks(self, key: str) -> list[str]:
        return await self._sends({"MsgType": "event", "Event": "CLICK", "EventKey": key})

    async def _sends(self, fields: dict[str, str]) -> list[str]:
        before, now = len(self.got), self.wechat.clock()
        said = fields.get("Content") or fields.get("Recognition") or fields.get("Event") or fields["MsgType"]
        self.wechat.lines.append(f"用户：{said}")
        if fields["MsgType"] != "event":
            self.window_until, self.window_left = now + timedelta(hours=48), 5
        elif self.window_until is None or self.window_until <= now:
            self.window_until, self.window_left = now + timedelta(minutes=1), 3
        stamp = {"FromUserName": self.openid, "ToUserName": ACCOUNT, "CreateTime": self.wechat.new_time()}
        await self.wechat.deliver(self, {**stamp, **fields})
        self.wechat.lines += [f"助手：{text}" for text in self.got[before:]]
        return self.got[before:]


class FakeWeChat:
    """The platform: interfaces, and deliveries with its five seconds and three tries."""

    def __init__(self, clock: Clock, mode: str = "safe", hangs_up_after: float = 5.0) -> None:
        self.clock = clock
        self.mode = mode
        self.hangs_up_after = hangs_up_after
        self.callback = ""
        self.last_delivery: tuple[dict[str, str], str | bytes] = ({}, "")
        self.people: dict[str, Person] = {}
        self.lines: list[str] = []
        """The conversation as it reads."""
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.failures: list[tuple[str, int]] = []
        """Paths (parts of them) and the code or HTTP status they are refused with next, once each."""
        self.down = False
        self.token_requests: Counter[bool] = Counter()
        self.media: dict[str, bytes] = {"photo-1": JPEG}
        self.menu: dict[str, Any] | None = None
        self.templates_left = 100_000
        self.allowed_ip = True
        self.kf_allowed = True
        self.jobs: list[str] = []
        self._tokens: dict[str, datetime] = {}
        self._ids = itertools.count(23_000_000_000_000_001)
        self._times = itertools.count()
        self._crypt = MessageCrypt(TOKEN, AES_KEY, APP_ID)
        self._jobs: set[asyncio.Task[object]] = set()
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._server = TestServer(app)

    async def __aenter__(self) -> Self:
        await self._server.start_server()
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*self._jobs, return_exceptions=True)
        await self._server.close()

    @property
    def url(self) -> str:
        return str(self._server.make_url("")).rstrip("/")

    def person(self, openid: str) -> Person:
        return self.people.setdefault(openid, Person(self, openid))

    def new_id(self) -> str:
        return str(next(self._ids))

    def new_time(self) -> str:
        return str(int(self.clock().timestamp()) + next(self._times) % 2)

    def expire_tokens(self) -> None:
        self._tokens = dict.fromkeys(self._tokens, self.clock())

    # --- deliveries ---

    def signed(self, xml: str, nonce: str | None = None, at: datetime | None = None) -> tuple[dict[str, str], str]:
        """Query and body of a callback."""
        timestamp = str(int((at or self.clock()).timestamp()))
        nonce = nonce or f"n{next(self._ids)}"
        query = {"timestamp": timestamp, "nonce": nonce, "signature": sha1(TOKEN, timestamp, nonce)}
        if self.mode == "plain":
            return query, xml
        sealed = xmltodict.parse(self._crypt.encrypt_message(xml, timestamp, nonce))["xml"]
        query |= {"encrypt_type": "aes", "msg_signature": sealed["MsgSignature"], "openid": "o"}
        outer = f"<ToUserName><![CDATA[{ACCOUNT}]]></ToUserName><Encrypt><![CDATA[{sealed['Encrypt']}]]></Encrypt>"
        inner = xml.removeprefix("<xml>").removesuffix("</xml>") if self.mode == "compatible" else ""
        return query, f"<xml>{inner}{outer}</xml>"

    async def deliver(self, person: Person, fields: dict[str, str], tries: int = 3) -> None:
        """Post it, at most three times, hanging up after five seconds."""
        xml = as_xml(fields)
        for _ in range(tries):
            query, body = self.signed(xml)
            try:
                status, text = await self.post(query, body, self.hangs_up_after)
            except (TimeoutError, aiohttp.ClientError):
                person.statuses.append(0)
                continue
            person.statuses.append(status)
            if status == 200:
                self._show(person, text)
                return
        person.got.append(FAULT)

    async def post(self, query: dict[str, str], body: str | bytes, within: float = 30) -> tuple[int, str]:
        self.last_delivery = (query, body)
        async with (
            aiohttp.ClientSession() as session,
            asyncio.timeout(within),
            session.post(self.callback, params=query, data=body) as response,
        ):
            return response.status, await response.text()

    def _show(self, person: Person, text: str) -> None:
        """What the person sees of a response."""
        if text in {"", "success"}:
            return
        try:
            message = self._read(text)
            assert message["ToUserName"] == person.openid
            assert message["FromUserName"] == ACCOUNT
            assert message["CreateTime"].isdecimal()
            assert len(message["Content"].encode()) <= MOST_BYTES
            person.got.append(message["Content"])
        except Exception as error:
            person.got.append(f"{FAULT} {error!r}")

    def _read(self, text: str) -> dict[str, str]:
        if self.mode == "plain":
            return dict(xmltodict.parse(text)["xml"])
        sealed = xmltodict.parse(text)["xml"]
        if "Encrypt" not in sealed:
            raise AssertionError("an unencrypted reply in safe mode")
        arguments = (sealed["TimeStamp"], sealed["Nonce"], sealed["MsgSignature"], sealed["Encrypt"])
        return dict(xmltodict.parse(self._crypt.decrypt_message(*arguments))["xml"])

    # --- interfaces ---

    async def _serve(self, request: web.Request) -> web.Response:
        path = "/" + request.match_info["path"]
        if self.down:
            return web.Response(status=502, text="bad gateway")
        body = await request.read()
        payload = json.loads(body) if body else dict(request.query)
        self.calls.append((path, payload))
        for index, (part, code) in enumerate(self.failures):
            if part in path:
                del self.failures[index]
                if code >= 40000 or code < 0:
                    return web.json_response({"errcode": code, "errmsg": f"scripted {code}"})
                return web.Response(status=code)
        try:
            if path != "/cgi-bin/stable_token":
                self._check_token(request.query.get("access_token", ""))
            found = self._call(path, payload)
        except ApiError as error:
            return web.json_response({"errcode": error.code, "errmsg": str(error)})
        if isinstance(found, bytes):
            return web.Response(body=found, content_type="image/jpeg")
        return web.json_response({"errcode": 0, "errmsg": "ok", **found})

    def _call(self, path: str, payload: dict[str, Any]) -> dict[str, Any] | bytes:
        match path:
            case "/cgi-bin/stable_token":
                return self._token(payload)
            case "/cgi-bin/message/custom/send":
                return self._custom(payload)
            case "/cgi-bin/message/template/send":
                return self._template(payload)
            case "/cgi-bin/media/get":
                if payload["media_id"] not in self.media:
                    raise ApiError(40007, "invalid media_id")
                return self.media[payload["media_id"]]
            case "/cgi-bin/menu/create":
                self.menu = payload
                return {}
            case "/cgi-bin/get_current_selfmenu_info":
                return {"is_menu_open": int(self.menu is not None), "selfmenu_info": self.menu or {}}
            case "/cgi-bin/template/get_all_private_template":
                fields = "".join(f"{{{{{name}.DATA}}}}" for name in ("thing1", "thing2", "time3", "thing4"))
                return {"template_list": [{"template_id": TEMPLATE_ID, "content": fields}]}
            case "/cgi-bin/get_api_domain_ip":
                return {"ip_list": ["127.0.0.1"]}
        raise ApiError(40066, "invalid url")

    def _token(self, payload: dict[str, Any]) -> dict[str, Any]:
        if payload.get("appid") != APP_ID:
            raise ApiError(40013, "invalid appid")
        if payload.get("secret") != SECRET:
            raise ApiError(40125, "invalid appsecret")
        if not self.allowed_ip:
            raise ApiError(40164, "invalid ip 203.0.113.9, not in whitelist")
        force = bool(payload.get("force_refresh"))
        self.token_requests[force] += 1
        held = [token for token, until in self._tokens.items() if until > self.clock()]
        if held and not force:
            return {"access_token": held[-1], "expires_in": 7200}
        token = f"token-{next(self._ids)}" + "x" * 120
        self._tokens = {token: self.clock() + timedelta(seconds=7200)}
        return {"access_token": token, "expires_in": 7200}

    def _check_token(self, token: str) -> None:
        if token not in self._tokens:
            raise ApiError(40001, "invalid credential, access_token is invalid or not latest")
        if self._tokens[token] <= self.clock():
            raise ApiError(42001, "access_token expired")

    def _custom(self, payload: dict[str, Any]) -> dict[str, Any]:
        if not self.kf_allowed:
            raise ApiError(48001, "api unauthorized")
        person = self._reachable(payload["touser"])
        if person.window_until is None or person.window_until <= self.clock():
            raise ApiError(45015, "response out of time limit or subscription is canceled")
        if person.window_left <= 0:
            raise ApiError(45047, "out of response count limit")
        if payload["msgtype"] != "text" or len(payload["text"]["content"].encode()) > MOST_BYTES:
            raise ApiError(45002, "content size out of limit")
        person.window_left -= 1
        person.got.append(payload["text"]["content"])
        return {}

    def _template(self, payload: dict[str, Any]) -> dict[str, Any]:
        person = self._reachable(payload["touser"])
        if payload["template_id"] != TEMPLATE_ID:
            raise ApiError(40037, "invalid template_id")
        if self.templates_left <= 0:
            raise ApiError(45009, "reach max api daily quota limit")
        values = {name: one["value"] for name, one in payload["data"].items()}
        if any(len(value) > 20 for name, value in values.items() if name.startswith("thing")):
            raise ApiError(47003, "argument invalid! data.thing.value is too long")
        self.templates_left -= 1
        person.templates.append(values)
        self.lines.append(f"模板消息：{'　'.join(values.values())}")
        self.jobs.append(self.new_id())
        return {"msgid": int(self.jobs[-1])}

    def _reachable(self, openid: str) -> Person:
        person = self.people.get(openid)
        if person is None:
            raise ApiError(40003, "invalid openid")
        if not person.subscribed:
            raise ApiError(43004, "require subscribe")
        return person


def as_xml(fields: dict[str, str]) -> str:
    """Fields as WeChat writes them."""
    clean = {name: value.replace("]]>", "]]]]><![CDATA[>") for name, value in fields.items()}
    inner = (f"<{name}><![CDATA[{value}]]></{name}>" for name, value in clean.items())
    return f"<xml>{''.join(inner)}</xml>"


def sha1(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()
