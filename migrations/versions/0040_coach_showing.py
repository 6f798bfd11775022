"""What stands beside an answer of the coach: cards, and what opens in the panel."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; earlier answers show nothing beside them."""
    op.add_column(
        "coach_messages", sa.Column("showing", sa.JSON(), server_default="{}", nullable=False)
    )


def downgrade() -> None:
    """Forget it."""
    op.drop_column("coach_messages", "showing")
