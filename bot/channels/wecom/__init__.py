"""A WeCom application (企业微信自建应用)."""

from __future__ import annotations

from bot.channels.base import Channel
from bot.channels.services import ChannelServices
from bot.settings import Settings


def build(settings: Settings, services: ChannelServices) -> Channel | None:
    if not settings.wecom_corp_id:
        return None
    from bot.channels.wecom.channel import WeComChannel

    return WeComChannel(settings, services)
