"""Shared by all commands: output, one-line errors, settings, knowledge."""

from __future__ import annotations

import asyncio
import contextlib
import re
import sys
from collections.abc import Coroutine, Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from rich.console import Console

from bot.cli import texts
from knowledge.loading import KnowledgeError, load_knowledge
from knowledge.model.snapshot import Knowledge

T = TypeVar("T")

FOUND_WRONG, BAD_USAGE = 1, 2

out = Console(soft_wrap=True, highlight=False, markup=False)
err = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)

AsOf = Annotated[datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="按这一天回答（默认今天）")]
AsJson = Annotated[bool, typer.Option("--json", help="输出一行 JSON")]
Limit = Annotated[int, typer.Option("--limit", min=1, help="最多列出几条")]


class CommandError(typer.Exit):
    def __init__(self, message: str, code: int = FOUND_WRONG) -> None:
        err.print(texts.ERROR.format(problem=message))
        super().__init__(code)


def settings() -> Any:
    """Also sets up logging. Raises CommandError."""
    from pydantic_settings import SettingsError

    from bot.logs import configure_logs
    from bot.settings import Settings

    try:
        found = Settings()
        configure_logs(found.log_level, found.log_json)
    except ValidationError as error:
        raise CommandError(
            texts.SETTINGS_WRONG.format(problems="、".join(map(_wrong, error.errors()))), BAD_USAGE
        ) from error
    except SettingsError as error:
        field = re.search(r'"(\w+)"', str(error))
        name = f"YANXIU_{field[1].upper()}" if field else texts.SETTING_UNNAMED
        problem = texts.SETTING_NOT_JSON.format(name=name)
        raise CommandError(texts.SETTINGS_WRONG.format(problems=problem), BAD_USAGE) from error
    except ValueError as error:
        raise CommandError(str(error), BAD_USAGE) from error
    return found


def _wrong(error: ErrorDetails) -> str:
    name = f"YANXIU_{'_'.join(map(str, error['loc'])).upper()}"
    allowed = error.get("ctx", {}).get("expected", "")
    if error["type"] in {"enum", "literal_error"}:
        return texts.SETTING_ALLOWED.format(name=name, allowed=allowed.replace(" or ", ", "))
    return texts.SETTING_NUMBER.format(name=name) if error["type"].startswith(("int_", "float_")) else name


@contextlib.contextmanager
def plain_errors(*also: type[Exception]) -> Iterator[None]:
    from bot.storage.db.errors import StorageUnavailable

    mendable: tuple[type[Exception], ...] = (StorageUnavailable, KnowledgeError, ValueError, *also)
    try:
        yield
    except mendable as error:
        raise CommandError(str(error)) from error
    except KeyboardInterrupt:
        raise typer.Exit from None


def run(work: Coroutine[Any, Any, T], *also: type[Exception]) -> T:
    """Raises CommandError."""
    with plain_errors(*also):
        return asyncio.run(work)


def read_source(source: str | Path, problem: str = texts.UNREADABLE) -> bytes:
    """A file's content, that of standard input for `-`. Raises CommandError."""
    try:
        return sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    except OSError as error:
        raise CommandError(problem.format(file=source, reason=error.strerror), BAD_USAGE) from error


def shipped_knowledge() -> Knowledge:
    """Knowledge from the package's files. Raises CommandError."""
    try:
        return load_knowledge()
    except KnowledgeError as error:
        raise CommandError(str(error)) from error


def held_knowledge() -> Knowledge:
    """Shipped knowledge overlaid with what staff published, where there is a database. Raises CommandError."""
    return run(_held(shipped_knowledge(), settings().database_url))


async def _held(shipped: Knowledge, url: str) -> Knowledge:
    from bot.storage.db.database import Database
    from bot.storage.db.urls import is_missing_file
    from bot.storage.staff.revisions import Revisions
    from knowledge.publications import overlaid

    if is_missing_file(url):
        return shipped
    async with Database(url) as database:
        current = await Revisions(database).current_if_any()
    return overlaid(shipped, [one.publication for one in current])
