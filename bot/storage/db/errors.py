"""How a failing database shows itself to the rest of the application: one exception, one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
from sqlalchemy import exc

from bot.storage.db import texts

MISSING_TABLE = "42P01"
OUTAGE_CLASSES = ("08", "28", "3D", "53", "55", "57", "58", "XX")
"""SQLSTATE classes of a server that is away, refuses us, is full, or is shutting down."""


class StorageUnavailable(Exception):
    """The database cannot be used now; the message says, in Chinese, what the operator can do."""


@contextmanager
def storage_errors(advice: str) -> Iterator[None]:
    """Turn every sign of an outage into StorageUnavailable; let programming errors through."""
    try:
        yield
    except (exc.SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        if _tables_missing(error):
            raise StorageUnavailable(texts.TABLES_MISSING) from error
        if not _is_outage(error):
            raise
        raise StorageUnavailable(texts.BECAUSE.format(advice=advice, reason=_reason(error))) from error


def _original(error: BaseException) -> BaseException:
    while isinstance(error, exc.DBAPIError) and error.orig is not None:
        error = error.orig
    return error


def _sqlstate(error: BaseException) -> str:
    return getattr(_original(error), "sqlstate", None) or ""


def _tables_missing(error: BaseException) -> bool:
    reason = str(_original(error))
    return _sqlstate(error) == MISSING_TABLE or reason.startswith(("no such table", "no such column"))


def _is_outage(error: BaseException) -> bool:
    if isinstance(error, (exc.OperationalError, exc.InterfaceError, exc.TimeoutError)):
        return True
    if type(error) is exc.DatabaseError:  # SQLite: not a database, or malformed
        return True
    if isinstance(error, exc.DBAPIError):
        return error.connection_invalidated or _sqlstate(error).startswith(OUTAGE_CLASSES)
    if isinstance(error, asyncpg.PostgresError):
        return _sqlstate(error).startswith(OUTAGE_CLASSES)
    return isinstance(error, (asyncpg.InterfaceError, OSError))


def _reason(error: BaseException) -> str:
    original = _original(error)
    return str(original).strip().splitlines()[0] if str(original).strip() else type(original).__name__
