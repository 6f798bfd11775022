"""The few orders that wait are found among all that ever were."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

WORKING = sa.text("state = 'working'")


def upgrade() -> None:
    """Index them by their deployment."""
    op.create_index(
        "ix_robot_orders_working",
        "robot_orders",
        ["deployment_id"],
        sqlite_where=WORKING,
        postgresql_where=WORKING,
    )


def downgrade() -> None:
    """Look through all again."""
    op.drop_index("ix_robot_orders_working", "robot_orders")
