"""The platforms' interfaces: one token for all processes, bounded retries, errors told apart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.channels.base import TemporarySendError, UncertainSendError
from bot.channels.tencent.api_client import Fetched, PlatformApi, PlatformError
from bot.channels.wechat.sending import stable_token
from bot.storage.channels.access_tokens import Tokens
from bot.storage.db.database import Database
from tests.support.fake_wechat import APP_ID, SECRET, FakeWeChat
from tests.support.ticking import Ticking

MENU = "/cgi-bin/get_current_selfmenu_info"


@pytest.fixture
async def wechat() -> AsyncIterator[FakeWeChat]:
    async with FakeWeChat(Ticking()) as wechat:
        yield wechat


def process(wechat: FakeWeChat, database: Database) -> PlatformApi:
    """The interfaces as one process uses them."""

    async def fetch(api: PlatformApi, force: bool) -> Fetched:
        return await stable_token(api, APP_ID, SECRET, force=force)

    return PlatformApi("wechat", wechat.url, Tokens(database), fetch, wechat.clock)


@pytest.fixture
async def two(wechat: FakeWeChat, database: Database) -> AsyncIterator[tuple[PlatformApi, PlatformApi]]:
    both = process(wechat, database), process(wechat, database)
    yield both
    for one in both:
        await one.close()


async def test_two_processes_fetch_one_token(wechat: FakeWeChat, two: tuple[PlatformApi, PlatformApi]) -> None:
    await asyncio.gather(*(api.call(MENU) for api in (*two, *two, *two)))
    assert wechat.token_requests.total() == 1


async def test_a_token_that_ends_in_mid_push_is_replaced_once_for_all(
    wechat: FakeWeChat, two: tuple[PlatformApi, PlatformApi]
) -> None:
    await asyncio.gather(*(api.call(MENU) for api in two))
    wechat.expire_tokens()
    wechat.clock.forward(seconds=31)  # type: ignore[attr-defined]
    await asyncio.gather(*(api.call(MENU) for api in (*two, *two)))
    assert wechat.token_requests == {False: 1, True: 1}


async def test_a_token_is_replaced_before_it_ends(wechat: FakeWeChat, two: tuple[PlatformApi, PlatformApi]) -> None:
    await two[0].call(MENU)
    wechat.clock.forward(seconds=7200 - 60)  # type: ignore[attr-defined]
    await two[0].call(MENU)
    assert wechat.token_requests.total() == 2


async def test_a_call_that_finds_its_token_invalid_again_gives_up(
    wechat: FakeWeChat, two: tuple[PlatformApi, PlatformApi]
) -> None:
    await two[0].call(MENU)
    wechat.clock.forward(seconds=31)  # type: ignore[attr-defined]
    wechat.failures += [("selfmenu", 40001)] * 5
    with pytest.raises(PlatformError, match="40001"):
        await two[0].call(MENU)
    assert len(wechat.failures) == 3


async def test_a_server_error_is_temporary_and_a_wrong_secret_shows_nobody_the_secret(
    wechat: FakeWeChat, database: Database
) -> None:
    async def fetch(api: PlatformApi, force: bool) -> Fetched:
        return await stable_token(api, APP_ID, "a-wrong-secret", force=force)

    api = PlatformApi("wechat", wechat.url, Tokens(database), fetch, wechat.clock)
    with pytest.raises(PlatformError) as refused:
        await api.call(MENU)
    assert "a-wrong-secret" not in str(refused.value)
    wechat.down = True
    with pytest.raises(TemporarySendError):
        await api.call(MENU)
    await api.close()


async def test_nobody_there_is_temporary_and_no_answer_is_uncertain(database: Database) -> None:
    async def slow(_request: web.Request) -> web.Response:
        raise web.HTTPInternalServerError

    async def cut(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    async def fetch(_api: PlatformApi, _force: bool) -> Fetched:
        return Fetched("t", 7200)

    app = web.Application()
    app.add_routes([web.post("/slow", slow), web.post("/cut", cut)])
    async with TestServer(app) as server:
        url = str(server.make_url(""))
        api = PlatformApi("x", url, Tokens(database), fetch, Ticking())
        with pytest.raises(TemporarySendError):
            await api.call("/slow", {})
        with pytest.raises(UncertainSendError):
            await api.call("/cut", {})
    with pytest.raises(TemporarySendError) as away:
        await api.call("/slow", {})
    assert not isinstance(away.value, UncertainSendError)
    await api.close()
