"""The JSON interfaces of WeChat and WeCom: one token for all processes, errors told apart."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import aiohttp
import structlog

from bot.channels.base import SendError, TemporarySendError, UncertainSendError
from bot.clock import Clock
from bot.storage.channels.access_tokens import AccessToken, Tokens
from handlers.texts import channel_setup as setup_texts

INVALID_TOKEN = frozenset({40001, 40014, 41001, 42001})
"""The token is wrong, missing or over."""
EARLY = timedelta(minutes=5)
"""A token is replaced so long before its end."""
LEAST_LIFE = timedelta(seconds=30)
TIMEOUT = aiohttp.ClientTimeout(total=10, connect=4)
WAITING_SECONDS = 0.1
GATEWAY_TIMEOUT = 504
LONGEST_WAIT_SECONDS = 8.0
MAX_MEDIA_BYTES = 20 * 1024 * 1024

T = TypeVar("T")

log = structlog.get_logger(__name__)


class PlatformError(Exception):
    """The platform has refused a call; its code, and its words without any secret."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code} {message}")
        self.code = code


class _Unclear(Exception):
    """An answer that does not say whether the call was carried out."""


@dataclass(frozen=True, slots=True)
class Fetched:
    token: str
    seconds: int


FetchToken = Callable[["PlatformApi", bool], Awaitable[Fetched]]
"""How a platform gives a token; `True` asks for another one although the last should still hold."""


class PlatformApi:
    """Calls with the shared token; a call that finds it invalid tries once more with a new one, never oftener."""

    def __init__(self, name: str, base_url: str, tokens: Tokens, fetch: FetchToken, clock: Clock) -> None:
        """`name` is the channel's and the application's, as the token is kept under it."""
        self._name = name
        self._base_url = base_url.rstrip("/")
        self._tokens = tokens
        self._fetch = fetch
        self._clock = clock
        self._held: AccessToken | None = None
        self._session: aiohttp.ClientSession | None = None
        self._refreshing = asyncio.Lock()

    async def call(self, path: str, payload: Mapping[str, Any] | None = None, **query: str) -> dict[str, Any]:
        """POST a payload (GET without one). Raises PlatformError and TemporarySendError."""
        return await self._with_token(lambda token: self.request(path, payload, access_token=token, **query))

    async def media(self, path: str, **query: str) -> bytes:
        """GET a file. Raises PlatformError and TemporarySendError."""

        async def get(token: str) -> bytes:
            async with self._open().get(self._base_url + path, params={"access_token": token, **query}) as response:
                data = await _bounded(response)
            if response.content_type in {"application/json", "text/plain"}:
                _checked(data, response.status)
            return data

        return await self._with_token(lambda token: _told_apart(get(token), sends=False))

    async def upload(self, path: str, name: str, data: bytes, **query: str) -> dict[str, Any]:
        """POST a file. Raises PlatformError and TemporarySendError."""

        async def post(token: str) -> dict[str, Any]:
            form = aiohttp.FormData(quote_fields=False)
            form.add_field("media", data, filename=name, content_type="application/octet-stream")
            url, params = self._base_url + path, {"access_token": token, **query}
            async with self._open().post(url, params=params, data=form) as response:
                return _checked(await response.read(), response.status)

        return await self._with_token(lambda token: _told_apart(post(token), sends=False))

    async def request(self, path: str, payload: Mapping[str, Any] | None = None, **query: str) -> dict[str, Any]:
        """A call as it is, without a token. Raises PlatformError and TemporarySendError."""
        return await _told_apart(self._exchange(path, payload, query), sends=payload is not None)

    async def close(self) -> None:
        if self._session:
            await self._session.close()

    async def token(self, worn: str = "") -> str:
        """Fetched anew where it is over, or is the `worn` one that was just refused. Raises TemporarySendError."""
        if self._held and self._held.token != worn and self._held.holds(self._clock()):
            return self._held.token
        deadline = asyncio.get_running_loop().time() + LONGEST_WAIT_SECONDS
        try:
            async with asyncio.timeout_at(deadline):
                await self._refreshing.acquire()
        except TimeoutError:
            raise TemporarySendError(setup_texts.NO_TOKEN_IN_TIME) from None
        try:
            return await self._shared(worn, deadline)
        finally:
            self._refreshing.release()

    async def _with_token(self, call: Callable[[str], Awaitable[T]]) -> T:
        token = await self.token()
        try:
            return await call(token)
        except PlatformError as error:
            if error.code not in INVALID_TOKEN:
                raise
            log.warning("平台说令牌已失效，换一个再试", platform=self._name, code=error.code)
        return await call(await self.token(worn=token))

    async def _shared(self, worn: str, deadline: float) -> str:
        """The token all processes share; one of them fetches it, the others wait for it."""
        while asyncio.get_running_loop().time() < deadline:
            now, held = self._clock(), await self._tokens.held(self._name)
            if held and held.token != worn and held.holds(now):
                self._held = held
                return held.token
            if await self._tokens.may_fetch(self._name, held.token if held else "", now):
                return await self._fetched(force=bool(worn) and bool(held) and held is not None and held.holds(now))
            await asyncio.sleep(WAITING_SECONDS)
        raise TemporarySendError(setup_texts.NO_TOKEN_IN_TIME)

    async def _fetched(self, *, force: bool) -> str:
        try:
            fetched = await self._fetch(self, force)
        except SendError as error:  # nothing of anybody's has been sent yet
            await self._tokens.give_up(self._name, self._clock())
            raise TemporarySendError(setup_texts.NO_TOKEN.format(error=error)) from error.__cause__
        except BaseException:
            await self._tokens.give_up(self._name, self._clock())
            raise
        now = self._clock()
        life = max(timedelta(seconds=fetched.seconds) - EARLY, LEAST_LIFE)
        self._held = AccessToken(fetched.token, now + life)
        await self._tokens.put(self._name, self._held, now)
        return fetched.token

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=TIMEOUT)
        return self._session

    async def _exchange(self, path: str, payload: Mapping[str, Any] | None, query: Mapping[str, str]) -> dict[str, Any]:
        url = self._base_url + path
        if payload is None:
            async with self._open().get(url, params=query) as response:
                return _checked(await response.read(), response.status)
        body = json.dumps(payload, ensure_ascii=False).encode("utf-8", "ignore")
        headers = {"Content-Type": "application/json; charset=utf-8"}
        async with self._open().post(url, params=query, data=body, headers=headers) as response:
            return _checked(await response.read(), response.status)


def _unreached(error: aiohttp.ClientError) -> str:
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return setup_texts.NO_SUCH_DOMAIN
    if isinstance(error, aiohttp.ClientSSLError):
        return setup_texts.BAD_CERTIFICATE
    return setup_texts.NO_CONNECTION


async def _told_apart(exchange: Awaitable[T], *, sends: bool) -> T:
    """What a failed exchange means: nothing arrived, or nobody knows."""
    try:
        return await exchange
    except _Unclear as error:
        raise (UncertainSendError if sends else TemporarySendError)(str(error)) from None
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        raise TemporarySendError(_unreached(error)) from None
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        kind = UncertainSendError if sends else TemporarySendError
        raise kind(setup_texts.NO_ANSWER.format(kind=type(error).__name__)) from None  # its words may hold a token


def _checked(data: bytes, status: int) -> dict[str, Any]:
    """The answer, if it is one. Raises PlatformError, TemporarySendError and _Unclear."""
    if status >= 500 and status != GATEWAY_TIMEOUT:
        raise TemporarySendError(f"HTTP {status}")
    try:
        found = json.loads(data)
    except ValueError:
        raise _Unclear(f"HTTP {status}, not JSON") from None
    if not isinstance(found, dict):
        raise _Unclear(f"HTTP {status}, not an object")
    if code := found.get("errcode", 0):
        raise PlatformError(int(code), str(found.get("errmsg", ""))[:200])
    return found


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    data = bytearray()
    async for chunk in response.content.iter_chunked(65_536):
        data += chunk
        if len(data) > MAX_MEDIA_BYTES:
            break
    return bytes(data)
