"""The WeChat channel: callbacks in, responses and interface calls out."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import web

from bot.channels.base import Channel, Diagnosis, RateLimit, TemporarySendError
from bot.channels.diagnostics import callback, demand, tried
from bot.channels.services import ChannelServices
from bot.channels.tencent.api_client import Fetched, PlatformApi, PlatformError
from bot.channels.tencent.menu import menu, menu_diagnosis
from bot.channels.tencent.outbox_sender import AnswerPart, OutboxSender
from bot.channels.tencent.preprocessing import Conversing
from bot.channels.tencent.signed_callbacks import Keys
from bot.channels.wechat.errors import FOR_STAFF, meaning
from bot.channels.wechat.messages import NAME
from bot.channels.wechat.passive_reply import PassiveReplies
from bot.channels.wechat.receiving import PATH, Receiver
from bot.channels.wechat.rendering import parts
from bot.channels.wechat.sending import MessageTemplate, WeChatSender, stable_token
from bot.settings import Settings, WeChatMode
from handlers.domain.messages import Incoming, Notification
from handlers.texts import channel_setup as setup_texts


class WeChatChannel(Channel):
    name = NAME
    rate_limit = RateLimit(every=timedelta(seconds=1 / 50))
    keeps_pushes = True

    def __init__(self, settings: Settings, services: ChannelServices) -> None:
        self._app_id = settings.wechat_app_id
        self._secret = settings.wechat_secret.get_secret_value()
        keys, self._mode = _keys(settings), settings.wechat_mode
        self._services = services
        self._public_url = settings.public_url
        self.api = PlatformApi(
            f"wechat {self._app_id}", settings.wechat_base_url, services.tokens, self._fetch_token, services.clock
        )
        self._conversing = Conversing(services, self.api)
        template = MessageTemplate(settings.wechat_template_id, settings.wechat_template_fields)
        self._sender = WeChatSender(self.api, services, template)
        self._outbox_sender = OutboxSender(NAME, services.outbox, self._respond, self._sender.answer, services.clock)
        encrypted = settings.wechat_mode is not WeChatMode.PLAIN
        replies = PassiveReplies(
            services, self._respond, self._outbox_sender, self._sender.follows, keys if encrypted else None
        )
        self._receiver = Receiver(keys, services, replies, encrypted=encrypted)

    def routes(self) -> list[web.RouteDef]:
        return self._receiver.routes()

    async def run(self) -> None:
        try:
            await self._outbox_sender.run()
        finally:
            await self.close()

    async def push(self, address_id: str, notification: Notification) -> None:
        await self._sender.push(address_id, notification)

    async def unavailable_reason(self, address_id: str) -> str:
        return await self._sender.unavailable_reason(address_id)

    async def diagnose(self) -> tuple[Diagnosis, ...]:
        token = await tried(setup_texts.WECHAT_ACCESS, self.api.token(), FOR_STAFF, setup_texts.TOKEN_FETCHED)
        note = setup_texts.WECHAT_CHOOSE_MODE.format(mode=setup_texts.WECHAT_MODES[self._mode])
        mode = Diagnosis(setup_texts.WECHAT_ENCRYPTION, note=note, tried=False)
        found = [token, callback(self._public_url, PATH, setup_texts.WECHAT_CALLBACK_WHERE), mode]
        if token.problem:
            return tuple(found)
        return (*found, await self._menu_finding(), await self._template_finding())

    async def publish_menu(self) -> None:
        await self.api.call("/cgi-bin/menu/create", menu())

    async def close(self) -> None:
        await self._receiver.close()
        await self.api.close()

    async def _menu_finding(self) -> Diagnosis:
        try:
            found = await self.api.call("/cgi-bin/get_current_selfmenu_info")
        except (PlatformError, TemporarySendError) as error:
            return Diagnosis(setup_texts.MENU, setup_texts.WECHAT_MENU_UNREADABLE.format(error=error))
        return menu_diagnosis(found.get("selfmenu_info", {}))

    async def _template_finding(self) -> Diagnosis:
        template = self._sender.template
        if not template.id:
            return Diagnosis(setup_texts.WECHAT_TEMPLATE, note=setup_texts.WECHAT_NO_TEMPLATE)
        try:
            found = await self.api.call("/cgi-bin/template/get_all_private_template")
        except (PlatformError, TemporarySendError) as error:
            return Diagnosis(setup_texts.WECHAT_TEMPLATE, setup_texts.WECHAT_TEMPLATES_UNREADABLE.format(error=error))
        held = {str(one["template_id"]): str(one["content"]) for one in found.get("template_list", [])}
        if template.id not in held:
            return Diagnosis(setup_texts.WECHAT_TEMPLATE, FOR_STAFF[40037])
        missing = [field for field in template.fields if f"{field}.DATA" not in held[template.id]]
        lacks = FOR_STAFF[47003] + setup_texts.WECHAT_TEMPLATE_LACKS.format(fields="、".join(missing))
        return Diagnosis(setup_texts.WECHAT_TEMPLATE, lacks if missing else "")

    async def _fetch_token(self, api: PlatformApi, force: bool) -> Fetched:
        try:
            return await stable_token(api, self._app_id, self._secret, force=force)
        except PlatformError as error:
            await meaning(error).tell_staff(self._services, NAME, str(error.code))
            raise TemporarySendError(str(error)) from error

    async def _respond(self, incoming: Incoming) -> list[AnswerPart]:
        replies = await self._conversing.ask(incoming)
        return await parts(replies, incoming.address, self._services, self._public_url)


def _keys(settings: Settings) -> Keys:
    token, aes_key = settings.wechat_token.get_secret_value(), settings.wechat_aes_key.get_secret_value()
    wanted = {setup_texts.WECHAT_TOKEN: token}
    if settings.wechat_mode is not WeChatMode.PLAIN:
        wanted[setup_texts.WECHAT_AES_KEY] = aes_key
    demand(setup_texts.WECHAT, wanted, setup_texts.WECHAT_WHERE)
    return Keys(token, settings.wechat_app_id, aes_key)
