import asyncio
import contextlib
import gc
import sqlite3
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from bot.storage.db import sqlite_threads
from bot.storage.db.database import Database, StorageUnavailable
from bot.storage.db.engines import sqlite_thread_engine
from bot.storage.db.sqlite_connection import LOG_PAGES, connect
from bot.storage.db.sqlite_threads import SqliteThreads
from bot.storage.db.urls import normalise

CREATE = text("CREATE TABLE notes (id INTEGER PRIMARY KEY, word TEXT)")
ADD = text("INSERT INTO notes VALUES (:id, '一')")
COUNT = text("SELECT count(*) FROM notes")


async def count(database: Database) -> int:
    async with database.read() as connection:
        return int((await connection.execute(COUNT)).scalar_one())


async def fail_while_writing(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(ADD, {"id": 2})
        raise ZeroDivisionError


@pytest.fixture
async def notes(database: Database) -> Database:
    async with database.write() as connection:
        await connection.execute(CREATE)
    return database


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("sqlite:///yanxiu.db", "sqlite+aiosqlite:///yanxiu.db"),
        ("sqlite:////var/lib/yanxiu.db", "sqlite+aiosqlite:////var/lib/yanxiu.db"),
        ("sqlite+aiosqlite:///a.db", "sqlite+aiosqlite:///a.db"),
        ("postgres://u:p@h/d", "postgresql+asyncpg://u:p@h/d"),
        ("postgresql://u:p@h:5433/d", "postgresql+asyncpg://u:p@h:5433/d"),
        ("postgresql+asyncpg://u@h/d", "postgresql+asyncpg://u@h/d"),
        ("postgresql+psycopg://u@h/d?sslmode=require", "postgresql+asyncpg://u@h/d?ssl=require"),
        ("postgresql://u@h/d?channel_binding=require&connect_timeout=5", "postgresql+asyncpg://u@h/d"),
    ],
)
def test_addresses_are_accepted_as_people_write_them(written: str, meant: str) -> None:
    assert normalise(written).render_as_string(hide_password=False) == meant


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("yanxiu.db", "不是数据库地址"),
        ("mysql://u@h/d", "不支持的数据库类型 mysql"),
        ("sqlite://", "缺少文件名"),
        ("sqlite:///:memory:", "缺少文件名"),
        ("sqlite://yanxiu.db", "sqlite:///yanxiu.db"),
        ("postgresql://u@h/d?color=red", "color"),
        ("sqlite:///one.db?timeout=30", "timeout"),
    ],
)
def test_a_wrong_address_is_explained(written: str, said: str) -> None:
    with pytest.raises(StorageUnavailable, match=said):
        normalise(written)


async def test_an_open_database_answers_a_ping(database: Database) -> None:
    await database.ping()


async def test_a_write_is_one_transaction(notes: Database) -> None:
    async with notes.write() as connection:
        await connection.execute(ADD, {"id": 1})
    with pytest.raises(ZeroDivisionError):
        await fail_while_writing(notes)
    assert await count(notes) == 1


async def test_a_cancelled_write_leaves_nothing_behind_and_the_next_one_works(notes: Database) -> None:
    async def write_and_wait(written: asyncio.Event) -> None:
        async with notes.write() as connection:
            await connection.execute(ADD, {"id": 1})
            written.set()
            await asyncio.Event().wait()

    written = asyncio.Event()
    task = asyncio.create_task(write_and_wait(written))
    await written.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with notes.write() as connection:
        await connection.execute(ADD, {"id": 2})
    assert await count(notes) == 1


async def test_readers_do_not_wait_for_the_writer(notes: Database) -> None:
    async with notes.write() as connection:
        await connection.execute(ADD, {"id": 1})
        assert await asyncio.wait_for(count(notes), timeout=2) == 0


async def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable, match=r"missing/yanxiu\.db.*所在目录存在"):
        async with Database(f"sqlite:///{tmp_path}/missing/yanxiu.db"):
            pass


async def test_a_path_below_a_file_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageUnavailable):
        async with Database(f"sqlite:///{tmp_path}/file/yanxiu.db"):
            pass


async def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "letter.db").write_text("亲爱的数据库" * 100)
    with pytest.raises(StorageUnavailable, match="not a database"):
        async with Database(f"sqlite:///{tmp_path}/letter.db"):
            pass


async def test_an_unreachable_server_is_named_without_its_password() -> None:
    with pytest.raises(StorageUnavailable, match="PostgreSQL 已启动") as caught:
        async with Database("postgresql://yanxiu:geheim@127.0.0.1:1/yanxiu"):
            pass
    assert "geheim" not in str(caught.value)


async def test_a_database_that_the_server_does_not_have_is_unavailable(postgres_url: str) -> None:
    with pytest.raises(StorageUnavailable, match="does not exist"):
        async with Database(postgres_url.replace("/postgres?", "/nowhere?")):
            pass


async def test_a_server_that_drops_its_connections_is_used_again(postgres_url: str) -> None:
    async with Database(postgres_url) as first, Database(postgres_url) as second:
        await first.ping()
        async with second.read() as connection:
            await connection.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
            )
        await first.ping()


async def test_the_sqlite_file_is_set_up_for_a_server(tmp_path: Path) -> None:
    path = tmp_path / "yanxiu.db"
    async with Database(f"sqlite:///{path}") as database, database.read() as connection:
        pragmas = ("journal_mode", "busy_timeout", "foreign_keys", "synchronous")
        values = [(await connection.execute(text(f"PRAGMA {name}"))).scalar_one() for name in pragmas]
    assert values == ["wal", 5000, 1, 1]


async def test_another_program_holding_the_file_makes_it_unavailable_until_it_lets_go(tmp_path: Path) -> None:
    path = tmp_path / "yanxiu.db"
    async with Database(f"sqlite:///{path}", busy_seconds=0.05) as database:
        async with database.write() as connection:
            await connection.execute(CREATE)
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageUnavailable, match="locked"):
            async with database.write() as connection:
                await connection.execute(ADD, {"id": 1})
        other.execute("COMMIT")
        other.close()
        async with database.write() as connection:
            await connection.execute(ADD, {"id": 1})
        assert await count(database) == 1


async def test_what_is_asked_at_the_same_time_is_done_together_and_one_failure_stays_alone(notes: Database) -> None:
    def add(number: int) -> Callable[[Connection], int]:
        def work(connection: Connection) -> int:
            connection.execute(ADD, {"id": number})
            return number * 10

        return work

    async with notes.write() as connection:
        await connection.execute(ADD, {"id": 3})
    numbers = range(1, 7)
    done = await asyncio.gather(*(notes.transact(add(number)) for number in numbers), return_exceptions=True)
    assert [one for one in done if isinstance(one, int)] == [10, 20, 40, 50, 60]
    assert isinstance(done[2], IntegrityError)
    assert await notes.query(lambda connection: connection.execute(COUNT).scalar_one()) == 6


async def test_a_function_that_fails_changes_nothing(notes: Database) -> None:
    def fail(connection: Connection) -> None:
        connection.execute(ADD, {"id": 1})
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await notes.transact(fail)
    assert await count(notes) == 0


async def test_a_function_sees_what_was_committed_before_it(notes: Database) -> None:
    async with notes.write() as connection:
        await connection.execute(ADD, {"id": 1})
    assert await notes.query(lambda connection: connection.execute(COUNT).scalar_one()) == 1


async def test_a_transaction_that_outlasts_the_closing_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_threads, "CHECKPOINT_EVERY", 1)
    threads = SqliteThreads(sqlite_thread_engine(normalise(f"sqlite:///{tmp_path}/one.db"), 1))
    await threads.write(lambda connection: connection.execute(CREATE))
    await threads.close()
    threads.wrote()


async def test_closing_waits_for_a_connection_in_use_and_lets_nobody_else_in(database_url: str) -> None:
    database = Database(database_url)
    await database.open()
    async with database.read() as connection:
        closing = asyncio.create_task(database.close())
        await asyncio.sleep(0.05)
        assert not closing.done()
        assert (await connection.execute(text("SELECT 1"))).scalar_one() == 1
        with pytest.raises(StorageUnavailable, match="正在退出"):
            await database.ping()
    await closing
    for late in (database.query, database.transact):
        with pytest.raises(StorageUnavailable, match="正在退出"):
            await late(lambda connection: connection.execute(text("SELECT 1")))


async def test_whoever_is_cancelled_while_connecting_leaves_no_connection_behind(tmp_path: Path) -> None:
    for pause in (0, 0.001, 0.003):
        opening = asyncio.create_task(connect(f"{tmp_path}/one.db", busy_seconds=1))
        await asyncio.sleep(pause)
        opening.cancel()
        [result] = await asyncio.gather(opening, return_exceptions=True)
        if not isinstance(result, BaseException):
            await result.close()
    gc.collect()  # a connection that was forgotten would warn here, and warnings are errors
    assert not [thread for thread in threading.enumerate() if "_connection_worker" in thread.name]


async def test_the_log_is_copied_into_the_file_while_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_threads, "CHECKPOINT_EVERY", 10)
    path = tmp_path / "one.db"
    async with Database(f"sqlite:///{path}") as database:
        await database.transact(lambda connection: connection.execute(CREATE))
        for number in range(40):
            await database.transact(partial(Connection.execute, statement=ADD, parameters={"id": number}))
        for _ in range(100):
            with contextlib.closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True)) as without_log:
                if without_log.execute("SELECT name FROM sqlite_master").fetchall():
                    break
            await asyncio.sleep(0.02)
        else:
            pytest.fail("nothing was copied")


async def test_the_log_does_not_grow_for_ever_while_it_is_written_without_a_pause(tmp_path: Path) -> None:
    path = tmp_path / "one.db"
    note = text("INSERT OR REPLACE INTO notes VALUES (:id, :word)")
    async with Database(f"sqlite:///{path}") as database:
        await database.transact(lambda connection: connection.execute(CREATE))
        for number in range(400):
            row = {"id": number % 50, "word": "一" * 40_000}
            await database.transact(partial(Connection.execute, statement=note, parameters=row))
        assert path.with_name("one.db-wal").stat().st_size < 1.2 * LOG_PAGES * 4096
