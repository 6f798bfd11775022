"""How often the calls to action were followed: counts of days, without a person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the counts, and let checkouts be found by where they came from."""
    op.create_table(
        "call_clicks",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("ladder", sa.String(length=20), nullable=False),
        sa.Column("plan", sa.String(length=20), nullable=False),
        sa.Column("place", sa.String(length=10), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "place IN ('pricing', 'home', 'other')", name=op.f("ck_call_clicks_place")
        ),
        sa.PrimaryKeyConstraint(
            "day", "site_id", "ladder", "plan", "place", name=op.f("pk_call_clicks")
        ),
    )
    op.create_index(
        "ix_checkouts_source_created_at", "checkouts", ["source", "created_at"], unique=False
    )


def downgrade() -> None:
    """Take both away."""
    op.drop_index("ix_checkouts_source_created_at", table_name="checkouts")
    op.drop_table("call_clicks")
