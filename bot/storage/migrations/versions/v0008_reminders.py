"""Reminders, whose turn is when, what was tried; addresses that cannot be reached."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

TIME = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "reminders",
        sa.Column("id", ID, nullable=False),
        sa.Column("seminar_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("literal", sa.Date(), nullable=False),
        sa.Column("prudent", sa.Date(), nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sent_at", TIME),
        _to("seminars", "seminar_id", "reminders"),
        _to("people", "person_id", "reminders"),
        sa.PrimaryKeyConstraint("id", name="pk_reminders"),
        sa.UniqueConstraint(
            *("seminar_id", "key", "prudent", "step", "person_id"),
            name="uq_reminders_seminar_id_key_prudent_step_person_id",
        ),
    )
    op.create_index("ix_reminders_person_id_state_due_at", "reminders", ["person_id", "state", "due_at"])
    op.create_table(
        "recipients",
        sa.Column("person_id", ID, nullable=False),
        sa.Column("next_at", TIME),
        sa.Column("lease_until", TIME),
        sa.Column("failures", ID, nullable=False),
        sa.Column("hour", ID, nullable=False),
        sa.Column("paused_until", TIME),
        _to("people", "person_id", "recipients"),
        sa.PrimaryKeyConstraint("person_id", name="pk_recipients"),
    )
    op.create_index("ix_recipients_next_at", "recipients", ["next_at"])
    op.create_table(
        "attempts",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address_id", sa.Text(), nullable=False),
        sa.Column("reminders", sa.JSON(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        _to("people", "person_id", "attempts"),
        sa.PrimaryKeyConstraint("id", name="pk_attempts"),
    )
    op.create_index("ix_attempts_person_id_id", "attempts", ["person_id", "id"])
    op.add_column("addresses", sa.Column("disabled_at", TIME))


def _to(table: str, column: str, source: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{table}.id"], name=f"fk_{source}_{column}", ondelete="CASCADE")
