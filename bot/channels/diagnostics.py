"""What `yanxiu channels doctor` finds, in words for whoever sets a channel up."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Any

from bot.channels.base import Diagnosis, SendError
from bot.channels.tencent.api_client import PlatformError


async def tried(what: str, call: Awaitable[Any], advice: dict[int, str], note: str = "") -> Diagnosis:
    """Whether a call works, with the advice for the code it is refused with."""
    try:
        await call
    except PlatformError as error:
        return Diagnosis(what, advice.get(error.code, f"平台返回 {error}"))
    except SendError as error:
        return Diagnosis(what, advice.get(_code_behind(error), f"没有成功：{error}。请检查这台机器能否访问外网"))
    return Diagnosis(what, note=note)


def demand(who: str, settings: Mapping[str, object], where: str) -> None:
    """Raises ValueError that names every one of these settings that is empty, and where it is found."""
    missing = [name for name, value in settings.items() if not value]
    if missing:
        raise ValueError(f"{who}还缺设置：{'、'.join(missing)}（{where}）")


def callback(public_url: str, path: str, where: str) -> Diagnosis:
    """The address to paste into the platform's console."""
    if not public_url.startswith("https://"):
        problem = "平台要能从公网访问本机：请把 YANXIU_PUBLIC_URL 设成公网 HTTPS 地址（域名需备案）"
        return Diagnosis("回调地址", problem)
    return Diagnosis("回调地址", note=f"{where}里的 URL 填 {public_url.rstrip('/')}{path}", tried=False)


def _code_behind(error: SendError) -> int:
    cause = error.__cause__
    return cause.code if isinstance(cause, PlatformError) else 0
