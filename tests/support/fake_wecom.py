"""WeCom's servers on the loopback: strict about tokens, addresses, members, lengths and limits; and its members.

Callbacks are encrypted with WeRoBot's implementation, not the one the assistant uses.
"""

from __future__ import annotations

import itertools
import json
import re
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

import aiohttp
import xmltodict
from aiohttp import web
from aiohttp.test_utils import TestServer
from werobot.crypto import MessageCrypt

from bot.clock import Clock
from tests.support.fake_wechat import ApiError, as_xml, sha1

CORP_ID, AGENT_ID, SECRET, TOKEN = "ww1234567890abcdef", 1000002, "agent-secret", "wecom-token"
AES_KEY = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefg"


@dataclass
class Member:
    """Somebody with WeCom; `got` is what they read, `cards` what they can press, `files` what they can open."""

    wecom: FakeWeCom
    userid: str
    got: list[str] = field(default_factory=list)
    cards: list[dict[str, Any]] = field(default_factory=list)
    files: list[tuple[str, bytes]] = field(default_factory=list)
    dropped: int = 0
    sent_at: deque[datetime] = field(default_factory=deque)

    async def says(self, text: str) -> int:
        return await self.sends_kind("text", Content=text)

    async def sends_kind(self, kind: str, **fields: str) -> int:
        return await self._sends({"MsgType": kind, "MsgId": self.wecom.new_id(), **fields})

    async def presses(self, label: str) -> int:
        card = self.cards[-1]
        key = next(button["key"] for button in card["button_list"] if button["text"] == label)
        fields = {"Event": "template_card_event", "EventKey": key, "TaskId": card["task_id"], "ResponseCode": "r"}
        return await self._sends({"MsgType": "event", **fields})

    async def clicks(self, key: str) -> int:
        return await self._sends({"MsgType": "event", "Event": "click", "EventKey": key})

    async def does(self, event: str) -> int:
        return await self._sends({"MsgType": "event", "Event": event})

    async def _sends(self, fields: dict[str, str]) -> int:
        stamp = {"ToUserName": CORP_ID, "FromUserName": self.userid, "AgentID": str(AGENT_ID)}
        return await self.wecom.deliver({**stamp, "CreateTime": self.wecom.new_time(), **fields})


class FakeWeCom:
    """The platform: interfaces, and deliveries that are repeated unless they are acknowledged."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.callback = ""
        self.last_delivery: tuple[dict[str, str], str | bytes] = ({}, "")
        self.members: dict[str, Member] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.failures: list[tuple[str, int]] = []
        self.down = False
        self.trusted_ip = True
        self.media: dict[str, bytes] = {}
        self.menu: dict[str, Any] | None = None
        self._kept: dict[str, tuple[str, bytes]] = {}
        self._tokens: dict[str, datetime] = {}
        self._ids = itertools.count(7_000_000_000_000_001)
        self._crypt = MessageCrypt(TOKEN, AES_KEY, CORP_ID)
        app = web.Application(client_max_size=30 << 20)
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._server = TestServer(app)

    async def __aenter__(self) -> Self:
        await self._server.start_server()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.close()

    @property
    def url(self) -> str:
        return str(self._server.make_url("")).rstrip("/")

    def member(self, userid: str) -> Member:
        return self.members.setdefault(userid, Member(self, userid))

    def new_id(self) -> str:
        return str(next(self._ids))

    def new_time(self) -> str:
        return str(int(self.clock().timestamp()))

    def expire_tokens(self) -> None:
        self._tokens = dict.fromkeys(self._tokens, self.clock())

    def signed(self, xml: str, nonce: str | None = None) -> tuple[dict[str, str], str]:
        timestamp, nonce = str(int(self.clock().timestamp())), nonce or f"n{next(self._ids)}"
        sealed = xmltodict.parse(self._crypt.encrypt_message(xml, timestamp, nonce))["xml"]
        query = {"timestamp": timestamp, "nonce": nonce, "msg_signature": sealed["MsgSignature"]}
        outer = f"<ToUserName><![CDATA[{CORP_ID}]]></ToUserName><AgentID>{AGENT_ID}</AgentID>"
        return query, f"<xml>{outer}<Encrypt><![CDATA[{sealed['Encrypt']}]]></Encrypt></xml>"

    def echo(self, text: str) -> dict[str, str]:
        timestamp, nonce = str(int(self.clock().timestamp())), f"n{next(self._ids)}"
        sealed = xmltodict.parse(self._crypt.encrypt_message(text, timestamp, nonce))["xml"]
        signature = sha1(TOKEN, timestamp, nonce, sealed["Encrypt"])
        return {"timestamp": timestamp, "nonce": nonce, "msg_signature": signature, "echostr": sealed["Encrypt"]}

    async def deliver(self, fields: dict[str, str], tries: int = 3) -> int:
        """Post it until it is acknowledged; the last status."""
        xml, status = as_xml(fields), 0
        for _ in range(tries):
            status, _body = await self.post(*self.signed(xml))
            if status == 200:
                break
        return status

    async def post(self, query: dict[str, str], body: str | bytes, within: float = 5) -> tuple[int, str]:
        self.last_delivery = (query, body)
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(within)) as session,
            session.post(self.callback, params=query, data=body) as response,
        ):
            return response.status, await response.text()

    async def _serve(self, request: web.Request) -> web.Response:
        path = "/" + request.match_info["path"]
        if self.down:
            return web.Response(status=502)
        payload: dict[str, Any] = dict(request.query)
        if request.content_type == "application/json" and request.can_read_body:
            payload |= json.loads(await request.read())
        self.calls.append((path, payload))
        for index, (part, code) in enumerate(self.failures):
            if part in path:
                del self.failures[index]
                if code >= 40000 or code < 0:
                    return web.json_response({"errcode": code, "errmsg": f"scripted {code}"})
                return web.Response(status=code)
        try:
            if path != "/cgi-bin/gettoken":
                self._check(payload.get("access_token", ""))
            found = await self._call(path, payload, request)
        except ApiError as error:
            return web.json_response({"errcode": error.code, "errmsg": str(error)})
        if isinstance(found, bytes):
            return web.Response(body=found, content_type="application/octet-stream")
        return web.json_response({"errcode": 0, "errmsg": "ok", **found})

    async def _call(self, path: str, payload: dict[str, Any], request: web.Request) -> dict[str, Any] | bytes:
        match path:
            case "/cgi-bin/gettoken":
                return self._token(payload)
            case "/cgi-bin/message/send":
                return self._send(payload)
            case "/cgi-bin/media/upload":
                return await self._upload(request)
            case "/cgi-bin/media/get":
                return self.media[payload["media_id"]]
            case "/cgi-bin/menu/create":
                self.menu = payload
                return {}
            case "/cgi-bin/menu/get":
                if self.menu is None:
                    raise ApiError(46003, "menu no exist")
                return {"button": self.menu["button"]}
            case "/cgi-bin/agent/get":
                return {"agentid": AGENT_ID, "name": "研修助手"}
        raise ApiError(40066, "invalid url")

    def _token(self, payload: dict[str, Any]) -> dict[str, Any]:
        if payload.get("corpid") != CORP_ID:
            raise ApiError(40013, "invalid corpid")
        if payload.get("corpsecret") != SECRET:
            raise ApiError(40001, "invalid credential")
        held = [token for token, until in self._tokens.items() if until > self.clock()]
        token = held[-1] if held else f"token-{next(self._ids)}"
        self._tokens = {token: self.clock() + timedelta(seconds=7200)}
        return {"access_token": token, "expires_in": 7200}

    def _check(self, token: str) -> None:
        if not self.trusted_ip:
            raise ApiError(60020, "not allow to access from your ip, from ip: 203.0.113.9")
        if token not in self._tokens:
            raise ApiError(40014, "invalid access_token")
        if self._tokens[token] <= self.clock():
            raise ApiError(42001, "access_token expired")

    async def _upload(self, request: web.Request) -> dict[str, Any]:
        form = await request.post()
        part = form["media"]
        assert isinstance(part, web.FileField)
        data = part.file.read()
        if not 5 < len(data) <= 20 << 20:
            raise ApiError(40009, "invalid size")
        media_id = f"media-{next(self._ids)}"
        self._kept[media_id] = (part.filename, data)
        return {"type": "file", "media_id": media_id}

    def _send(self, payload: dict[str, Any]) -> dict[str, Any]:
        if payload.get("agentid") != AGENT_ID:
            raise ApiError(40056, "invalid agentid")
        member = self.members.get(payload["touser"])
        if member is None:
            raise ApiError(81013, "user & party & tag all invalid")
        now = self.clock()
        while member.sent_at and member.sent_at[0] <= now - timedelta(hours=1):
            member.sent_at.popleft()
        in_minute = sum(at > now - timedelta(minutes=1) for at in member.sent_at)
        if in_minute >= 30 or len(member.sent_at) >= 1000:
            member.dropped += 1  # without a word
            return {"msgid": self.new_id()}
        member.sent_at.append(now)
        self._show(member, payload)
        return {"msgid": self.new_id(), "invaliduser": ""}

    def _show(self, member: Member, payload: dict[str, Any]) -> None:
        kind = payload["msgtype"]
        body = payload[kind]
        if kind in {"text", "markdown"}:
            member.got.append(body["content"].encode()[:2048].decode(errors="replace"))
        elif kind == "template_card":
            self._check_card(body)
            member.cards.append(body)
        elif kind == "file":
            member.files.append(self._kept[body["media_id"]])
        elif kind == "textcard":
            assert len(body["title"].encode()) <= 128
            assert len(body["description"].encode()) <= 512
            member.got.append(f"{body['title']} {body['url']}")
        else:
            raise ApiError(40008, "invalid message type")

    @staticmethod
    def _check_card(card: dict[str, Any]) -> None:
        if card["card_type"] != "button_interaction" or not card["main_title"]["title"]:
            raise ApiError(42014, "invalid template card")
        if not re.fullmatch(r"[0-9A-Za-z_@-]{1,128}", card["task_id"]):
            raise ApiError(42017, "task id invalid")
        buttons = card["button_list"]
        if not 1 <= len(buttons) <= 6 or any(len(one["key"].encode()) > 1024 for one in buttons):
            raise ApiError(42016, "invalid button list")
