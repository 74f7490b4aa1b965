"""E-mail: reminders and digests with their dates as a calendar file."""

from __future__ import annotations

from bot.channels.base import Channel
from bot.channels.services import ChannelServices
from bot.settings import Settings


def build(settings: Settings, services: ChannelServices) -> Channel | None:
    if not settings.smtp_host:
        return None
    from bot.channels.email.channel import EmailChannel

    return EmailChannel(settings, services)
