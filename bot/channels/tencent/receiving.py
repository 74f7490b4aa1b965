"""Reading what is posted to a callback address."""

from __future__ import annotations

from aiohttp import web

from bot.channels.tencent.signed_callbacks import MAX_BODY_BYTES


async def bounded(request: web.Request) -> bytes | None:
    """The body; None where it is larger than any callback."""
    body = bytearray()
    async for chunk in request.content.iter_chunked(65_536):
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            return None
    return bytes(body)
