"""When each quote of an option was made, where its provider tells it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Leave the time of the quotes that are there open: nobody told it."""
    op.add_column("option_quotes", sa.Column("quoted_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Forget the times."""
    op.drop_column("option_quotes", "quoted_at")
