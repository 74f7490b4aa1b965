"""A schema is migrated once in a process; each test gets a copy."""

from __future__ import annotations

import asyncio
import atexit
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from bot.storage.migrations import upgrade


def migrated_sqlite(path: Path) -> str:
    """The address of a SQLite file with the newest schema; one that exists is left as it is."""
    if not path.exists():
        shutil.copy(_template(), path)
    return f"sqlite:///{path}"


def migrate(url: str) -> None:
    """Bring a database to the newest schema, from a test with or without an event loop."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, upgrade(url)).result()


@cache
def _template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="yanxiu-migrated-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    migrate(f"sqlite:///{folder}/migrated.db")
    return folder / "migrated.db"
