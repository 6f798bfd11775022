"""Profit factors get their interval: how far each may be off is kept beside it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

TABLES = (
    "user_performance_metrics",
    "robot_performance_metrics",
    "account_performance_metrics",
)


def upgrade() -> None:
    """Add the column; rows get a value when they are folded anew (docs/operations.md)."""
    for table in TABLES:
        op.add_column(table, sa.Column("profit_factor_margin", sa.Double(), nullable=True))


def downgrade() -> None:
    """Drop it."""
    for table in TABLES:
        op.drop_column(table, "profit_factor_margin")
