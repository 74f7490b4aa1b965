"""The WeChat Official Account (公众号, 服务号)."""

from __future__ import annotations

from bot.channels.base import Channel
from bot.channels.services import ChannelServices
from bot.settings import Settings


def build(settings: Settings, services: ChannelServices) -> Channel | None:
    if not settings.wechat_app_id:
        return None
    from bot.channels.wechat.channel import WeChatChannel

    return WeChatChannel(settings, services)
