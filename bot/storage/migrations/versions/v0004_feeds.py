"""Private calendar addresses."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "feeds",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("seminar_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["seminar_id"], ["seminars.id"], name="fk_feeds_seminar_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_feeds_person_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("digest", name="pk_feeds"),
        sa.UniqueConstraint("seminar_id", "person_id", name="uq_feeds_seminar_id_person_id"),
    )
