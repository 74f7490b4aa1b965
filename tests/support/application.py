"""The whole application on a temporary database with a clock that stands still."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cache, partial
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

from argon2 import PasswordHasher

from bot.channels.registry import BuildChannels, no_channels
from bot.clock import SHANGHAI, Clock
from bot.core import Core, load_engine, open_core
from bot.settings import Settings
from bot.staff import authentication
from handlers.domain.messages import Address, Incoming, Reply
from knowledge.answering.engine import Engine
from tests.support.databases import migrated_sqlite
from tests.support.knowledge import shipped

SPRING_2025 = datetime(2025, 4, 15, 10, 0, tzinfo=SHANGHAI)
CHEAP = partial(PasswordHasher, time_cost=1, memory_cost=8, parallelism=1)
NOBODY = CHEAP().hash("nobody")
_numbers = count(1)


def settings_for(folder: Path, **changes: object) -> Settings:
    """Settings that read neither the environment's database nor a .env file."""
    return Settings(_env_file=None, **{"database_url": f"sqlite:///{folder}/whole.db", **changes})


@asynccontextmanager
async def whole(
    folder: Path,
    now: datetime = SPRING_2025,
    clock: Clock | None = None,
    build: BuildChannels = no_channels,
    **changes: object,
) -> AsyncIterator[Core]:
    """Everything, with the channels that `build` makes, on a copied schema; passwords are hashed at the least cost."""
    if "database_url" not in changes:
        migrated_sqlite(folder / "whole.db")
    with patch.multiple(authentication, PasswordHasher=CHEAP, NOBODY=NOBODY):
        async with open_core(settings_for(folder, **changes), clock or (lambda: now), loaded(), build) as core:
            yield core


@cache
def loaded() -> Engine:
    """The engine with its sentence model, once in a process."""
    return load_engine(shipped())


async def say(core: Core, text: str = "", *, who: str = "amy", channel: str = "test", **fields: Any) -> Reply:
    """Send one message; returns the only reply."""
    incoming = Incoming(address=Address(channel=channel, id=who), message_id=f"m{next(_numbers)}", text=text, **fields)
    [reply] = await core.dispatch(incoming)
    return reply
