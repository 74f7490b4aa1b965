"""POST /telegram/webhook."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator

import pytest

from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.secrecy import derive_secret
from bot.settings import TelegramMode
from handlers.domain.messages import Incoming, Reply
from tests.support.fake_telegram import TOKEN, FakeTelegram, build_channel, running, serving, until

SECRET = "right-secret_1"


async def echo(incoming: Incoming) -> tuple[Reply, ...]:
    return (Reply(text=f"答：{incoming.text}"),)


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with (
        FakeTelegram() as telegram,
        running(telegram, echo, mode=TelegramMode.WEBHOOK, webhook_secret=SECRET),
    ):
        yield telegram


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", "密钥", derive_secret(TOKEN)])
async def test_a_wrong_secret_is_refused(telegram: FakeTelegram, secret: str | None) -> None:
    update = telegram.update("message", telegram.person(1).message("假的"))
    assert await telegram.post_webhook(update, secret) == 403
    assert len(await telegram.person(1).says("真的")) == 1
    assert telegram.sent_to(1) == ["答：真的"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{not json", 400),
        (b"", 400),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
        (b"[1, 2]", 400),
        (b"{}", 200),
        (b'{"update_id": 5}', 200),
        (b'{"update_id": 6, "kind_of_next_year": {"x": 1}}', 200),
        (b'{"update_id": 7, "message": {"nonsense": true}}', 200),
        (b'{"update_id": 8, "message": 5}', 200),
        (b'{"update_id": "nine", "poll": null}', 200),
        (b" " * 1_200_000 + b"{}", 413),
    ],
)
async def test_what_cannot_be_an_update_harms_nothing(telegram: FakeTelegram, body: bytes, status: int) -> None:
    assert await telegram.post_webhook(None, SECRET, data=io.BytesIO(body)) == status
    assert len(await telegram.person(1).says("还在吗")) == 1


async def test_an_update_that_arrives_before_telegram_is_reachable_is_answered_later() -> None:
    async with FakeTelegram() as telegram:
        channel = build_channel(telegram, echo, mode=TelegramMode.WEBHOOK, webhook_secret=SECRET)
        async with serving(telegram, channel):
            update = telegram.update("message", telegram.person(1).message("早"))
            assert await telegram.post_webhook(update, SECRET) == 200
            async with _started(channel):
                await until(lambda: telegram.sent_to(1) == ["答：早"])


async def test_what_was_taken_is_answered_before_the_channel_stops_and_then_no_more_is_taken() -> None:
    async with FakeTelegram() as telegram:
        channel = build_channel(telegram, echo, mode=TelegramMode.WEBHOOK, webhook_secret=SECRET)
        async with serving(telegram, channel):
            async with _started(channel):
                await until(lambda: telegram.commands)
                for number in range(20):
                    message = telegram.person(number + 1).message("问")
                    assert await telegram.post_webhook(telegram.update("message", message), SECRET) == 200
            assert len(telegram.sent) == 20
            assert await telegram.post_webhook(telegram.update("message", message), SECRET) == 503
        assert telegram.webhook is not None


def test_without_a_configured_secret_every_process_derives_the_same() -> None:
    assert derive_secret(TOKEN) == derive_secret(TOKEN)
    assert derive_secret(TOKEN) != derive_secret(TOKEN + "x")
    assert TOKEN not in derive_secret(TOKEN)


def test_a_secret_telegram_would_refuse_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="YANXIU_TELEGRAM_WEBHOOK_SECRET"):
        build_channel(FakeTelegram(), echo, webhook_secret="有空 格")


def test_no_route_is_offered_when_polling() -> None:
    assert build_channel(FakeTelegram(), echo).routes() == []


class _started:
    """A channel's `run` as a task, cancelled at the end."""

    def __init__(self, channel: TelegramChannel) -> None:
        self._channel = channel

    async def __aenter__(self) -> None:
        self._task = asyncio.create_task(self._channel.run())

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
