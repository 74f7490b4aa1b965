"""Private addresses have a purpose: those there are show calendars."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "links",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("seminar_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["seminar_id"], ["seminars.id"], name="fk_links_seminar_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_links_person_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("digest", name="pk_links"),
        sa.UniqueConstraint("seminar_id", "person_id", "purpose", name="uq_links_seminar_id_person_id_purpose"),
    )
    op.execute(
        "INSERT INTO links (digest, seminar_id, person_id, purpose, created_at)"
        " SELECT digest, seminar_id, person_id, 'calendar', created_at FROM feeds"
    )
    op.drop_table("feeds")
