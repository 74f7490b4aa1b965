"""Telegram, through python-telegram-bot; the only package that imports it."""

import os

from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.secrecy import derive_secret
from bot.channels.telegram.timing import Patience, Timing

# RetryAfter in seconds is deprecated in python-telegram-bot 22; ask for timedeltas already.
os.environ.setdefault("PTB_TIMEDELTA", "1")

__all__ = ["Patience", "TelegramChannel", "Timing", "derive_secret"]
