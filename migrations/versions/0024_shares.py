"""How money is shared from the first day on, profit shares, and what reconciliation has found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

# docs/money.md says why. Of a price: the creator's part. Copying: the part of new profit that is
# charged, and the leader's part of that.
SPLITS = (("replica", 6000, None), ("copy", 9000, 2000), ("creator", 9000, None))
FIRST_DAY = "2000-01-01"


def upgrade() -> None:
    """Add the tables and the first version of each split."""
    op.create_table(
        "profit_shares",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("leader_id", sa.Integer(), nullable=False),
        sa.Column("follower_id", sa.Integer(), nullable=False),
        sa.Column("account_key", sa.String(length=40), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("through", sa.Date(), nullable=False),
        sa.Column("equity_minor", sa.BigInteger(), nullable=False),
        sa.Column("mark_before_minor", sa.BigInteger(), nullable=False),
        sa.Column("mark_minor", sa.BigInteger(), nullable=False),
        sa.Column("charged_minor", sa.BigInteger(), nullable=False),
        sa.Column("split_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("charged_minor >= 0", name=op.f("ck_profit_shares_charged")),
        sa.ForeignKeyConstraint(
            ["leader_id"], ["creators.user_id"], name=op.f("fk_profit_shares_leader_id_creators")
        ),
        sa.ForeignKeyConstraint(
            ["follower_id"], ["users.id"], name=op.f("fk_profit_shares_follower_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["split_id"], ["splits.id"], name=op.f("fk_profit_shares_split_id_splits")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profit_shares")),
        sa.UniqueConstraint(
            "leader_id",
            "follower_id",
            "account_key",
            "currency",
            "through",
            name=op.f("uq_profit_shares_leader_id_follower_id_account_key_currency_through"),
        ),
    )
    op.create_index(op.f("ix_profit_shares_leader_id"), "profit_shares", ["leader_id"])
    op.create_index(op.f("ix_profit_shares_follower_id"), "profit_shares", ["follower_id"])
    op.create_table(
        "reconciliations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("provider_minor", sa.BigInteger(), nullable=False),
        sa.Column("journal_minor", sa.BigInteger(), nullable=False),
        sa.Column("explained", sa.JSON(), nullable=False),
        sa.Column("difference_minor", sa.BigInteger(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliations")),
        sa.UniqueConstraint("day", "currency", name=op.f("uq_reconciliations_day_currency")),
    )
    for product_type, creator_bps, profit_bps in SPLITS:
        op.execute(
            "INSERT INTO splits (product_type, creator_bps, profit_bps, starts_on, created_at)"
            f" VALUES ('{product_type}', {creator_bps}, {profit_bps or 'NULL'},"
            f" '{FIRST_DAY}', '{FIRST_DAY} 00:00:00')"
        )


def downgrade() -> None:
    """Take all of it away."""
    op.drop_table("reconciliations")
    op.drop_table("profit_shares")
    first = ", ".join(f"'{name}'" for name, _creator, _profit in SPLITS)
    op.execute(
        f"DELETE FROM splits WHERE starts_on = '{FIRST_DAY}' AND product_type IN ({first})"
        " AND id NOT IN (SELECT split_id FROM journal_entries WHERE split_id IS NOT NULL)"
    )
