"""What `yanxiu channels doctor` finds, in words for whoever sets a channel up."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Any

from bot.channels.base import Diagnosis, SendError
from bot.channels.tencent.api_client import PlatformError
from handlers.texts import channel_setup as setup_texts


async def tried(what: str, call: Awaitable[Any], advice: dict[int, str], note: str = "") -> Diagnosis:
    try:
        await call
    except PlatformError as error:
        return Diagnosis(what, advice.get(error.code, setup_texts.REFUSED.format(error=error)))
    except SendError as error:
        return Diagnosis(what, advice.get(_code_behind(error), setup_texts.NOT_REACHED.format(error=error)))
    return Diagnosis(what, note=note)


def demand(who: str, settings: Mapping[str, object], where: str) -> None:
    """Raises ValueError that names every one of these settings that is empty, and where it is found."""
    missing = [name for name, value in settings.items() if not value]
    if missing:
        raise ValueError(setup_texts.MISSING_SETTINGS.format(who=who, names="、".join(missing), where=where))


def callback(public_url: str, path: str, where: str) -> Diagnosis:
    if not public_url.startswith("https://"):
        return Diagnosis(setup_texts.CALLBACK_URL, setup_texts.CALLBACK_NOT_PUBLIC)
    note = setup_texts.CALLBACK_PASTE.format(where=where, url=f"{public_url.rstrip('/')}{path}")
    return Diagnosis(setup_texts.CALLBACK_URL, note=note, tried=False)


def _code_behind(error: SendError) -> int:
    cause = error.__cause__
    return cause.code if isinstance(cause, PlatformError) else 0
