"""A reply as WeChat texts: each within the limit, citations in one piece, choices numbered, files as links."""

from __future__ import annotations

from collections.abc import Sequence

from bot.channels.numbered_choices import blocks
from bot.channels.services import ChannelServices
from bot.channels.tencent.outbox_sender import AnswerPart
from bot.channels.text_splitting import pack, sendable, utf8_cost
from bot.channels.wechat.sending import TEXT_LIMIT
from handlers.domain.messages import Address, Reply
from handlers.texts import channels as channel_texts
from handlers.texts import conversation as texts

ROOM = len((texts.MAYBE_REPEATED + channel_texts.OLDER_TO_READ + channel_texts.MORE_TO_READ).encode()) + 2
"""Bytes kept free for what may stand above and below."""


async def parts(
    replies: Sequence[Reply], address: Address, services: ChannelServices, public_url: str
) -> list[AnswerPart]:
    said = [block for reply in replies for block in blocks(reply)]
    files = [attachment for reply in replies for attachment in reply.files]
    for attachment in files:
        if not public_url:
            said.append(channel_texts.FILE_ELSEWHERE.format(name=attachment.name))
            continue
        secret = await services.downloads.open(address, attachment.token, services.clock())
        url = f"{public_url.rstrip('/')}/download/{secret}"
        said.append(channel_texts.FILE_LINK.format(name=attachment.name, url=url))
    made = pack(map(sendable, said), TEXT_LIMIT - ROOM, utf8_cost)
    return [AnswerPart(text=text, more=number < len(made)) for number, text in enumerate(made, start=1)]
