"""Who looks after a checklist item, and a remark on it."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "item_details",
        sa.Column("seminar_id", ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["seminar_id"], ["seminars.id"], name="fk_item_details_seminar_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("seminar_id", "key", name="pk_item_details"),
    )
