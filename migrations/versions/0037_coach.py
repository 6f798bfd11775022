"""What members asked the coach, and what it answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "coach_conversations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_coach_conversations_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coach_conversations")),
    )
    op.create_index(
        "ix_coach_conversations_user_id_changed_at",
        "coach_conversations",
        ["user_id", "changed_at"],
    )
    op.create_table(
        "coach_messages",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sent_key", sa.String(length=60), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("symbol", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("removed_count", sa.Integer(), nullable=False),
        sa.Column("model", sa.String(length=60), nullable=False),
        sa.Column("prompt", sa.String(length=80), nullable=False),
        sa.Column("feedback", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'writing', 'done', 'failed', 'stopped')",
            name=op.f("ck_coach_messages_state"),
        ),
        sa.CheckConstraint("feedback IN (1, -1)", name=op.f("ck_coach_messages_feedback")),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["coach_conversations.id"],
            name=op.f("fk_coach_messages_conversation_id_coach_conversations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coach_messages")),
        sa.UniqueConstraint("sent_key", name=op.f("uq_coach_messages_sent_key")),
        sa.UniqueConstraint(
            "conversation_id", "number", name=op.f("uq_coach_messages_conversation_id_number")
        ),
    )
    op.create_table(
        "coach_days",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_coach_days_user_id_users")
        ),
        sa.PrimaryKeyConstraint("user_id", "day", name=op.f("pk_coach_days")),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("coach_days")
    op.drop_table("coach_messages")
    op.drop_table("coach_conversations")
