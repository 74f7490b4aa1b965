"""Connecting to the Bot API and living through its outages."""

from __future__ import annotations

from functools import cache
from typing import Any

import httpx
import structlog
from telegram import Bot
from telegram.error import BadRequest, Conflict, InvalidToken, RetryAfter, TelegramError
from telegram.ext import Application
from telegram.request import HTTPXRequest

from bot.background.retrying import backoff
from bot.channels.telegram.errors import retry_after_seconds
from bot.channels.telegram.ordering import PerChatProcessor
from bot.channels.telegram.polling import PollingBot
from bot.channels.telegram.secrecy import redacted
from bot.channels.telegram.timing import Throttle, Timing
from bot.channels.telegram.updates import ALLOWED_UPDATES
from handlers.texts import channels as channel_texts

App = Application[Any, Any, Any, Any, Any, Any]

_CONNECTIONS = 64
_WEBHOOK_CONNECTIONS = 40

_log = structlog.get_logger(__name__)


class TokenRejected(Exception):
    """Telegram does not know this bot token."""


def build_bot(token: str, base_url: str, timing: Timing) -> PollingBot:
    return PollingBot(
        token,
        base_url=f"{base_url.rstrip('/')}/bot",
        base_file_url=f"{base_url.rstrip('/')}/file/bot",
        request=_request(_CONNECTIONS, timing),
        get_updates_request=_request(2, timing),
    )


def build_application(bot: PollingBot, processor: PerChatProcessor) -> App:
    return Application.builder().bot(bot).updater(None).job_queue(None).concurrent_updates(processor).build()


async def start(app: App) -> None:
    try:
        if app.running:
            await app.bot.get_me()
            return
        await app.initialize()
    except InvalidToken as exc:
        raise TokenRejected from exc
    await app.start()


async def register(bot: Bot, webhook_url: str | None, secret: str) -> None:
    if webhook_url is None:
        await bot.delete_webhook(drop_pending_updates=False)
    else:
        await bot.set_webhook(
            webhook_url,
            secret_token=secret,
            allowed_updates=ALLOWED_UPDATES,
            max_connections=_WEBHOOK_CONNECTIONS,
            drop_pending_updates=False,
        )
    try:
        await bot.set_my_commands(list(channel_texts.TELEGRAM_COMMANDS.items()))
    except (BadRequest, InvalidToken) as exc:
        _log.warning("没能设置 Telegram 命令菜单", reason=redacted(exc.message, bot.token))


class Outage:
    def __init__(self, token: str, timing: Timing) -> None:
        self._token = token
        self._timing = timing
        self._throttle = Throttle(timing.unreachable_log_every)
        self._failures = 0
        self._reported = False

    def failed(self, error: Exception) -> float:
        if self._throttle.allows():
            self._reported = True
            _log.warning(_advice(error), reason=redacted(str(error) or type(error).__name__, self._token))
        wait = backoff(self._failures, self._timing.reconnect_first, self._timing.reconnect_longest)
        self._failures += 1
        return max(wait, retry_after_seconds(error)) if isinstance(error, RetryAfter) else wait

    def over(self) -> None:
        self._failures = 0
        if self._reported:
            self._reported = False
            _log.info("已重新连上 Telegram")


def _advice(error: Exception) -> str:
    match error:
        case Conflict():
            return "另有程序用同一个 Telegram 令牌收消息，请只留一个，或改用 webhook 模式；会继续重试"
        case BadRequest():
            return "Telegram 不接受当前设置，请检查 YANXIU_PUBLIC_URL 是否为公网 HTTPS 地址；会继续重试"
        case TelegramError():
            return "连不上 Telegram，会继续重试；其他渠道不受影响"
        case _:
            return "Telegram 渠道出现意外错误，会继续重试；其他渠道不受影响"


_tls = cache(httpx.create_ssl_context)
"""Reading the certificates takes longer than all else at the start: once is enough."""


def _request(connections: int, timing: Timing) -> HTTPXRequest:
    return HTTPXRequest(
        connection_pool_size=connections,
        read_timeout=timing.request_timeout,
        write_timeout=timing.request_timeout,
        connect_timeout=timing.connect_timeout,
        pool_timeout=timing.request_timeout,
        httpx_kwargs={"verify": _tls()},
    )
