"""The bot token stays out of every log; the webhook secret is made from it."""

from __future__ import annotations

import hashlib
import hmac
import logging
import re

from handlers.texts import channel_setup as setup_texts

_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


class _Redact(logging.Filter):
    def __init__(self, token: str) -> None:
        super().__init__()
        self._token = token

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redacted(record.getMessage(), self._token), ()
        return True


def redacted(text: str, token: str) -> str:
    return re.sub(re.escape(token), "<token>", text, flags=re.IGNORECASE) if token else text


def quiet_libraries(token: str) -> None:
    """Lest they log URLs with the token, at whatever level: the channel reports every failure itself."""
    for name, level in (("telegram", logging.CRITICAL), ("httpx", logging.WARNING)):
        logging.getLogger(name).setLevel(level)
    for name in ("httpx", "httpcore.http11", "httpcore.connection"):
        logger = logging.getLogger(name)
        for old in [f for f in logger.filters if isinstance(f, _Redact)]:
            logger.removeFilter(old)
        logger.addFilter(_Redact(token))


def derive_secret(token: str) -> str:
    """A webhook secret made from the token: the same in every process, and after a restart."""
    return hmac.new(token.encode(), b"yanxiu telegram webhook", hashlib.sha256).hexdigest()


def checked_secret(secret: str, token: str) -> str:
    """The configured secret, or the derived one where it is empty; ValueError if Telegram refuses it."""
    if secret and not _SECRET.fullmatch(secret):
        raise ValueError(setup_texts.TELEGRAM_BAD_SECRET)
    return secret or derive_secret(token)
