import asyncio
import contextlib
import gc
import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from bot.storage.db import sqlite_threads
from bot.storage.db.database import Database, StorageUnavailable
from bot.storage.db.engines import LOG_PAGES
from bot.storage.db.urls import normalise
from bot.storage.db.work import Work, execute, execute_with, fetch_value

CREATE = text("CREATE TABLE notes (id INTEGER PRIMARY KEY, word TEXT)")
ADD = text("INSERT INTO notes VALUES (:id, '一')")
COUNT = text("SELECT count(*) FROM notes")


async def count(database: Database) -> int:
    return int(await database.query(fetch_value(COUNT)))


def add(number: int) -> Work[None]:
    return execute_with(ADD, {"id": number})


@pytest.fixture
async def notes(database: Database) -> Database:
    await database.transact(execute(CREATE))
    return database


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("sqlite:///yanxiu.db", "sqlite:///yanxiu.db"),
        ("sqlite:////var/lib/yanxiu.db", "sqlite:////var/lib/yanxiu.db"),
        ("sqlite+aiosqlite:///a.db", "sqlite:///a.db"),
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
    def fail(connection: Connection) -> None:
        connection.execute(ADD, {"id": 2})
        raise ZeroDivisionError

    await notes.transact(add(1))
    with pytest.raises(ZeroDivisionError):
        await notes.transact(fail)
    assert await count(notes) == 1


async def test_a_cancelled_write_happens_as_a_whole_or_not_at_all_and_the_next_one_works(notes: Database) -> None:
    written, go_on = threading.Event(), threading.Event()

    def write_and_wait(connection: Connection) -> None:
        connection.execute(ADD, {"id": 1})
        written.set()
        if notes.is_sqlite:
            go_on.wait(5)
        else:
            connection.execute(text("SELECT pg_sleep(5)"))
        connection.execute(ADD, {"id": 2})

    task = asyncio.create_task(notes.transact(write_and_wait))
    assert await asyncio.to_thread(written.wait, 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go_on.set()
    await asyncio.wait_for(notes.transact(add(3)), timeout=2)
    assert await count(notes) == (3 if notes.is_sqlite else 1)


async def test_readers_do_not_wait_for_the_writer(notes: Database) -> None:
    written, counted = threading.Event(), threading.Event()

    def write_and_wait(connection: Connection) -> None:
        connection.execute(ADD, {"id": 1})
        written.set()
        while not counted.is_set():
            connection.execute(text("SELECT 1" if notes.is_sqlite else "SELECT pg_sleep(0.01)"))

    writing = asyncio.create_task(notes.transact(write_and_wait))
    assert await asyncio.to_thread(written.wait, 5)
    assert await asyncio.wait_for(count(notes), timeout=2) == 0
    counted.set()
    await writing
    assert await count(notes) == 1


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
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        await second.query(execute(text(others)))
        await first.ping()


async def test_the_sqlite_file_is_set_up_for_a_server(tmp_path: Path) -> None:
    path = tmp_path / "yanxiu.db"
    async with Database(f"sqlite:///{path}") as database:
        pragmas = ("journal_mode", "busy_timeout", "foreign_keys", "synchronous")
        values = [await database.query(fetch_value(text(f"PRAGMA {name}"))) for name in pragmas]
    assert values == ["wal", 5000, 1, 1]


async def test_another_program_holding_the_file_makes_it_unavailable_until_it_lets_go(tmp_path: Path) -> None:
    path = tmp_path / "yanxiu.db"
    async with Database(f"sqlite:///{path}", busy_seconds=0.05) as database:
        await database.transact(execute(CREATE))
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageUnavailable, match="locked"):
            await database.transact(add(1))
        other.execute("COMMIT")
        other.close()
        await database.transact(add(1))
        assert await count(database) == 1


async def test_what_is_asked_at_the_same_time_is_done_together_and_one_failure_stays_alone(notes: Database) -> None:
    def adding(number: int) -> Work[int]:
        def work(connection: Connection) -> int:
            connection.execute(ADD, {"id": number})
            return number * 10

        return work

    await notes.transact(add(3))
    numbers = range(1, 7)
    done = await asyncio.gather(*(notes.transact(adding(number)) for number in numbers), return_exceptions=True)
    assert [one for one in done if isinstance(one, int)] == [10, 20, 40, 50, 60]
    assert isinstance(done[2], IntegrityError)
    assert await count(notes) == 6


async def test_a_transaction_that_outlasts_the_closing_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_threads, "CHECKPOINT_EVERY", 1)
    database = Database(f"sqlite:///{tmp_path}/one.db")
    writing = asyncio.create_task(database.transact(execute(CREATE)))
    await asyncio.sleep(0)
    await database.close()
    await writing


async def test_closing_waits_for_what_is_under_way_and_lets_nobody_else_in(database_url: str) -> None:
    database = Database(database_url)
    await database.open()
    begun, go_on = threading.Event(), threading.Event()

    def wait(connection: Connection) -> int:
        begun.set()
        while not go_on.is_set():
            connection.execute(text("SELECT 1" if database.is_sqlite else "SELECT pg_sleep(0.01)"))
        return int(connection.execute(text("SELECT 1")).scalar_one())

    under_way = asyncio.create_task(database.query(wait))
    assert await asyncio.to_thread(begun.wait, 5)
    closing = asyncio.create_task(database.close())
    await asyncio.sleep(0.05)
    assert not closing.done()
    late = asyncio.gather(
        database.ping(), database.query(execute(text("SELECT 1"))), database.transact(execute(text("SELECT 1")))
    )
    with pytest.raises(StorageUnavailable, match="正在退出"):
        await late
    go_on.set()
    assert await under_way == 1
    await closing
    for door in (database.query, database.transact):
        with pytest.raises(StorageUnavailable, match="正在退出"):
            await door(execute(text("SELECT 1")))


async def test_whoever_is_cancelled_while_connecting_leaves_no_connection_behind(tmp_path: Path) -> None:
    for pause in (0, 0.001, 0.003):
        database = Database(f"sqlite:///{tmp_path}/one.db")
        opening = asyncio.create_task(database.open())
        await asyncio.sleep(pause)
        opening.cancel()
        await asyncio.gather(opening, return_exceptions=True)
        await database.close()
    assert not [thread for thread in threading.enumerate() if "sqlite-" in thread.name]
    assert not [one for one in gc.get_objects() if isinstance(one, sqlite3.Connection) and is_open(one)]


def is_open(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("SELECT 1")
    except sqlite3.ProgrammingError:
        return False
    return True


async def test_the_log_is_copied_into_the_file_while_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_threads, "CHECKPOINT_EVERY", 10)
    path = tmp_path / "one.db"
    async with Database(f"sqlite:///{path}") as database:
        await database.transact(execute(CREATE))
        for number in range(40):
            await database.transact(add(number))
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
        await database.transact(execute(CREATE))
        for number in range(400):
            row = {"id": number % 50, "word": "一" * 40_000}
            await database.transact(execute_with(note, row))
        assert path.with_name("one.db-wal").stat().st_size < 1.2 * LOG_PAGES * 4096
