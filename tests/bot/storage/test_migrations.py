import asyncio

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from bot.storage.conversations.questions import Questions
from bot.storage.db.database import Database, StorageUnavailable
from bot.storage.migrations import upgrade
from bot.storage.tables.channel import metadata
from handlers.domain.messages import Address


def differences(connection: Connection) -> list[object]:
    options = {"compare_type": True, "compare_server_default": True}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


async def test_the_migrations_build_exactly_the_tables_of_the_code(database_url: str) -> None:
    async with Database(database_url) as database, database.read() as connection:
        assert await connection.run_sync(differences) == []


async def test_a_missing_column_would_be_noticed(database_url: str) -> None:
    async with Database(database_url) as database:
        async with database.write() as connection:
            await connection.execute(text("ALTER TABLE inbox DROP COLUMN answered_at"))
        async with database.read() as connection:
            assert len(await connection.run_sync(differences)) == 1


async def test_an_empty_database_is_upgraded_and_a_second_upgrade_changes_nothing(empty_url: str) -> None:
    await upgrade(empty_url)
    await upgrade(empty_url)
    async with Database(empty_url) as database, database.read() as connection:
        assert await connection.run_sync(differences) == []


async def test_processes_that_start_together_upgrade_once(empty_url: str) -> None:
    await asyncio.gather(*(upgrade(empty_url) for _ in range(4)))
    async with Database(empty_url) as database, database.read() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM alembic_version"))).scalar_one() == 1


async def test_a_database_without_tables_says_to_upgrade(empty_url: str) -> None:
    async with Database(empty_url) as database:
        with pytest.raises(StorageUnavailable, match="yanxiu db upgrade"):
            await Questions(database).last_question_id(Address(channel="webchat", id="1"))


async def test_a_database_of_a_newer_program_is_left_alone(database_url: str) -> None:
    async with Database(database_url) as database, database.write() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StorageUnavailable, match="升级程序"):
        await upgrade(database_url)
