"""Reading what is posted to a callback address."""

from __future__ import annotations

from aiohttp import web

CHUNK_BYTES = 65_536


async def limited_body(request: web.Request, most: int) -> bytes | None:
    body = bytearray()
    async for chunk in request.content.iter_chunked(CHUNK_BYTES):
        body += chunk
        if len(body) > most:
            return None
    return bytes(body)
