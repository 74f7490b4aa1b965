"""Answering a message in the response to its callback: within WeChat's five seconds, once, or later by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from aiohttp import web

from bot.channels.services import ChannelServices
from bot.channels.tencent.outbox_sender import AnswerPart, OutboxSender, dumped, labelled
from bot.channels.tencent.signed_callbacks import Keys, to_xml
from bot.channels.wechat.messages import Delivered
from bot.storage.channels.outbox import FOLLOWS_AFTER, Claimed
from bot.storage.channels.webhook_deliveries import ClaimResult, ClaimStatus, WebhookDelivery
from bot.storage.db.errors import StorageUnavailable
from handlers.domain.messages import Incoming
from handlers.texts import channels as channel_texts
from handlers.texts import conversation as texts

SUCCESS = "success"
"""What tells WeChat that nothing is to be said and nothing to be sent again."""
ANSWER_WITHIN = timedelta(seconds=4)
"""WeChat hangs up after five seconds; what is ready later is left to the next delivery."""
HOLD = ANSWER_WITHIN + timedelta(seconds=0.5)
"""How long a delivery keeps others from answering."""
HANG_UP_AFTER = 5.6
"""Seconds after which WeChat has surely hung up and will deliver once more."""
RETRY_GAP = timedelta(seconds=5)
DELIVERIES = 3
LOOK_SECONDS = 0.1
AGAIN_SECONDS = 0.5
"""Between two tries to note a message while the database is away."""

log = structlog.get_logger(__name__)

Respond = Callable[[Incoming], Coroutine[Any, Any, list[AnswerPart]]]


@dataclass(frozen=True, slots=True)
class _Turn:
    """One delivery at work: its callback, the message, its number, when it has to answer by (loop time)."""

    request: web.Request
    delivered: Delivered
    incoming: Incoming
    number: int
    deadline: float


@dataclass(frozen=True, eq=False)
class PassiveReplies:
    services: ChannelServices
    generate: Respond
    outbox_sender: OutboxSender
    follows: Callable[[str], Awaitable[bool]]
    """Whether the rest can be sent to an address by itself."""
    seal: Keys | None
    """Encrypts, where that is wanted."""
    _answers: dict[tuple[str, str], asyncio.Task[list[AnswerPart]]] = field(default_factory=dict)
    _closing: asyncio.Event = field(default_factory=asyncio.Event)

    def close(self) -> set[asyncio.Task[list[AnswerPart]]]:
        """Keep no delivery waiting any longer; returns the answers under way."""
        self._closing.set()
        return set(self._answers.values())

    async def respond(
        self, request: web.Request, delivered: Delivered, arrival: WebhookDelivery, deadline: float
    ) -> web.Response:
        try:
            claim = await self._noted(arrival, deadline)
        except StorageUnavailable as error:
            log.error("微信消息记不下来", reason=str(error))
            return self._saying(delivered, texts.STORAGE_UNAVAILABLE, arrival.now)
        turn = _Turn(request, delivered, arrival.incoming, claim.number, deadline)
        try:
            if claim.status is ClaimStatus.ELSEWHERE:
                claim = await self._wait_for_turn(arrival.incoming, deadline)
                turn = replace(turn, number=claim.number)
            if claim.status is ClaimStatus.REPLAYED:
                return web.Response(status=403)
            if claim.status is ClaimStatus.ELSEWHERE:
                return await self._hang_up(turn)
            if claim.status is not ClaimStatus.ENTITLED:
                return web.Response(text=SUCCESS)
            response = await self._answer(turn, claim)
            await self._carry(turn, response)
            return response
        except StorageUnavailable as error:  # the message is noted: WeChat delivers it again, or the outbox does
            log.error("微信消息暂时答不了，稍后再答", reason=str(error))
            return await self._hang_up(turn)

    async def _carry(self, turn: _Turn, response: web.Response) -> None:
        """Send the response, and note that it went out: until then another delivery may give it again."""
        if response.status == 200:
            with suppress(ConnectionError, StorageUnavailable):  # at worst it is given again
                await response.prepare(turn.request)
                await response.write_eof()
                await self.services.outbox.note_response_sent(turn.incoming)

    async def _noted(self, arrival: WebhookDelivery, deadline: float) -> ClaimResult:
        """The delivery, noted as soon as the database takes it. Raises StorageUnavailable when time is up."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                async with asyncio.timeout_at(deadline):
                    return await self.services.webhook_deliveries.record(arrival)
            except TimeoutError:
                raise StorageUnavailable("no answer from the database in time") from None
            except StorageUnavailable:
                if loop.time() + AGAIN_SECONDS >= deadline:
                    raise
            await asyncio.sleep(AGAIN_SECONDS)

    async def _wait_for_turn(self, incoming: Incoming, deadline: float) -> ClaimResult:
        """Another delivery is at it: until it has answered, or given up, or this one has run out of time too."""
        loop, claim = asyncio.get_running_loop(), ClaimResult(ClaimStatus.ELSEWHERE)
        while claim.status is ClaimStatus.ELSEWHERE and loop.time() < deadline:
            await asyncio.sleep(LOOK_SECONDS)
            claim = await self.services.webhook_deliveries.recheck(incoming, self.services.clock(), HOLD)
        return claim

    async def _answer(self, turn: _Turn, claim: ClaimResult) -> web.Response:
        loop, owed = asyncio.get_running_loop(), claim.owed
        if claim.parts:
            return await self._say_first(turn, [AnswerPart.model_validate(part) for part in claim.parts])
        if owed and turn.incoming.text.strip() in channel_texts.MORE:
            rest = await self._rest(turn, owed)
            if rest:
                return rest
        answering = self._answering(turn.incoming)
        await asyncio.wait([answering], timeout=turn.deadline - loop.time())
        if not answering.done() or _hung_up(turn.request):
            return await self._too_late(turn)
        return await self._say_first(turn, answering.result(), channel_texts.OLDER_TO_READ if owed else "")

    async def _say_first(self, turn: _Turn, parts: list[AnswerPart], below: str = "") -> web.Response:
        """The first part in the response; the others follow by themselves, or when they are asked for."""
        now = self.services.clock()
        if not await self.services.outbox.answer(turn.incoming, turn.number, dumped(parts), now):
            return await self._too_late(turn)
        if not parts:
            return web.Response(text=SUCCESS)
        if parts[0].more:
            self.outbox_sender.wake(FOLLOWS_AFTER)
            below = below if await self.follows(turn.delivered.sender) else channel_texts.MORE_TO_READ
        return self._saying(turn.delivered, "\n".join(filter(None, (parts[0].text, below))), now)

    async def _rest(self, turn: _Turn, owed: Claimed) -> web.Response | None:
        now = self.services.clock()
        given = await self.services.outbox.answer_with_next(turn.incoming, turn.number, owed, now)
        if given is None:
            return None
        part = labelled(AnswerPart.model_validate(given)) if owed.repeats else AnswerPart.model_validate(given)
        self.outbox_sender.wake(FOLLOWS_AFTER)
        if not part.more:
            await self._shown_again(turn.incoming, owed.incoming)
        asks = part.more and not await self.follows(turn.delivered.sender)
        return self._saying(turn.delivered, f"{part.text}\n{channel_texts.MORE_TO_READ}" if asks else part.text, now)

    async def _shown_again(self, incoming: Incoming, older: Incoming) -> None:
        """The choices of an older answer are the last ones shown."""
        replies, clock = await self.services.dispatch_or_raise(older), self.services.clock
        await self.services.inbox.claim(incoming, clock(), 0)
        await self.services.inbox.finish(incoming, replies, clock())

    async def _too_late(self, turn: _Turn) -> web.Response:
        """The next delivery may answer; after the last one the answer is sent by itself, or when it is asked for."""
        now, last = self.services.clock(), turn.number >= DELIVERIES
        next_at = now if last else now + 2 * RETRY_GAP
        await self.services.outbox.release(turn.incoming, turn.number, now, next_at)
        if not last:
            return await self._hang_up(turn)
        self.outbox_sender.wake()
        if await self.follows(turn.delivered.sender):
            return web.Response(text=SUCCESS)
        return self._saying(turn.delivered, channel_texts.STILL_LOOKING, now)

    async def _hang_up(self, turn: _Turn) -> web.Response:
        """Say nothing until WeChat has hung up, so that it delivers once more."""
        used = ANSWER_WITHIN.total_seconds() - (turn.deadline - asyncio.get_running_loop().time())
        with suppress(TimeoutError):
            async with asyncio.timeout(max(HANG_UP_AFTER - used, 0)):
                await self._closing.wait()
        return web.Response(status=503)

    def _answering(self, incoming: Incoming) -> asyncio.Task[list[AnswerPart]]:
        """One task per message, however many deliveries wait for it."""
        key = (incoming.address.id, incoming.message_id)
        task = self._answers.get(key)
        if task is None:
            task = asyncio.create_task(self.generate(incoming), name="wechat answer")
            self._answers[key] = task
            task.add_done_callback(partial(self._answered, key))
        return task

    def _answered(self, key: tuple[str, str], task: asyncio.Task[list[AnswerPart]]) -> None:
        """Whoever waits for it hears of its failure; where nobody does any more, the outbox has it."""
        del self._answers[key]
        if not task.cancelled() and (error := task.exception()):
            log.info("微信消息这次没有答成", reason=type(error).__name__)

    def _saying(self, delivered: Delivered, text: str, now: datetime) -> web.Response:
        fields = {"ToUserName": delivered.sender, "FromUserName": delivered.account}
        fields |= {"CreateTime": str(int(now.timestamp())), "MsgType": "text", "Content": text}
        xml = to_xml(fields)
        body = self.seal.encrypt(xml, now) if self.seal else xml
        return web.Response(text=body, content_type="application/xml")


def _hung_up(request: web.Request) -> bool:
    """Whether the platform has cut the connection: what is said now reaches nobody."""
    return request.transport is None or request.transport.is_closing()
