"""What the owner sets for models, what the operator was told, requests on trial, own keys' days."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add tables and columns."""
    op.create_table(
        "ai_settings",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_ai_settings")),
    )
    op.create_table(
        "ai_alarms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("begins", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("limit", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ai_alarms")),
        sa.UniqueConstraint(
            "kind", "subject", "begins", name=op.f("uq_ai_alarms_kind_subject_begins")
        ),
    )
    op.create_index(op.f("ix_ai_alarms_told_at"), "ai_alarms", ["told_at"], unique=False)
    op.add_column(
        "ai_runs", sa.Column("is_trial", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("ai_keys", sa.Column("daily_limit", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Take them away."""
    op.drop_column("ai_keys", "daily_limit")
    op.drop_column("ai_runs", "is_trial")
    op.drop_table("ai_alarms")
    op.drop_table("ai_settings")
