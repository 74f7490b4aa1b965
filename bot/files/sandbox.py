"""Runs file readers in separate processes, a limited number at a time."""

from __future__ import annotations

import asyncio
import sys

from pydantic import ValidationError

from bot.files import texts
from bot.files.inspection import BadFile, Format
from handlers.domain.file import FileKind, FileReading

READ_SECONDS = 30.0
AT_ONCE = 2


class IsolatedReader:
    def __init__(self, seconds: float = READ_SECONDS) -> None:
        self._seconds = seconds
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def __call__(self, found: Format, data: bytes) -> FileReading:
        """Raises BadFile where the file cannot be read, or not in time."""
        if found in {Format.PNG, Format.JPEG}:
            return FileReading(sort=FileKind.PICTURE)
        async with self._slots:
            output = await run_isolated("bot.files.table_worker", found.value, data, self._seconds)
        try:
            return FileReading.model_validate_json(output)
        except ValidationError:
            raise BadFile(texts.UNREADABLE) from None


async def run_isolated(module: str, argument: str, data: bytes, seconds: float) -> bytes:
    """Output of `python -m MODULE ARGUMENT` for the data. Raises BadFile where it fails or times out."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, argument),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(seconds):
            output, _ = await process.communicate(data)
    except TimeoutError:
        raise BadFile(texts.TOO_SLOW) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise BadFile(texts.UNREADABLE)
    return output
