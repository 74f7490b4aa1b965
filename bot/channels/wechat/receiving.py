"""GET and POST /wechat: what WeChat delivers, checked, opened and told apart."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import structlog
from aiohttp import web

from bot.background.leased_worker import finish
from bot.channels.request_body import limited_body
from bot.channels.services import ChannelServices
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
from bot.channels.wechat.passive_reply import ANSWER_WITHIN, HOLD, SUCCESS, PassiveReplies
from bot.storage.channels.sent_messages import ReportedFailure
from bot.storage.channels.webhook_deliveries import WebhookDelivery
from bot.storage.db.errors import StorageUnavailable
from handlers.domain.messages import Address

PATH = "/wechat"
TRIES, LOOK_AGAIN_SECONDS = 10, 0.3
"""WeChat may report on a message before it is noted that it was sent."""

log = structlog.get_logger(__name__)


class Receiver:
    def __init__(self, keys: Keys, services: ChannelServices, replies: PassiveReplies, *, encrypted: bool) -> None:
        self._keys = keys
        self._services = services
        self._replies = replies
        self._encrypted = encrypted
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
        services = self._services
        try:
            wanted = delivered.left or delivered.job
            if wanted and await services.webhook_deliveries.first_time(nonce, digest, now):
                if delivered.left:
                    await services.contact_addresses.disable(Address(channel=NAME, id=delivered.sender), now)
                if delivered.job:
                    await self._template_sent(delivered.job, delivered.status)
        except StorageUnavailable as error:
            log.error("微信事件暂时处理不了", reason=str(error))
            return web.Response(status=503)
        return web.Response(text=SUCCESS)

    async def _template_sent(self, job: str, status: str) -> None:
        for _ in range(TRIES):
            failed = None if status == "success" else ReportedFailure(status, gone="block" in status)
            if await self._services.sent.report(job, failed, self._services.clock()):
                return
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
