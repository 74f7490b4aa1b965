"""Messaging platforms: answers under way, tokens, quotas, links to files, mailboxes; the channel a person prefers."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

TIME = sa.DateTime(timezone=True)
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text()


def upgrade() -> None:
    for part in (_outbox, _platforms, _files_and_mail):
        part()
    op.add_column("recipients", sa.Column("first", TEXT, nullable=False, server_default=sa.text("''")))


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("channel", TEXT, nullable=False),
        sa.Column("address_id", TEXT, nullable=False),
        sa.Column("message_id", TEXT, nullable=False),
        sa.Column("incoming", sa.JSON(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("deliveries", ID, nullable=False),
        sa.Column("held_until", TIME, nullable=False),
        sa.Column("next_at", TIME),
        sa.Column("sending_until", TIME),
        sa.Column("failures", ID, nullable=False),
        sa.Column("parts", sa.JSON()),
        sa.Column("given", ID, nullable=False),
        sa.Column("begun", ID, nullable=False),
        sa.Column("answered_at", TIME),
        sa.Column("carried", sa.Boolean(), nullable=False),
        sa.Column("closed_at", TIME),
        sa.PrimaryKeyConstraint("channel", "address_id", "message_id", name="pk_outbox"),
    )
    op.create_index("ix_outbox_channel_next_at", "outbox", ["channel", "next_at"], unique=False)
    waiting = sa.text("next_at IS NULL AND closed_at IS NULL")
    op.create_index(
        "ix_outbox_waiting", "outbox", ["channel", "address_id"], sqlite_where=waiting, postgresql_where=waiting
    )
    op.create_index("ix_outbox_closed_at", "outbox", ["closed_at"], unique=False)
    op.create_table(
        "nonces",
        sa.Column("nonce", TEXT, nullable=False),
        sa.Column("body", TEXT, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("nonce", name="pk_nonces"),
    )
    op.create_index("ix_nonces_at", "nonces", ["at"], unique=False)


def _platforms() -> None:
    op.create_table(
        "access_tokens",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("token", TEXT, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("lease_until", TIME, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_access_tokens"),
    )
    op.create_table(
        "allowances",
        sa.Column("channel", TEXT, nullable=False),
        sa.Column("address_id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("left", ID, nullable=False),
        sa.Column("until", TIME, nullable=False),
        sa.PrimaryKeyConstraint("channel", "address_id", "name", name="pk_allowances"),
    )
    op.create_table(
        "troubles",
        sa.Column("channel", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.Column("times", ID, nullable=False),
        sa.Column("first_at", TIME, nullable=False),
        sa.Column("last_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("channel", "kind", name="pk_troubles"),
    )


def _files_and_mail() -> None:
    op.create_table(
        "sent_messages",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("channel", TEXT, nullable=False),
        sa.Column("address_id", TEXT, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_sent_messages"),
    )
    op.create_index("ix_sent_messages_at", "sent_messages", ["at"], unique=False)
    op.create_table(
        "downloads",
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("channel", TEXT, nullable=False),
        sa.Column("address_id", TEXT, nullable=False),
        sa.Column("token", TEXT, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_downloads"),
    )
    op.create_index("ix_downloads_expires_at", "downloads", ["expires_at"], unique=False)
    op.create_table(
        "mailboxes",
        sa.Column("address_id", TEXT, nullable=False),
        sa.Column("secret", TEXT, nullable=False),
        sa.Column("confirmed_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("address_id", name="pk_mailboxes"),
        sa.UniqueConstraint("secret", name="uq_mailboxes_secret"),
    )
    op.create_table(
        "confirmations",
        sa.Column("person_id", ID, nullable=False),
        sa.Column("address_id", TEXT, nullable=False),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("tries", ID, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("person_id", name="pk_confirmations"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_confirmations_person_id", ondelete="CASCADE"),
    )
    op.create_table(
        "confirmation_mails",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("address_id", TEXT, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_confirmation_mails"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name="fk_confirmation_mails_person_id", ondelete="CASCADE"
        ),
    )
    for column in ("address_id", "person_id"):
        op.create_index(f"ix_confirmation_mails_{column}_at", "confirmation_mails", [column, "at"], unique=False)
