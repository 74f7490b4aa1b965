"""The channels' tables and the outbox's columns get the names that engineers look for."""

from alembic import op

revision = "0012"
down_revision = "0011"

TABLES = {"allowances": "quotas", "paces": "rate_limits", "troubles": "channel_incidents"}
COLUMNS = {"given": "parts_sent", "begun": "parts_attempted", "carried": "response_sent"}


def upgrade() -> None:
    for old, new in TABLES.items():
        op.rename_table(old, new)
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"ALTER TABLE {new} RENAME CONSTRAINT pk_{old} TO pk_{new}")
    for old, new in COLUMNS.items():
        op.execute(f"ALTER TABLE outbox RENAME COLUMN {old} TO {new}")
