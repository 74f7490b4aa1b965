"""Where a test has no use for files."""

from __future__ import annotations

from bot.documents.service import File
from handlers.domain.messages import Address, SentFile


async def no_files(_address: Address, _token: str) -> File | None:
    """There are none."""
    return None


async def take_nothing(_address: Address, name: str, _data: bytes) -> SentFile:
    """None is taken."""
    return SentFile(name=name, problem="不收文件")
