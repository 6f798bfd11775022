"""From when on a deployment counts bars, and the last session whose close it was valued at."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

NAME = "robot_deployments"


def upgrade() -> None:
    """Add both; what is there counts from where it stands."""
    op.add_column(NAME, sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(NAME, sa.Column("marked_on", sa.Date(), nullable=True))


def downgrade() -> None:
    """Take them away."""
    op.drop_column(NAME, "marked_on")
    op.drop_column(NAME, "starts_at")
