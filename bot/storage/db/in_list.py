"""`IN` for lists of numbers of any length, as one parameter: the statement stays the same."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from pydantic_core import to_json
from sqlalchemy.dialects import postgresql


def in_list(
    connection: sa.Connection, column: sa.ColumnElement[int], values: Collection[int]
) -> sa.ColumnElement[bool]:
    """Whether the column is one of the values: an array on PostgreSQL, a JSON list on SQLite."""
    if connection.dialect.name == "postgresql":
        return column == sa.any_(sa.bindparam(None, list(values), postgresql.ARRAY(sa.BigInteger)))
    listed = sa.func.json_each(to_json(list(values)).decode()).table_valued("value")
    return column.in_(sa.select(listed.c.value))
