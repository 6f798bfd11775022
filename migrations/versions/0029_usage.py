"""How much members use of what their plans count, and each use once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "usage_counts",
        sa.Column("id", big, nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("used >= 0", name=op.f("ck_usage_counts_used")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_usage_counts_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usage_counts")),
        sa.UniqueConstraint(
            "user_id", "key", "period", name=op.f("uq_usage_counts_user_id_key_period")
        ),
    )
    op.create_index("ix_usage_counts_key_period", "usage_counts", ["key", "period"])
    op.create_table(
        "usage_refs",
        sa.Column("id", big, nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("ref", sa.String(length=100), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_usage_refs_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usage_refs")),
        sa.UniqueConstraint("user_id", "key", "ref", name=op.f("uq_usage_refs_user_id_key_ref")),
    )
    op.create_index("ix_usage_refs_created_at", "usage_refs", ["created_at"])


def downgrade() -> None:
    """Take them away."""
    op.drop_table("usage_refs")
    op.drop_table("usage_counts")
