"""Schema changes, applied in order. `upgrade(url)` is the only way in; no alembic.ini is needed."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from bot.storage.db import texts
from bot.storage.db.advisory_lock import advisory_lock
from bot.storage.db.database import Database
from bot.storage.db.errors import StorageUnavailable

UPGRADING = 7_120_251_001
"""PostgreSQL advisory lock: of several processes starting at once, one upgrades, the others wait."""


async def upgrade(url: str) -> None:
    async with Database(url) as database:
        await upgrade_database(database)


async def upgrade_database(database: Database) -> None:
    await database.transact(_upgrade)


def _upgrade(connection: sa.Connection) -> None:
    if MigrationContext.configure(connection).get_current_revision() == _newest():
        return
    advisory_lock(connection, UPGRADING)
    config = _config()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise StorageUnavailable(texts.NEWER_SCHEMA.format(reason=error)) from error


@cache
def _newest() -> str | None:
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
