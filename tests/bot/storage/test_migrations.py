import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData, Table, text

from bot.clock import SHANGHAI
from bot.storage import migrations
from bot.storage.channels.download_links import Downloads
from bot.storage.channels.mailboxes import Mailboxes
from bot.storage.conversations.questions import Questions
from bot.storage.db.database import Database, StorageUnavailable
from bot.storage.db.digests import digest
from bot.storage.db.work import execute, fetch_value
from bot.storage.migrations import upgrade
from bot.storage.seminars.private_links import Links
from bot.storage.seminars.teams import Teams
from bot.storage.staff.accounts import Accounts, Purpose
from bot.storage.tables import metadata
from bot.storage.tables.columns import Moment
from handlers.core.contact_ports import CodeCheck
from handlers.domain.messages import Address
from handlers.domain.seminar import LinkPurpose, Role, TooManyTries


def migrate(connection: Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def differences(connection: Connection) -> list[object]:
    options = {"compare_type": True, "compare_server_default": True}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


async def test_the_migrations_build_exactly_the_tables_of_the_code(database_url: str) -> None:
    async with Database(database_url) as database:
        assert await database.query(differences) == []


async def test_a_missing_column_would_be_noticed(database_url: str) -> None:
    async with Database(database_url) as database:
        await database.transact(execute(text("ALTER TABLE inbox DROP COLUMN answered_at")))
        assert len(await database.query(differences)) == 1


async def test_an_empty_database_is_upgraded_and_a_second_upgrade_changes_nothing(empty_url: str) -> None:
    await upgrade(empty_url)
    await upgrade(empty_url)
    async with Database(empty_url) as database:
        assert await database.query(differences) == []


async def test_processes_that_start_together_upgrade_once(empty_url: str) -> None:
    await asyncio.gather(*(upgrade(empty_url) for _ in range(4)))
    async with Database(empty_url) as database:
        assert await database.query(fetch_value(text("SELECT count(*) FROM alembic_version"))) == 1


async def test_a_database_without_tables_says_to_upgrade(empty_url: str) -> None:
    async with Database(empty_url) as database:
        with pytest.raises(StorageUnavailable, match="yanxiu db upgrade"):
            await Questions(database).last_question_id(Address(channel="webchat", id="1"))


async def test_a_database_of_a_newer_program_is_left_alone(database_url: str) -> None:
    async with Database(database_url) as database:
        await database.transact(execute(text("UPDATE alembic_version SET version_num = '9999'")))
    with pytest.raises(StorageUnavailable, match="升级程序"):
        await upgrade(database_url)


async def test_links_invitations_and_codes_of_an_older_database_keep_working(empty_url: str) -> None:
    now = datetime.now(SHANGHAI)
    before = now - timedelta(hours=1)
    async with Database(empty_url) as database:
        await database.transact(lambda connection: migrate(connection, "0012"))
        await database.transact(lambda connection: _older_secrets(connection, now))
    await upgrade(empty_url)
    async with Database(empty_url) as database:
        assert await Links(database).owner("calendar-token", LinkPurpose.CALENDAR) == (1, 1)
        assert await Links(database).owner("calendar-token", LinkPurpose.PAGE) is None
        asker = Address(channel="web", id="file")
        assert await Downloads(database).what("download-token", now) == (asker, "docs:1:plan")
        assert await Downloads(database).what("stale-token", now) is None
        assert await Accounts(database).redeem("staff-token", Purpose.PASSWORD, now) == 1
        teams = Teams(database)
        assert await teams.join(2, Address(channel="web", id="b"), "654321", now) is None  # it links, it joins nothing
        assert await teams.join(2, Address(channel="web", id="b"), "123456", now) == 1
        assert [member.role for member in await teams.of_seminar(1) if member.person_id == 2] == [Role.EDITOR]
        assert await Accounts(database).failures_since("10.0.0.1", before) == 2
        source = Address(channel="web", id="guesser")
        with pytest.raises(TooManyTries):
            await teams.link(source, "000000", now)
        assert await Mailboxes(database).confirm(1, "111111", now) is CodeCheck.WRONG
        assert await Mailboxes(database).confirm(1, "777777", now) is CodeCheck.YES
        assert await Mailboxes(database).of_person(1) == ("lin@example.cn",)


def _older_secrets(connection: Connection, now: datetime) -> None:
    later, before = now + timedelta(minutes=5), now - timedelta(minutes=5)
    rows: dict[str, list[dict[str, object]]] = {
        "people": [{"id": 1, "created_at": now}, {"id": 2, "created_at": now}],
        "seminars": [{"id": 1, "answers": {}, "version": 1, "created_at": now, "changed_at": now}],
        "accounts": [
            {"id": 1, "name": "lin", "display": "林", "role": "reader", "password": "", "totp": ""}
            | {"totp_used": 0, "failures": 0, "created_at": now}
        ],
        "login_attempts": [{"source": "10.0.0.1", "at": now}] * 2,
        "code_attempts": [{"channel": "web", "address_id": "guesser", "tried_at": now}] * 5,
        "links": [
            {"digest": digest("calendar-token"), "seminar_id": 1, "person_id": 1, "purpose": "calendar"}
            | {"created_at": now}
        ],
        "downloads": [
            {"digest": digest(secret), "channel": "web", "address_id": "file", "token": "docs:1:plan"}
            | {"expires_at": until}
            for secret, until in (("download-token", later), ("stale-token", before))
        ],
        "staff_invites": [
            {"digest": digest("staff-token"), "account_id": 1, "purpose": "password", "expires_at": later}
        ],
        "codes": [
            {"code": "123456", "person_id": 1, "seminar_id": 1, "role": "editor", "expires_at": later},
            {"code": "654321", "person_id": 1, "seminar_id": None, "role": "", "expires_at": later},
        ],
        "confirmations": [
            {"person_id": 1, "address_id": "lin@example.cn", "digest": digest("777777:lin@example.cn")}
            | {"tries": 0, "expires_at": later}
        ],
    }
    for name, found in rows.items():
        table = Table(name, MetaData(), autoload_with=connection)
        for column in table.columns:
            if column.name == "at" or column.name.endswith("_at"):
                column.type = Moment()
        connection.execute(table.insert(), found)
