"""Where a test has no use for files."""

from __future__ import annotations

from bot.documents.service import File
from handlers.messages import Address


async def no_files(_address: Address, _token: str) -> File | None:
    """There are none."""
    return None
