"""Transactions that take turns."""

from __future__ import annotations

import sqlalchemy as sa


def advisory_lock(connection: sa.Connection, number: int) -> None:
    """Nobody else passes here with this number until the transaction ends; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))
