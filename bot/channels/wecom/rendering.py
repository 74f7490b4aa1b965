"""A reply as WeCom messages: texts within the limit, few short choices as buttons, files, else links to them."""

from __future__ import annotations

from collections.abc import Sequence
from secrets import token_hex
from typing import Any

from bot.channels.numbered_choices import blocks, listed
from bot.channels.tencent.outbox_sender import AnswerPart
from bot.channels.text_splitting import pack, sendable, utf8_cost
from handlers.domain.citations import citation_heading
from handlers.domain.messages import Reply
from handlers.texts import channels as channel_texts
from handlers.texts import conversation as texts

TEXT_LIMIT = 2048
"""Longest text or markdown, in UTF-8 bytes; WeCom cuts off what is longer."""
ROOM = len(texts.MAYBE_REPEATED.encode())
"""Bytes kept free for what may stand above."""
MOST_BUTTONS = 6
LONGEST_LABEL = 12
"""Longest label of a button, in characters, that phones show in full."""


def parts(replies: Sequence[Reply], *, pushed: bool = False, markdown: bool = False) -> list[AnswerPart]:
    made: list[AnswerPart] = []
    for reply in replies:
        said = _marked(reply) if markdown else blocks(reply, pushed=pushed)[:-1]
        labels = [choice.label for choice in reply.choices]
        buttons = 0 < len(labels) <= MOST_BUTTONS and max(map(len, labels)) <= LONGEST_LABEL
        if not buttons:
            said.append(listed(reply, pushed=pushed))
        made += [AnswerPart(text=text) for text in pack(map(sendable, said), TEXT_LIMIT - ROOM, utf8_cost)]
        if buttons:
            made.append(AnswerPart(kind="buttons", text=channel_texts.WECOM_CHOOSE, choices=reply.choices))
        made += [AnswerPart(kind="file", file=attachment) for attachment in reply.files]
    return made


def content(part: AnswerPart, *, markdown: bool) -> dict[str, Any]:
    if part.kind == "buttons":
        buttons = [{"text": choice.label, "style": 1, "key": choice.token} for choice in part.choices]
        card = {"card_type": "button_interaction", "main_title": {"title": part.text}}
        return {"msgtype": "template_card", "template_card": card | {"task_id": token_hex(16), "button_list": buttons}}
    kind = "markdown" if markdown else "text"
    return {"msgtype": kind, kind: {"content": part.text}}


def text_card(name: str, url: str) -> dict[str, Any]:
    card = {
        "title": name[:40],
        "description": channel_texts.WECOM_FILE_NOTE,
        "url": url,
        "btntxt": channel_texts.WECOM_FILE_BUTTON,
    }
    return {"msgtype": "textcard", "textcard": card}


def _marked(reply: Reply) -> list[str]:
    """The answer, and each citation as a quotation; no words make a link of themselves."""
    quotes = [
        f"**{citation_heading(citation)}**\n" + "\n".join(f"> {line}" for line in citation.quote.splitlines())
        for citation in reply.citations
    ]
    return [block.replace("](", "]\u200b(") for block in (reply.text, *quotes)]
