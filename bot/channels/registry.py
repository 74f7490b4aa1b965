"""Every channel besides the web page and the terminal, in the order in which they reach people best."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.channels import email, robot, telegram, wechat, wecom
from bot.channels.base import Channel
from bot.channels.services import ChannelServices
from bot.settings import Settings

CHANNELS: tuple[Callable[[Settings, ChannelServices], Channel | None], ...] = (
    wecom.build,
    wechat.build,
    telegram.build,
    email.build,
    robot.build,
)
"""Each builds its channel, or returns None where the settings do not switch it on."""
BuildChannels = Callable[[ChannelServices], Sequence[Channel]]


def build_channels(settings: Settings, services: ChannelServices) -> list[Channel]:
    built = (build(settings, services) for build in CHANNELS)
    return [channel for channel in built if channel]


def no_channels(_services: ChannelServices) -> Sequence[Channel]:
    return ()
