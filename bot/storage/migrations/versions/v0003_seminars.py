"""People, seminars, members, codes, item events, changes and guided conversations."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

TIME = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _people()
    _seminars()
    _codes()
    _events()
    op.create_table(
        "flows",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("channel", "address_id", name="pk_flows"),
    )


def _people() -> None:
    op.create_table(
        "people",
        sa.Column("id", ID, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
    )
    op.create_table(
        "addresses",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address_id", sa.Text(), nullable=False),
        sa.Column("person_id", ID, nullable=False),
        _to("people", "person_id", "addresses"),
        sa.PrimaryKeyConstraint("channel", "address_id", name="pk_addresses"),
    )
    op.create_index("ix_addresses_person_id", "addresses", ["person_id"])


def _seminars() -> None:
    op.create_table(
        "seminars",
        sa.Column("id", ID, nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("version", ID, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.Column("removed_at", TIME),
        sa.PrimaryKeyConstraint("id", name="pk_seminars"),
    )
    op.create_table(
        "members",
        sa.Column("seminar_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("joined_at", TIME, nullable=False),
        _to("seminars", "seminar_id", "members"),
        _to("people", "person_id", "members"),
        sa.PrimaryKeyConstraint("seminar_id", "person_id", name="pk_members"),
    )
    op.create_index("ix_members_person_id", "members", ["person_id"])


def _codes() -> None:
    op.create_table(
        "codes",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("seminar_id", ID),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        _to("people", "person_id", "codes"),
        _to("seminars", "seminar_id", "codes"),
        sa.PrimaryKeyConstraint("code", name="pk_codes"),
    )
    op.create_table(
        "code_attempts",
        sa.Column("id", ID, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address_id", sa.Text(), nullable=False),
        sa.Column("tried_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_code_attempts"),
    )
    op.create_index(
        "ix_code_attempts_channel_address_id_tried_at", "code_attempts", ["channel", "address_id", "tried_at"]
    )


def _events() -> None:
    op.create_table(
        "item_events",
        sa.Column("id", ID, nullable=False),
        sa.Column("seminar_id", ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("on_day", sa.Date()),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("person_id", ID),
        sa.Column("at", TIME, nullable=False),
        _to("seminars", "seminar_id", "item_events"),
        _to("people", "person_id", "item_events", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_item_events"),
    )
    op.create_index("ix_item_events_seminar_id_key_id", "item_events", ["seminar_id", "key", "id"])
    op.create_table(
        "seminar_changes",
        sa.Column("id", ID, nullable=False),
        sa.Column("seminar_id", ID, nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("person_id", ID),
        sa.Column("at", TIME, nullable=False),
        _to("seminars", "seminar_id", "seminar_changes"),
        _to("people", "person_id", "seminar_changes", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_seminar_changes"),
    )
    op.create_index("ix_seminar_changes_seminar_id_id", "seminar_changes", ["seminar_id", "id"])


def _to(table: str, column: str, owner: str, ondelete: str = "CASCADE") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{table}.id"], name=f"fk_{owner}_{column}", ondelete=ondelete)
