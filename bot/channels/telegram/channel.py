"""The Telegram channel: receives updates, hands them to dispatch, sends what comes back."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from datetime import timedelta
from typing import Any

import structlog
from aiohttp import web
from telegram import CallbackQuery, Update
from telegram.error import BadRequest, InvalidToken, NetworkError, TelegramError
from telegram.ext import TypeHandler

from bot.channels.base import Channel, Diagnosis, Dispatch, PermanentSendError, RateLimit, SendError
from bot.channels.telegram import connection, polling, secrecy
from bot.channels.telegram.downloads import download
from bot.channels.telegram.ordering import Completed, PerChatProcessor
from bot.channels.telegram.secrecy import checked_secret, quiet_libraries
from bot.channels.telegram.sending import TelegramSender
from bot.channels.telegram.timing import Timing
from bot.channels.telegram.updates import NAME, Asked, read_update
from bot.channels.telegram.webhook import PATH, WebhookReceiver
from bot.documents.service import FetchFile
from bot.files.inspection import BadFile
from bot.files.service import ReceiveFile
from bot.settings import TelegramMode
from handlers.domain.messages import Incoming, Notification, SentFile
from handlers.texts import channel_setup as setup_texts

_MAX_QUEUED = 10_000

_log = structlog.get_logger(__name__)


TOKEN = re.compile(r"\d+:[\w-]{20,}")


class TelegramChannel(Channel):
    name = NAME
    rate_limit = RateLimit(every=timedelta(seconds=1 / 25), in_chat=timedelta(seconds=1))
    """Telegram names about 30 messages a second in all and one a second to a chat."""

    def __init__(
        self,
        *,
        token: str,
        dispatch: Dispatch,
        fetch: FetchFile,
        receive: ReceiveFile,
        base_url: str = "https://api.telegram.org",
        mode: TelegramMode = TelegramMode.POLLING,
        public_url: str = "",
        webhook_secret: str = "",
        timing: Timing | None = None,
    ) -> None:
        """`webhook_secret` is derived from the token where empty: equal in every process. Raises ValueError."""
        if mode is TelegramMode.WEBHOOK and not public_url:
            raise ValueError(setup_texts.TELEGRAM_NEEDS_URL)
        quiet_libraries(token)
        self._dispatch = dispatch
        self._receive_file = receive
        self._timing = timing or Timing()
        self._webhook_url = f"{public_url.rstrip('/')}{PATH}" if mode is TelegramMode.WEBHOOK else None
        self._secret = checked_secret(webhook_secret, token)
        self._processor = PerChatProcessor()
        self._bot = connection.build_bot(token, base_url, self._timing)
        self._app = connection.build_application(self._bot, self._processor)
        self._app.add_handler(TypeHandler(Update, self._handle))
        self._sender = TelegramSender(self._bot, self._timing, fetch)
        self._outage = connection.Outage(token, self._timing)
        self._received = polling.ReceivedUpdate()
        self._completed = Completed(self._timing.remembered_updates)
        self._slots = asyncio.Semaphore(self._timing.concurrent_dispatches)
        self._stopped = False

    async def run(self) -> None:
        self._stopped = False
        try:
            await self._serve()
        except connection.TokenRejected:
            _log.error(
                "Telegram 不认这个令牌，Telegram 渠道已停用："
                "请检查 YANXIU_TELEGRAM_TOKEN（或 YANXIU_TELEGRAM_BASE_URL）后重启"
            )
        finally:
            self._stopped = True
            await self._close()

    async def push(self, address_id: str, notification: Notification) -> None:
        await self._sender.push(address_id, notification.reply)

    async def diagnose(self) -> tuple[Diagnosis, ...]:
        try:
            me = await self._bot.get_me()
        except TelegramError as error:
            return (Diagnosis(setup_texts.TELEGRAM_TOKEN, _problem(error, self._bot.token)),)
        url = self._webhook_url
        way = setup_texts.TELEGRAM_WEBHOOK.format(url=url) if url else setup_texts.TELEGRAM_POLLING
        bot = Diagnosis(setup_texts.TELEGRAM_TOKEN, note=setup_texts.TELEGRAM_BOT.format(name=me.username))
        return (bot, Diagnosis(setup_texts.TELEGRAM_RECEIVING, note=way))

    async def close(self) -> None:
        await self._bot.shutdown()

    def routes(self) -> list[web.RouteDef]:
        if self._webhook_url is None:
            return []
        return WebhookReceiver(self._secret, self._accept, self._ready).routes()

    async def _serve(self) -> None:
        while True:
            try:
                await connection.start(self._app)
                await connection.register(self._bot, self._webhook_url, self._secret)
                await self._receive()
            except connection.TokenRejected:
                raise
            except Exception as exc:
                wait = self._outage.failed(exc)
            await asyncio.sleep(wait)

    async def _receive(self) -> None:
        if self._webhook_url is not None:
            self._outage.over()
            await asyncio.Event().wait()
        await polling.poll_forever(self._bot, self._received, self._timing, self._accept, self._outage.over)

    def _ready(self) -> bool:
        return not self._stopped and self._app.update_queue.qsize() < _MAX_QUEUED

    def _accept(self, raw: dict[str, Any]) -> bool:
        try:
            update = Update.de_json(raw, self._bot)
        except Exception as exc:
            _log.warning("无法读取一条 Telegram 更新，已跳过", update=raw.get("update_id"), reason=repr(exc))
            return False
        self._app.update_queue.put_nowait(update)
        return True

    async def _handle(self, update: Update, _context: object) -> None:
        """Whatever goes wrong ends here; cancelled by a shutdown, the update stays unconfirmed and comes again."""
        try:
            await self._work_on(update)
        except PermanentSendError as exc:
            _log.info("这位用户已无法送达，回答未发送", update=update.update_id, reason=str(exc))
        except SendError as exc:
            _log.error("Telegram 回答发送失败", update=update.update_id, reason=str(exc))
        except Exception as exc:
            _log.error("处理 Telegram 更新时出错", update=update.update_id, exc_info=exc)
        self._received.finish(update.update_id)

    async def _work_on(self, update: Update) -> None:
        if update.my_chat_member is not None:
            change = update.my_chat_member
            _log.info("机器人的成员身份有变", chat=change.chat.id, status=change.new_chat_member.status)
        asked = read_update(update, self._bot.bot)
        answering = self._answer(asked) if asked is not None else _nothing()
        if update.callback_query is None:
            await answering
        else:
            await asyncio.gather(self._acknowledge(update.callback_query), answering)

    async def _answer(self, asked: Asked) -> None:
        key = (asked.incoming.address.id, asked.incoming.message_id)
        if key in self._completed:
            return
        async with self._slots, self._sender.typing(asked.target):
            replies = await self._dispatch(await self._with_file(asked))
        await self._sender.answer(asked.target, replies)
        self._completed.add(key)

    async def _with_file(self, asked: Asked) -> Incoming:
        incoming, sent = asked.incoming, asked.sent
        if sent is None:
            return incoming
        try:
            data = await download(self._bot, sent)
            kept = await self._receive_file(incoming.address, sent.name, data)
        except BadFile as problem:
            kept = SentFile(name=sent.name, problem=str(problem))
        return incoming.model_copy(update={"file": kept})

    async def _acknowledge(self, query: CallbackQuery) -> None:
        with suppress(TelegramError):
            await query.answer()

    async def _close(self) -> None:
        if self._app.running:
            try:
                async with asyncio.timeout(self._timing.shutdown_grace):
                    await self._app.update_queue.join()
            except TimeoutError:
                _log.warning("停机时仍有 Telegram 消息未答完")
                self._processor.cancel_all()
            await self._app.stop()
            if self._webhook_url is None:
                with suppress(TelegramError):
                    await polling.confirm(self._bot, self._received, self._timing)
        await self._app.shutdown()
        await self._bot.shutdown()


async def _nothing() -> None: ...


def _problem(error: TelegramError, token: str) -> str:
    if not TOKEN.fullmatch(token):
        return setup_texts.TELEGRAM_TOKEN_SHAPE
    if isinstance(error, InvalidToken):
        return setup_texts.TELEGRAM_TOKEN_UNKNOWN
    if isinstance(error, NetworkError) and not isinstance(error, BadRequest):
        return setup_texts.TELEGRAM_NO_CONNECTION
    return setup_texts.TELEGRAM_FAILED.format(reason=secrecy.redacted(error.message, token))
