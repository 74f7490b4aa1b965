"""Many rows in one statement whose text does not depend on how many they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa


def bulk_insert(connection: sa.Connection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> Sequence[int]:
    """Insert rows that all give the same columns; returns their new ids in the order of the rows."""
    if connection.dialect.name != "postgresql":
        statement = sa.insert(table).returning(table.c.id, sort_by_parameter_order=True)
        return list(connection.execute(statement, list(rows)).scalars().all())
    named = [table.c[name] for name in rows[0]]
    drawn = sa.select(sa.func.nextval(sa.func.pg_get_serial_sequence(table.name, "id")).label("id"))
    drawn = drawn.select_from(sa.func.generate_series(1, len(rows)).table_valued("n"))
    ids: Sequence[int] = connection.execute(drawn).scalars().all()
    numbered = [row | {"id": number} for row, number in zip(rows, ids, strict=True)]
    given = sa.func.json_to_recordset(sa.bindparam(None, numbered, sa.JSON))
    record = given.table_valued(*(sa.column(c.name, c.type) for c in (table.c.id, *named)))
    record = record.render_derived(with_types=True)
    connection.execute(sa.insert(table).from_select(["id", *rows[0]], sa.select(record)))
    return ids
