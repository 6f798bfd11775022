"""Mails to members: the send log, who wants what, how often links were followed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables, and let users have a language."""
    op.add_column("users", sa.Column("language", sa.String(length=10), nullable=True))
    op.create_table(
        "mails",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_at", TIME, nullable=True),
        sa.Column("answer", sa.String(length=200), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("sent_at", TIME, nullable=True),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("unsubscribed_at", TIME, nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'sent', 'refused', 'skipped', 'dead')",
            name=op.f("ck_mails_state"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_mails_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
        sa.UniqueConstraint("key", name=op.f("uq_mails_key")),
    )
    op.create_index("ix_mails_created_at", "mails", ["created_at"])
    op.create_index("ix_mails_topic_created_at", "mails", ["topic", "created_at"])
    op.create_index("ix_mails_state_created_at", "mails", ["state", "created_at"])
    op.create_index("ix_mails_user_id_claimed_at", "mails", ["user_id", "claimed_at"])
    op.create_table(
        "mail_preferences",
        sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("is_wanted", sa.Boolean(), nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_mail_preferences_user_id_users")
        ),
        sa.PrimaryKeyConstraint("user_id", "topic", name=op.f("pk_mail_preferences")),
    )
    op.create_table(
        "mail_clicks",
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "day", name=op.f("pk_mail_clicks")),
    )


def downgrade() -> None:
    """Take them away."""
    for table in ("mail_clicks", "mail_preferences", "mails"):
        op.drop_table(table)
    op.drop_column("users", "language")
