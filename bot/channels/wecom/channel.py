"""The WeCom channel: callbacks are noted and acknowledged at once, answers follow through the interface."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from aiohttp import web

from bot.channels.base import Channel, Diagnosis, RateLimit, TemporarySendError
from bot.channels.diagnostics import callback, demand, tried
from bot.channels.request_body import limited_body
from bot.channels.services import ChannelServices
from bot.channels.tencent.api_client import Fetched, PlatformApi, PlatformError
from bot.channels.tencent.menu import menu, menu_diagnosis
from bot.channels.tencent.outbox_sender import AnswerPart, OutboxSender
from bot.channels.tencent.preprocessing import Conversing
from bot.channels.tencent.signed_callbacks import MAX_BODY_BYTES, CallbackRefused, Keys, Signed, Xml, body_digest
from bot.channels.wecom.errors import FOR_STAFF, meaning
from bot.channels.wecom.messages import NAME, left, read
from bot.channels.wecom.rendering import parts
from bot.channels.wecom.sending import WeComSender
from bot.settings import Settings
from bot.storage.channels.webhook_deliveries import ClaimStatus, WebhookDelivery
from bot.storage.db.errors import StorageUnavailable
from handlers.domain.messages import Incoming, Notification
from handlers.texts import channel_setup as setup_texts

PATH = "/wecom"
NO_HOLD = timedelta()

log = structlog.get_logger(__name__)


class WeComChannel(Channel):
    name = NAME
    rate_limit = RateLimit(every=timedelta(seconds=1 / 100))
    keeps_pushes = True

    def __init__(self, settings: Settings, services: ChannelServices) -> None:
        self._corp_id = settings.wecom_corp_id
        self._secret = settings.wecom_secret.get_secret_value()
        self._keys = _keys(settings)
        self._services = services
        self._agent_id, self._public_url = settings.wecom_agent_id, settings.public_url
        self._markdown = settings.wecom_markdown
        name = f"wecom {self._corp_id} {settings.wecom_agent_id}"
        self.api = PlatformApi(name, settings.wecom_base_url, services.tokens, self._fetch_token, services.clock)
        self._sender = WeComSender(
            self.api, services, settings.wecom_agent_id, settings.public_url, markdown=settings.wecom_markdown
        )
        self._conversing = Conversing(services, self.api)
        self._outbox_sender = OutboxSender(NAME, services.outbox, self._respond, self._sender.answer, services.clock)

    def routes(self) -> list[web.RouteDef]:
        return [web.get(PATH, self.verify, allow_head=False), web.post(PATH, self.receive)]

    async def run(self) -> None:
        try:
            await self._outbox_sender.run()
        finally:
            await self.api.close()

    async def push(self, address_id: str, notification: Notification) -> None:
        await self._sender.push(address_id, notification)

    async def diagnose(self) -> tuple[Diagnosis, ...]:
        token = await tried(setup_texts.WECOM_ACCESS, self.api.token(), FOR_STAFF, setup_texts.TOKEN_FETCHED)
        found = [token, callback(self._public_url, PATH, setup_texts.WECOM_CALLBACK_WHERE)]
        if token.problem:
            return tuple(found)
        agent = self.api.call("/cgi-bin/agent/get", agentid=str(self._agent_id))
        return (*found, await tried(setup_texts.WECOM_AGENT, agent, FOR_STAFF), await self._menu_finding())

    async def publish_menu(self) -> None:
        await self.api.call("/cgi-bin/menu/create", menu(), agentid=str(self._agent_id))

    async def close(self) -> None:
        await self.api.close()

    async def _menu_finding(self) -> Diagnosis:
        try:
            return menu_diagnosis(await self.api.call("/cgi-bin/menu/get", agentid=str(self._agent_id)))
        except PlatformError:
            return menu_diagnosis({})
        except TemporarySendError as error:
            return Diagnosis(setup_texts.MENU, setup_texts.MENU_UNREADABLE.format(error=error))

    async def verify(self, request: web.Request) -> web.Response:
        """The platform checks that the address is ours, within a second."""
        echo = request.query.get("echostr", "")
        try:
            self._keys.check(Signed.of(request.query, "msg_signature"), self._services.clock(), echo)
            return web.Response(text=self._keys.decrypt(echo))
        except CallbackRefused as error:
            return web.Response(status=error.status)

    async def receive(self, request: web.Request) -> web.Response:
        """200 once noted; 403 not WeCom's or a replay, 400 not a message, 413 too large, 503 come again."""
        body = await limited_body(request, MAX_BODY_BYTES)
        if body is None:
            return web.Response(status=413)
        now = self._services.clock()
        try:
            signed, xml = self._keys.opened(request.query, body, now)
        except CallbackRefused as error:
            log.warning("拒绝了一次企业微信回调", reason=str(error))
            return web.Response(status=error.status)
        try:
            return web.Response(status=await self._note(xml, signed, body, now))
        except StorageUnavailable as error:
            log.error("企业微信消息暂时记不下，等它重发", reason=str(error))
            return web.Response(status=503)

    async def _note(self, xml: Xml, signed: Signed, body: bytes, now: datetime) -> int:
        gone, nonce, digest = left(xml), f"{NAME} {signed.timestamp} {signed.nonce}", body_digest(body)
        if gone and await self._services.webhook_deliveries.first_time(nonce, digest, now):
            await self._services.contact_addresses.disable(gone, now)
        incoming = read(xml)
        if incoming is None:
            return 200
        arrival = WebhookDelivery(incoming, nonce, digest, now, NO_HOLD, wakes=True)
        claim = await self._services.webhook_deliveries.record(arrival)
        self._outbox_sender.wake()
        return 403 if claim.status is ClaimStatus.REPLAYED else 200

    async def _respond(self, incoming: Incoming) -> list[AnswerPart]:
        return parts(await self._conversing.ask(incoming), markdown=self._markdown)

    async def _fetch_token(self, api: PlatformApi, force: bool) -> Fetched:
        try:
            found = await api.request("/cgi-bin/gettoken", corpid=self._corp_id, corpsecret=self._secret)
        except PlatformError as error:
            await meaning(error, "").tell_staff(self._services, NAME, str(error.code))
            raise TemporarySendError(str(error)) from error
        return Fetched(str(found["access_token"]), int(found["expires_in"]))


def _keys(settings: Settings) -> Keys:
    wanted = {
        "YANXIU_WECOM_AGENT_ID": settings.wecom_agent_id,
        "YANXIU_WECOM_SECRET": settings.wecom_secret.get_secret_value(),
        "YANXIU_WECOM_TOKEN": settings.wecom_token.get_secret_value(),
        "YANXIU_WECOM_AES_KEY": settings.wecom_aes_key.get_secret_value(),
    }
    demand(setup_texts.WECOM, wanted, setup_texts.WECOM_WHERE)
    return Keys(
        settings.wecom_token.get_secret_value(), settings.wecom_corp_id, settings.wecom_aes_key.get_secret_value()
    )
