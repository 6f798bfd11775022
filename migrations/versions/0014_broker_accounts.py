"""Members' accounts at brokers, with their keys encrypted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

NAME = "user_trading_accounts"


def upgrade() -> None:
    """Make the table of the contract."""
    op.create_table(
        NAME,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("broker", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("api_key_encrypted", sa.Text(), nullable=False),
        sa.Column("secret_key_encrypted", sa.Text(), nullable=False),
        sa.Column("key_hint", sa.String(length=4), nullable=False),
        sa.Column("key_fingerprint", sa.String(length=64), nullable=False),
        sa.Column("account_type", sa.String(length=10), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("broker IN ('alpaca', 'robinhood')", name=op.f(f"ck_{NAME}_broker")),
        sa.CheckConstraint("account_type IN ('paper', 'live')", name=op.f(f"ck_{NAME}_account_type")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f(f"fk_{NAME}_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{NAME}")),
        sa.UniqueConstraint(
            "user_id", "broker", "key_fingerprint",
            name=op.f(f"uq_{NAME}_user_id_broker_key_fingerprint"),
        ),
    )  # fmt: skip
    op.create_index(op.f(f"ix_{NAME}_user_id"), NAME, ["user_id"])


def downgrade() -> None:
    """Take it away."""
    op.drop_table(NAME)
