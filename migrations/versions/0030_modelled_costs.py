"""What spread and slippage took of a backtest: part of its prices, so no fee tells of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

NAMES = ("modelled_spread", "modelled_slippage")


def upgrade() -> None:
    """Add the columns; runs of before do not know."""
    for name in NAMES:
        op.add_column("trading_accounts", sa.Column(name, sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Drop them."""
    for name in NAMES:
        op.drop_column("trading_accounts", name)
