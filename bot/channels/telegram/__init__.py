"""Telegram, through python-telegram-bot; the only package that imports it."""

from __future__ import annotations

import os

from bot.channels.base import Channel
from bot.channels.services import ChannelServices
from bot.settings import Settings

# RetryAfter in seconds is deprecated in python-telegram-bot 22; ask for timedeltas already.
os.environ.setdefault("PTB_TIMEDELTA", "1")


def build(settings: Settings, services: ChannelServices) -> Channel | None:
    if not settings.telegram_token.get_secret_value():
        return None
    from bot.channels.telegram.channel import TelegramChannel  # slow to import, so only where it is used

    return TelegramChannel(
        token=settings.telegram_token.get_secret_value(),
        dispatch=services.dispatch,
        fetch=services.fetch,
        receive=services.receive,
        base_url=settings.telegram_base_url,
        mode=settings.telegram_mode,
        public_url=settings.public_url,
        webhook_secret=settings.telegram_webhook_secret.get_secret_value(),
    )
