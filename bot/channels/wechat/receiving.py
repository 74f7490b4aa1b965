"""GET and POST /wechat: what WeChat delivers, checked, opened and told apart."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from aiohttp import web

from bot.background.leased_worker import finish
from bot.channels.request_body import limited_body
from bot.channels.services import Services
from bot.channels.tencent.signed_callbacks import (
    MAX_BODY_BYTES,
    CallbackRefused,
    Keys,
    Signed,
    Xml,
    body_digest,
    parse_xml,
)
from bot.channels.wechat.messages import NAME, Delivered, read
from bot.channels.wechat.passive_reply import ANSWER_WITHIN, HOLD, SUCCESS, AnswerSource, PassiveReplies
from bot.settings import WeChatMode
from bot.storage.channels.webhook_deliveries import WebhookDelivery
from bot.storage.db.errors import StorageUnavailable
from handlers.domain.messages import Address

PATH = "/wechat"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Events:
    """`left`: somebody has unsubscribed; `job`: how a template message has ended."""

    left: Callable[[Address], Awaitable[None]]
    job: Callable[[str, str], Awaitable[None]]


class Receiver:
    """Takes callbacks."""

    def __init__(
        self,
        keys: Keys,
        mode: WeChatMode,
        services: Services,
        answers: AnswerSource,
        events: Events,
    ) -> None:
        self._keys = keys
        self._encrypted = mode is not WeChatMode.PLAIN
        self._services = services
        self._replies = PassiveReplies(services, answers, keys if self._encrypted else None)
        self._events = events
        self._at_work: set[asyncio.Task[Any]] = set()

    def routes(self) -> list[web.RouteDef]:
        return [web.get(PATH, self.verify, allow_head=False), web.post(PATH, self.receive)]

    async def close(self) -> None:
        """Finish what is being answered, within a while; the rest is taken up again from the outbox."""
        await finish({*self._at_work, *self._replies.close()})

    async def verify(self, request: web.Request) -> web.Response:
        try:
            self._keys.check(Signed.of(request.query, "signature"), self._services.clock())
        except CallbackRefused as error:
            return web.Response(status=error.status)
        return web.Response(text=request.query.get("echostr", ""))

    async def receive(self, request: web.Request) -> web.Response:
        """A callback; its work is finished although WeChat hangs up."""
        work = asyncio.current_task()
        if work is None:
            raise RuntimeError("a request outside of a task")
        self._at_work.add(work)
        try:
            return await self._receive(request)
        finally:
            self._at_work.discard(work)

    async def _receive(self, request: web.Request) -> web.Response:
        """A message or event. 403 not WeChat's or a replay, 400 not a message, 413 too large, 503 come again."""
        deadline = asyncio.get_running_loop().time() + ANSWER_WITHIN.total_seconds()
        body = await limited_body(request, MAX_BODY_BYTES)
        if body is None:
            return web.Response(status=413)
        now = self._services.clock()
        try:
            signed, xml = self._opened(request, body, now)
        except CallbackRefused as error:
            log.warning("拒绝了一次微信回调", reason=str(error))
            return web.Response(status=error.status)
        delivered = read(xml, now)
        nonce, digest = f"{NAME} {signed.timestamp} {signed.nonce}", body_digest(body)
        if delivered.incoming is None:
            return await self._noticed(delivered, nonce, digest, now)
        arrival = WebhookDelivery(
            delivered.incoming, nonce, digest, now, HOLD, delivered.grant, only_if_expired=delivered.only_if_expired
        )
        return await self._replies.respond(request, delivered, arrival, deadline)

    def _opened(self, request: web.Request, body: bytes, now: datetime) -> tuple[Signed, Xml]:
        if self._encrypted:
            return self._keys.opened(request.query, body, now)
        xml, signed = parse_xml(body), Signed.of(request.query, "signature")
        self._keys.check(signed, now)
        return signed, xml

    async def _noticed(self, delivered: Delivered, nonce: str, digest: str, now: datetime) -> web.Response:
        """An event that wants no answer; each counts once."""
        address = Address(channel=NAME, id=delivered.sender)
        try:
            if (delivered.left or delivered.job) and await self._services.webhook_deliveries.first_time(
                nonce, digest, now
            ):
                if delivered.left:
                    await self._events.left(address)
                if delivered.job:
                    await self._events.job(delivered.job, delivered.status)
        except StorageUnavailable as error:
            log.error("微信事件暂时处理不了", reason=str(error))
            return web.Response(status=503)
        return web.Response(text=SUCCESS)
