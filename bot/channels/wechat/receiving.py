"""GET and POST /wechat: every message is answered within WeChat's five seconds, once, or later by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from aiohttp import web

from bot.channels.callbacks import (
    Keys,
    Refused,
    Signed,
    Xml,
    body_digest,
    parse_xml,
    text_of,
    to_xml,
)
from bot.channels.courier import Courier, Part, dumped
from bot.channels.receiving import bounded
from bot.channels.services import Services
from bot.channels.wechat.messages import NAME, Delivered, read
from bot.settings import WeChatMode
from bot.storage.errors import StorageUnavailable
from bot.storage.outbox import Arrival, Claimed, Standing
from handlers import channel_texts, texts
from handlers.messages import Address, Incoming

PATH = "/wechat"
SUCCESS = "success"
"""What tells WeChat that nothing is to be said and nothing to be sent again."""
ANSWER_WITHIN = timedelta(seconds=4)
"""WeChat hangs up after five seconds; what is ready later is left to the next delivery."""
HANG_UP_AFTER = 5.6
"""Seconds after which WeChat has surely hung up and will deliver once more."""
RETRY_GAP = timedelta(seconds=5)
DELIVERIES = 3
LOOK_SECONDS = 0.1

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Turn:
    """One delivery at work: the message, its number, when it has to answer by (loop time)."""

    incoming: Incoming
    number: int
    deadline: float


Respond = Callable[[Incoming], Awaitable[list[Part]]]
Left = Callable[[Address], Awaitable[None]]
Job = Callable[[Address, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Answers:
    """Where answers come from, what sends the rest of them, and whether it may."""

    respond: Respond
    courier: Courier
    follows: Callable[[], bool]


class Receiver:
    """Takes callbacks."""

    def __init__(
        self,
        keys: Keys,
        mode: WeChatMode,
        services: Services,
        answers: Answers,
        left: Left,
        job: Job,
    ) -> None:
        """`left`: somebody has unsubscribed; `job`: how a template message has ended."""
        self._keys = keys
        self._encrypted = mode is not WeChatMode.PLAIN
        self._services = services
        self._respond = answers.respond
        self._courier = answers.courier
        self._follows = answers.follows
        self._left = left
        self._job = job
        self._answers: dict[tuple[str, str], asyncio.Task[list[Part]]] = {}

    def routes(self) -> list[web.RouteDef]:
        """What the web server serves."""
        return [web.get(PATH, self.verify, allow_head=False), web.post(PATH, self.receive)]

    async def close(self) -> None:
        """Let go of what is still being answered; it is taken up again from the outbox."""
        for task in self._answers.values():
            task.cancel()
        await asyncio.gather(*self._answers.values(), return_exceptions=True)

    async def verify(self, request: web.Request) -> web.Response:
        """The platform checks that the address is ours."""
        try:
            self._keys.check(Signed.of(request.query, "signature"), self._services.clock())
        except Refused as error:
            return web.Response(status=error.status)
        return web.Response(text=request.query.get("echostr", ""))

    async def receive(self, request: web.Request) -> web.Response:
        """A message or event. 403 not WeChat's or a replay, 400 not a message, 413 too large."""
        body = await bounded(request)
        if body is None:
            return web.Response(status=413)
        now = self._services.clock()
        try:
            signed, xml = self._opened(request, body, now)
        except Refused as error:
            log.warning("拒绝了一次微信回调", reason=str(error))
            return web.Response(status=error.status)
        delivered = read(xml, now)
        try:
            return await self._taken(request, delivered, signed, body, now)
        except StorageUnavailable as error:
            log.error("微信消息暂时处理不了", reason=str(error))
            return self._saying(delivered, texts.STORAGE_UNAVAILABLE, now)

    def _opened(self, request: web.Request, body: bytes, now: datetime) -> tuple[Signed, Xml]:
        """What the callback says. Raises Refused."""
        outer = parse_xml(body)
        if not self._encrypted:
            signed = Signed.of(request.query, "signature")
            self._keys.check(signed, now)
            return signed, outer
        encrypted = text_of(outer, "Encrypt")
        signed = Signed.of(request.query, "msg_signature")
        self._keys.check(signed, now, encrypted)
        return signed, parse_xml(self._keys.decrypt(encrypted))

    async def _taken(
        self, request: web.Request, delivered: Delivered, signed: Signed, body: bytes, now: datetime
    ) -> web.Response:
        address = Address(channel=NAME, id=delivered.sender)
        if delivered.left:
            await self._left(address)
        if delivered.job:
            await self._job(address, delivered.job)
        incoming = delivered.incoming
        if incoming is None:
            return web.Response(text=SUCCESS)
        nonce = f"{NAME} {signed.timestamp} {signed.nonce}"
        arrival = Arrival(
            incoming, nonce, body_digest(body), now, ANSWER_WITHIN, delivered.grant, least=delivered.least
        )
        deadline = asyncio.get_running_loop().time() + ANSWER_WITHIN.total_seconds()
        standing, number = await self._services.outbox.arrive(arrival)
        if standing is Standing.ELSEWHERE:
            standing, number = await self._wait_for_turn(incoming, deadline)
        if standing is Standing.REPLAYED:
            return web.Response(status=403)
        if standing is not Standing.ENTITLED:
            return web.Response(text=SUCCESS)
        return await self._answer(request, delivered, _Turn(incoming, number, deadline))

    async def _wait_for_turn(self, incoming: Incoming, deadline: float) -> tuple[Standing, int]:
        """Another delivery is at it: until it has answered, or given up, or this one has run out of time too."""
        loop = asyncio.get_running_loop()
        standing, number = Standing.ELSEWHERE, 0
        while standing is Standing.ELSEWHERE and loop.time() < deadline:
            await asyncio.sleep(LOOK_SECONDS)
            standing, number = await self._services.outbox.again(incoming, self._services.clock(), ANSWER_WITHIN)
        return standing, number

    async def _answer(self, request: web.Request, delivered: Delivered, turn: _Turn) -> web.Response:
        loop, outbox, clock = asyncio.get_running_loop(), self._services.outbox, self._services.clock
        owed = await outbox.owed(turn.incoming.address, clock())
        if owed and turn.incoming.text.strip() in channel_texts.MORE:
            return await self._rest(delivered, turn, owed)
        answering = self._answering(turn.incoming)
        await asyncio.wait([answering], timeout=turn.deadline - loop.time())
        if not answering.done() or _hung_up(request):
            return await self._too_late(turn)
        parts, now = answering.result(), clock()
        if not parts or not await outbox.answer(turn.incoming, turn.number, dumped(parts), now):
            return web.Response(text=SUCCESS)
        if len(parts) > 1:
            self._courier.wake()
        below = [channel_texts.OLDER_TO_READ] if owed else []
        if parts[0].more and not self._follows():
            below = [channel_texts.MORE_TO_READ]
        return self._saying(delivered, "\n".join([parts[0].text, *below]), now)

    async def _rest(self, delivered: Delivered, turn: _Turn, owed: Claimed) -> web.Response:
        """The next part of an answer that could not be sent by itself; what follows is tried by itself again."""
        outbox, now = self._services.outbox, self._services.clock()
        part = Part.model_validate((owed.parts or ())[owed.given])
        if not await outbox.answer(turn.incoming, turn.number, dumped([part]), now):
            return web.Response(text=SUCCESS)
        more = await outbox.take_next(owed.incoming, now)
        self._courier.wake()
        asks = more and not self._follows()
        return self._saying(delivered, f"{part.text}\n{channel_texts.MORE_TO_READ}" if asks else part.text, now)

    async def _too_late(self, turn: _Turn) -> web.Response:
        """The next delivery may answer; after the last one the answer is sent by itself."""
        now, last = self._services.clock(), turn.number >= DELIVERIES
        next_at = now if last else now + 2 * RETRY_GAP
        await self._services.outbox.release(turn.incoming, turn.number, now, next_at)
        if last:
            self._courier.wake()
            return web.Response(text=SUCCESS)
        used = ANSWER_WITHIN.total_seconds() - (turn.deadline - asyncio.get_running_loop().time())
        await asyncio.sleep(max(HANG_UP_AFTER - used, 0))
        return web.Response(status=503)

    def _answering(self, incoming: Incoming) -> asyncio.Task[list[Part]]:
        """One task per message, however many deliveries wait for it."""
        key = (incoming.address.id, incoming.message_id)
        task = self._answers.get(key)
        if task is None:
            task = asyncio.create_task(self._prepare(incoming), name="wechat answer")
            self._answers[key] = task
            task.add_done_callback(lambda _: self._answers.pop(key, None))
        return task

    async def _prepare(self, incoming: Incoming) -> list[Part]:
        parts = await self._respond(incoming)
        await self._services.outbox.rendered(incoming, dumped(parts))
        return parts

    def _saying(self, delivered: Delivered, text: str, now: datetime) -> web.Response:
        """A text in the response itself."""
        fields = {"ToUserName": delivered.sender, "FromUserName": delivered.account}
        fields |= {"CreateTime": str(int(now.timestamp())), "MsgType": "text", "Content": text}
        xml = to_xml(fields)
        body = self._keys.encrypt(xml, now) if self._encrypted else xml
        return web.Response(text=body, content_type="application/xml")


def _hung_up(request: web.Request) -> bool:
    """Whether the platform has cut the connection: what is said now reaches nobody."""
    return request.transport is None or request.transport.is_closing()
