"""What the Bot API accepts and refuses, as far as a text bot meets it."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from typing import Any

TAGS = frozenset(
    [
        "b",
        "strong",
        "i",
        "em",
        "u",
        "ins",
        "s",
        "strike",
        "del",
        "code",
        "pre",
        "a",
        "span",
        "tg-spoiler",
        "blockquote",
    ]
)
JSON_FIELDS = frozenset(
    {"reply_markup", "link_preview_options", "reply_parameters", "commands", "allowed_updates", "entities"}
)
MOST_FETCHED = 20 * 1024 * 1024
INTEGER_FIELDS = frozenset({"offset", "limit", "timeout", "max_connections", "message_thread_id"})
FIELDS: dict[str, frozenset[str]] = {
    "getMe": frozenset(),
    "getUpdates": frozenset({"offset", "limit", "timeout", "allowed_updates"}),
    "setWebhook": frozenset({"url", "secret_token", "allowed_updates", "max_connections", "drop_pending_updates"}),
    "deleteWebhook": frozenset({"drop_pending_updates"}),
    "setMyCommands": frozenset({"commands", "scope", "language_code"}),
    "sendMessage": frozenset(
        {
            *("chat_id", "text", "parse_mode", "entities", "link_preview_options", "reply_markup"),
            *("reply_parameters", "message_thread_id", "disable_notification", "protect_content"),
        }
    ),
    "getFile": frozenset({"file_id"}),
    "sendDocument": frozenset({"chat_id", "document", "message_thread_id", "caption", "reply_markup"}),
    "sendChatAction": frozenset({"chat_id", "action", "message_thread_id"}),
    "answerCallbackQuery": frozenset({"callback_query_id", "text", "show_alert", "url", "cache_time"}),
}
_TOKEN = re.compile(r"<(/?)([a-z-]+)((?:\s[^<>]*)?)>|&(#\d+|#x[0-9a-f]+|lt|gt|amp|quot);|([<&])", re.IGNORECASE)


class ApiError(Exception):
    """An answer other than 200."""

    def __init__(self, status: int, description: str, **parameters: float) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.parameters = parameters


def bad_request(why: str) -> ApiError:
    return ApiError(400, f"Bad Request: {why}")


def units(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2


def parameters(method: str, form: Mapping[str, Any]) -> dict[str, Any]:
    """The call's parameters with their types; unknown ones are refused."""
    if unknown := set(form) - FIELDS[method]:
        raise bad_request(f"unknown field {', '.join(sorted(unknown))}")
    found: dict[str, Any] = {}
    for name, value in form.items():
        try:
            found[name] = json.loads(value) if name in JSON_FIELDS else value
            found[name] = int(value) if name in INTEGER_FIELDS else found[name]
        except ValueError:
            raise bad_request(f"can't parse {name}") from None
    return found


def shown_text(params: dict[str, Any]) -> str:
    """What a reader sees of a message's text; refuses what Telegram refuses."""
    text = params.get("text", "")
    mode = params.get("parse_mode")
    if mode not in (None, "HTML"):
        raise bad_request("unsupported parse_mode")
    shown = (parse_html(text) if mode else text).strip()
    if not shown:
        raise bad_request("message text is empty")
    if units(shown) > 4096:
        raise bad_request("message is too long")
    return shown


def parse_html(text: str) -> str:
    """The text of Telegram's HTML, without its tags; refuses what does not parse."""
    open_tags: list[str] = []
    shown, position = [], 0
    for match in _TOKEN.finditer(text):
        shown.append(text[position : match.start()])
        position = match.end()
        closing, tag, attributes, entity, stray = match.groups()
        if stray is not None:
            raise bad_request(f"can't parse entities: unexpected '{stray}' at offset {match.start()}")
        if entity is not None:
            shown.append(html.unescape(match[0]))
        else:
            _tag(open_tags, bool(closing), tag.lower(), attributes.strip())
    if open_tags:
        raise bad_request(f"can't parse entities: can't find end tag for {open_tags[-1]}")
    return "".join([*shown, text[position:]])


def _tag(open_tags: list[str], closing: bool, tag: str, attributes: str) -> None:
    if tag not in TAGS or (tag == "blockquote" and attributes not in ("", "expandable")):
        raise bad_request(f'can\'t parse entities: unsupported start tag "{tag}"')
    if not closing:
        if tag == "blockquote" and tag in open_tags:
            raise bad_request("can't parse entities: nested blockquote")
        open_tags.append(tag)
    elif not open_tags or open_tags.pop() != tag:
        raise bad_request(f"can't parse entities: unmatched end tag {tag}")


def check_keyboard(markup: dict[str, Any]) -> None:
    """An inline keyboard within its limits."""
    rows = markup["inline_keyboard"]
    buttons = [button for row in rows for button in row]
    if not all(rows) or len(buttons) > 100 or any(len(row) > 8 for row in rows):
        raise bad_request("BUTTONS_INVALID")
    for button in buttons:
        if set(button) != {"text", "callback_data"} or not button["text"].strip():
            raise bad_request("can't parse inline keyboard button")
        if not 1 <= len(button["callback_data"].encode()) <= 64:
            raise bad_request("BUTTON_DATA_INVALID")
