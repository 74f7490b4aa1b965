"""A reply as Telegram messages: parts within the limit, 依据 folded away, buttons below the last."""

from __future__ import annotations

import html
import unicodedata
from dataclasses import dataclass

import structlog
from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.channels.text_splitting import split_text, utf16_cost
from handlers.domain.citations import basis
from handlers.domain.messages import MAX_TOKEN_BYTES, Choice, Reply
from handlers.texts import channels as channel_texts

TEXT_LIMIT = 4096
"""Longest message text, in UTF-16 code units after entities are parsed."""
MAX_BUTTONS = 100
HALF_ROW_COLUMNS = 16
"""A label up to this wide (a Chinese character is two columns) shares its row."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class RenderedPart:
    text: str
    quoted: str = ""

    @property
    def markup(self) -> str:
        quote = f"<blockquote expandable>{_escape(self.quoted)}</blockquote>" if self.quoted else ""
        return "\n".join(filter(None, (_escape(self.text), quote)))

    @property
    def plain(self) -> str:
        return "\n".join(filter(None, (self.text, self.quoted)))


def parts(reply: Reply, limit: int = TEXT_LIMIT) -> list[RenderedPart]:
    texts = split_text(_clean(reply.text), limit, utf16_cost)
    quotes = split_text(_clean(basis(reply.citations)), limit, utf16_cost)
    if texts and len(quotes) == 1:
        whole = RenderedPart(texts[-1], quotes[0])
        if utf16_cost(whole.plain) <= limit:
            return [*map(RenderedPart, texts[:-1]), whole]
    return [*map(RenderedPart, texts), *(RenderedPart("", quote) for quote in quotes)]


def keyboard(reply: Reply) -> InlineKeyboardMarkup | None:
    rows = _choice_rows([choice for choice in reply.choices if _sendable(choice)][: MAX_BUTTONS - 3])
    if reply.question_id is not None:
        rows.append(_rating_row(reply.question_id))
    return InlineKeyboardMarkup(rows) if rows else None


def _choice_rows(choices: list[Choice]) -> list[list[InlineKeyboardButton]]:
    rows: list[list[InlineKeyboardButton]] = []
    room = False
    for choice in choices:
        button = InlineKeyboardButton(choice.label, callback_data=choice.token)
        columns = sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in choice.label)
        short = columns <= HALF_ROW_COLUMNS
        if short and room:
            rows[-1].append(button)
            room = False
        else:
            rows.append([button])
            room = short
    return rows


def _rating_row(question_id: int) -> list[InlineKeyboardButton]:
    labels = {"up": "👍", "down": "👎", "why": channel_texts.TELEGRAM_WHY}
    return [InlineKeyboardButton(label, callback_data=f"{kind}:{question_id}") for kind, label in labels.items()]


def _sendable(choice: Choice) -> bool:
    """Whether Telegram takes this button; one it refuses would cost the whole answer."""
    fits = bool(choice.label.strip()) and 0 < len(choice.token.encode()) <= MAX_TOKEN_BYTES
    if not fits:
        _log.error("按钮不符合 Telegram 的限制，未显示", label=choice.label, token=choice.token)
    return fits


def _escape(text: str) -> str:
    return html.escape(text, quote=False)


def _clean(text: str) -> str:
    return text.replace("\0", "").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
