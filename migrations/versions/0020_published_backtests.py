"""Which runs over past bars are shown to everybody is said of the account itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

NAME = "trading_accounts"


def upgrade() -> None:
    """Add it; what the operator ran so far stays published, what members ran or sent is not."""
    op.add_column(
        NAME, sa.Column("is_published", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.execute(
        "UPDATE trading_accounts SET is_published = true WHERE kind = 'backtest'"
        " AND id NOT IN (SELECT account_id FROM robot_runs WHERE account_id IS NOT NULL)"
        " AND EXISTS (SELECT 1 FROM ledger_events WHERE account_id = trading_accounts.id"
        " AND source = 'backtest')"
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_column(NAME, "is_published")
