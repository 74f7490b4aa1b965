"""What a failed Bot API call means for the sender."""

from __future__ import annotations

from datetime import timedelta

from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError, RetryAfter, TelegramError, TimedOut

from bot.channels.base import AddressMoved, PermanentSendError, SendError, TemporarySendError, UncertainSendError
from bot.channels.telegram.secrecy import redacted

_GONE = (
    "chat not found",
    "user not found",
    "user is deactivated",
    "group chat was deactivated",
    "group chat was upgraded",
    "bot was kicked",
    "bot is not a member",
    "peer_id_invalid",
    "chat_write_forbidden",
    "chat_restricted",
    "not enough rights",
    "have no rights to send",
    "need administrator rights",
)


class MessageRefused(TemporarySendError):
    """Telegram does not accept this message as it is; sending it again unchanged is of no use."""


def retry_after_seconds(error: RetryAfter) -> float:
    """The wait Telegram asks for, in seconds (python-telegram-bot gives a timedelta or a number)."""
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


def classify(error: TelegramError, token: str) -> SendError:
    """Temporary, permanent, moved, or refused for what it contains; never with the token in its text."""
    reason = redacted(error.message, token)
    match error:
        case ChatMigrated():
            return AddressMoved(str(error.new_chat_id))
        case RetryAfter():
            return TemporarySendError("Telegram 限流", retry_after_seconds(error))
        case Forbidden():
            return PermanentSendError(reason)
        case BadRequest():
            gone = any(text in error.message.lower() for text in _GONE)
            return PermanentSendError(reason) if gone else MessageRefused(reason)
        case TimedOut():
            return UncertainSendError(f"Telegram 没有及时回应：{reason}")
        case NetworkError():
            return TemporarySendError(f"Telegram 暂时无法访问：{reason}")
        case _:
            return TemporarySendError(type(error).__name__)


def is_markup_error(error: SendError) -> bool:
    return isinstance(error, MessageRefused) and "can't parse entities" in str(error).lower()
