"""One table of one-time secrets and one of failed attempts, in place of seven; links, invitations and counts stay."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
OWNERS = {"person_id": "people", "seminar_id": "seminars", "account_id": "accounts"}
GONE = ("links", "downloads", "codes", "code_attempts", "confirmations", "staff_invites", "login_attempts")

secrets = sa.table(
    "one_time_secrets",
    *(sa.column(name, sa.Text) for name in ("digest", "purpose")),
    *(sa.column(name, ID) for name in (*OWNERS, "tries")),
    sa.column("detail", sa.JSON(none_as_null=True)),
    *(sa.column(name, TIME) for name in ("created_at", "expires_at")),
)


def upgrade() -> None:
    op.create_table(
        "one_time_secrets",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        *(sa.Column(name, ID) for name in OWNERS),
        sa.Column("detail", sa.JSON(none_as_null=True)),
        sa.Column("tries", ID, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME),
        sa.PrimaryKeyConstraint("digest", name="pk_one_time_secrets"),
        *(
            sa.ForeignKeyConstraint([name], [f"{table}.id"], name=f"fk_one_time_secrets_{name}", ondelete="CASCADE")
            for name, table in OWNERS.items()
        ),
    )
    for columns in (["person_id", "purpose"], ["account_id", "purpose"], ["seminar_id"], ["expires_at"]):
        op.create_index(f"ix_one_time_secrets_{'_'.join(columns)}", "one_time_secrets", columns, unique=False)
    op.create_table(
        "failed_attempts",
        sa.Column("id", ID, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_failed_attempts"),
    )
    op.create_index("ix_failed_attempts_source_at", "failed_attempts", ["source", "at"], unique=False)
    if rows := list(_kept(op.get_bind(), datetime.now(UTC))):
        op.bulk_insert(secrets, rows)
    op.execute("INSERT INTO failed_attempts (source, at) SELECT source, at FROM login_attempts")
    op.execute(
        "INSERT INTO failed_attempts (source, at) "
        "SELECT 'code ' || channel || ' ' || address_id, tried_at FROM code_attempts"
    )
    for table in GONE:
        op.drop_table(table)


def _kept(connection: sa.Connection, now: datetime) -> Iterator[dict[str, Any]]:
    """Every secret that still holds; a code that was kept in clear as its digest."""
    none: dict[str, Any] = {
        "person_id": None,
        "seminar_id": None,
        "account_id": None,
        "detail": None,
        "tries": 0,
        "created_at": now,
    }
    for row in _rows(connection, "links", "created_at"):
        yield none | row | {"expires_at": None}
    for row in _rows(connection, "downloads", "expires_at", now):
        detail = {name: row.pop(name) for name in ("channel", "address_id", "token")}
        yield none | row | {"purpose": "download", "detail": detail}
    for row in _rows(connection, "codes", "expires_at", now):
        code, role = row.pop("code"), row.pop("role")
        purpose = "link_address" if row["seminar_id"] is None else "join_team"
        secret = {"digest": hashlib.sha256(code.encode()).hexdigest(), "purpose": purpose}
        yield none | row | secret | {"detail": {"role": role} if role else None}
    for row in _rows(connection, "confirmations", "expires_at", now):
        detail = {"mailbox": row.pop("address_id")}
        yield none | row | {"purpose": "confirm_mailbox", "detail": detail}
    for row in _rows(connection, "staff_invites", "expires_at", now):
        yield none | row | {"purpose": f"staff_{row['purpose']}"}


def _rows(connection: sa.Connection, name: str, time: str, after: datetime | None = None) -> list[dict[str, Any]]:
    table = sa.Table(name, sa.MetaData(), sa.Column(time, TIME), autoload_with=connection)
    query = sa.select(table) if after is None else sa.select(table).where(table.c[time] > after)
    return [dict(row) for row in connection.execute(query).mappings()]
