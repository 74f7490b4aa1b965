"""Pauses of a seminar, fewer reminders for those who want few, the pace of each channel."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "paces",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("free_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("channel", name="pk_paces"),
    )
    op.add_column("seminars", sa.Column("quiet_until", TIME))
    op.add_column("recipients", sa.Column("few", sa.Boolean(), nullable=False, server_default=sa.false()))
