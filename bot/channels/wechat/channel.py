"""The WeChat channel: callbacks in, responses and interface calls out."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import web

from bot.channels.base import Pace, TemporarySendError
from bot.channels.callbacks import Keys
from bot.channels.conversing import Conversing
from bot.channels.courier import Courier, Part
from bot.channels.platform import Fetched, PlatformApi, PlatformError
from bot.channels.services import Services
from bot.channels.wechat.errors import meaning
from bot.channels.wechat.messages import NAME
from bot.channels.wechat.receiving import Receiver
from bot.channels.wechat.rendering import parts
from bot.channels.wechat.sending import Sender, Template, stable_token
from bot.settings import Settings, WeChatMode
from handlers.messages import Address, Incoming, Notification


class WeChatChannel:
    """An Official Account, in plain, compatible or safe mode."""

    name = NAME
    pace = Pace(every=timedelta(seconds=1 / 50))
    keeps_pushes = True

    def __init__(self, settings: Settings, services: Services) -> None:
        """Raises ValueError, with a message for the operator, where the settings cannot work."""
        self._app_id = settings.wechat_app_id
        self._secret = settings.wechat_secret.get_secret_value()
        keys = _keys(settings)
        self._services = services
        self._public_url = settings.public_url
        self.api = PlatformApi(
            f"wechat {self._app_id}", settings.wechat_base_url, services.tokens, self._fetch_token, services.clock
        )
        self._conversing = Conversing(services, self._media)
        template = Template(settings.wechat_template_id, settings.wechat_template_fields)
        self._sender = Sender(self.api, services, template)
        self._courier = Courier(NAME, services.outbox, self._respond, self._send_part, services.clock)
        self._receiver = Receiver(
            keys, settings.wechat_mode, services, self._respond, self._courier, self._left, self._job
        )

    def routes(self) -> list[web.RouteDef]:
        """The callback address."""
        return self._receiver.routes()

    async def run(self) -> None:
        """Send what no response could carry, until cancelled."""
        try:
            await self._courier.run()
        finally:
            await self._receiver.close()
            await self.api.close()

    async def push(self, address_id: str, notification: Notification) -> None:
        """Send something nobody asked for. Raises SendError."""
        await self._sender.push(address_id, notification)

    async def obstacle(self, address_id: str) -> str:
        """Why nothing could be pushed now; empty where it could."""
        return await self._sender.obstacle(address_id)

    async def _fetch_token(self, api: PlatformApi, force: bool) -> Fetched:
        try:
            return await stable_token(api, self._app_id, self._secret, force=force)
        except PlatformError as error:
            found = meaning(error)
            if found.for_staff:
                await self._services.troubles.note(NAME, str(error.code), found.for_staff, self._services.clock())
            raise TemporarySendError(f"no token: {error}") from error

    async def _respond(self, incoming: Incoming) -> list[Part]:
        """The answer to a message, as parts."""
        replies = await self._conversing.ask(incoming)
        return await parts(replies, incoming.address, self._services, self._public_url)

    async def _media(self, ref: str) -> bytes:
        return await self.api.media("/cgi-bin/media/get", media_id=ref)

    async def _send_part(self, address_id: str, part: Part) -> None:
        await self._sender.answer(address_id, part.text)

    async def _left(self, address: Address) -> None:
        await self._services.reach.disable(address, self._services.clock())

    async def _job(self, address: Address, status: str) -> None:
        """How a template message has ended: one that did not arrive is owed again."""
        if status == "success":
            return
        blocked = "block" in status
        await self._services.reach.bounced(address, status, self._services.clock(), gone=blocked)


def _keys(settings: Settings) -> Keys:
    token, aes_key = settings.wechat_token.get_secret_value(), settings.wechat_aes_key.get_secret_value()
    if not token:
        raise ValueError("微信公众号需要 YANXIU_WECHAT_TOKEN（基本配置 → 服务器配置里的令牌 Token）")
    if settings.wechat_mode is not WeChatMode.PLAIN and not aes_key:
        raise ValueError("微信的安全模式需要 YANXIU_WECHAT_AES_KEY；确实要用明文时设 YANXIU_WECHAT_MODE=plain")
    return Keys(token, settings.wechat_app_id, aes_key)
