"""What models propose on charts, and what became of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
SCALED = sa.BigInteger()


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "analyses",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("sent_key", sa.String(length=60), nullable=False),
        sa.Column("chart_id", sa.Integer(), nullable=True),
        sa.Column("chart_version", sa.Integer(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("symbol", sa.String(length=40), nullable=False),
        sa.Column("timeframe", sa.String(length=3), nullable=False),
        sa.Column("instrument_id", sa.Integer(), nullable=False),
        sa.Column("is_simulated", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("model", sa.String(length=60), nullable=False),
        sa.Column("prompt", sa.String(length=80), nullable=False),
        sa.Column("is_from_cache", sa.Boolean(), nullable=False),
        sa.Column("price", SCALED, nullable=True),
        sa.Column("priced_at", MOMENT, nullable=True),
        sa.Column("bias", sa.String(length=8), nullable=True),
        sa.Column("entry", SCALED, nullable=True),
        sa.Column("target", SCALED, nullable=True),
        sa.Column("stop", SCALED, nullable=True),
        sa.Column("confidence", SCALED, nullable=True),
        sa.Column("horizon_bars", sa.Integer(), nullable=True),
        sa.Column("ends_at", MOMENT, nullable=True),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("words", sa.String(length=4000), nullable=False),
        sa.Column("removed_count", sa.Integer(), nullable=False),
        sa.Column("drawings", sa.JSON(), nullable=False),
        sa.Column("dropped_count", sa.Integer(), nullable=False),
        sa.Column("applied_version", sa.Integer(), nullable=True),
        sa.Column("dismissed_at", MOMENT, nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("result", sa.String(length=12), nullable=False),
        sa.Column("check_at", MOMENT, nullable=True),
        sa.Column("followed", sa.JSON(), nullable=False),
        sa.Column("result_at", MOMENT, nullable=True),
        sa.Column("risk_multiple", SCALED, nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'writing', 'done', 'failed', 'stopped')",
            name=op.f("ck_analyses_state"),
        ),
        sa.CheckConstraint(
            "bias IN ('long', 'short', 'neutral')", name=op.f("ck_analyses_bias")
        ),
        sa.CheckConstraint(
            "result IN ('open', 'target', 'stop', 'time', 'not_entered', 'no_data', 'none')",
            name=op.f("ck_analyses_result"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_analyses_user_id_users")),
        sa.ForeignKeyConstraint(
            ["chart_id"],
            ["charts.id"],
            name=op.f("fk_analyses_chart_id_charts"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["instrument_id"],
            ["instruments.id"],
            name=op.f("fk_analyses_instrument_id_instruments"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["trading_accounts.id"],
            name=op.f("fk_analyses_account_id_trading_accounts"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_analyses")),
        sa.UniqueConstraint("sent_key", name=op.f("uq_analyses_sent_key")),
    )
    op.create_index("ix_analyses_user_id_asked_at", "analyses", ["user_id", "asked_at"])
    op.create_index("ix_analyses_result_model", "analyses", ["result", "model", "prompt"])
    op.create_index(
        "ix_analyses_open",
        "analyses",
        ["check_at"],
        sqlite_where=sa.text("result = 'open'"),
        postgresql_where=sa.text("result = 'open'"),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("analyses")
