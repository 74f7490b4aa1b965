"""How the two engines are set up."""

from __future__ import annotations

from typing import Any

from pydantic_core import from_json, to_json
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.storage.db.sqlite_connection import connect, opened

SQLITE_CONNECTIONS = 4


def _json(value: Any) -> str:
    """JSON of plain values and of pydantic models, readable Chinese included."""
    return to_json(value).decode()


def sqlite_engine(url: URL, busy_seconds: float) -> AsyncEngine:
    """One file; `busy_seconds` is how long to wait for another process that is writing it."""
    engine = create_async_engine(
        url,
        connect_args={"async_creator_fn": connect, "busy_seconds": busy_seconds},
        pool_size=SQLITE_CONNECTIONS,
        max_overflow=0,
        json_serializer=_json,
        json_deserializer=from_json,
    )
    event.listen(engine.sync_engine, "begin", _begin_immediate)
    return engine


def sqlite_thread_engine(url: URL, busy_seconds: float) -> Engine:
    """The same file for threads, which begin their transactions themselves: events make every statement slower."""
    return create_engine(
        url.set(drivername="sqlite"),
        creator=lambda: opened(url.database or "", busy_seconds, {"check_same_thread": False}),
        pool_size=SQLITE_CONNECTIONS,
        max_overflow=0,
        json_serializer=_json,
        json_deserializer=from_json,
    )


def postgres_engine(url: URL) -> AsyncEngine:
    """A pool of connections, each tried before it is used again."""
    return create_async_engine(
        url,
        connect_args={"timeout": 5, "command_timeout": 60},
        pool_size=10,
        max_overflow=10,
        pool_timeout=10,
        pool_pre_ping=True,
        skip_autocommit_rollback=True,
        json_serializer=_json,
        json_deserializer=from_json,
    )


def _begin_immediate(connection: Connection) -> None:
    """Take SQLite's write lock at once; reads need no transaction at all."""
    if connection.get_execution_options().get("immediate"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
