"""Robots at work: runs over past bars, deployments on paper, their orders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

RUNS, FILES, DEPLOYMENTS, ORDERS = (
    "robot_runs", "robot_run_files", "robot_deployments", "robot_orders",
)  # fmt: skip


def upgrade() -> None:
    """Make the tables."""
    _make_runs()
    _make_deployments()
    op.create_table(
        ORDERS,
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("deployment_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("symbol", sa.String(length=40), nullable=False),
        sa.Column("side", sa.String(length=4), nullable=False),
        sa.Column("qty", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("filled_qty", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('working', 'filled', 'partial', 'cancelled', 'expired', 'rejected')",
            name=op.f(f"ck_{ORDERS}_state"),
        ),
        _foreign(ORDERS, "deployment_id", DEPLOYMENTS),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{ORDERS}")),
        sa.UniqueConstraint(
            "deployment_id", "number", name=op.f(f"uq_{ORDERS}_deployment_id_number")
        ),
    )


def _foreign(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}")
    )


def _make_runs() -> None:
    op.create_table(
        RUNS,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("plugin_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("symbols", sa.JSON(), nullable=False),
        sa.Column("timeframe", sa.String(length=4), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("to_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("search", sa.JSON(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("progress", sa.Double(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('backtest', 'search')", name=op.f(f"ck_{RUNS}_kind")),
        sa.CheckConstraint("source IN ('file', 'store')", name=op.f(f"ck_{RUNS}_source")),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed', 'cancelled')",
            name=op.f(f"ck_{RUNS}_state"),
        ),
        _foreign(RUNS, "user_id", "users"),
        _foreign(RUNS, "account_id", "trading_accounts"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{RUNS}")),
    )
    op.create_index("ix_robot_runs_user_id_created_at", RUNS, ["user_id", "created_at"])
    op.create_table(
        FILES,
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("symbol", sa.String(length=40), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        _foreign(FILES, "run_id", RUNS),
        sa.PrimaryKeyConstraint("run_id", "symbol", name=op.f(f"pk_{FILES}")),
    )


def _make_deployments() -> None:
    op.create_table(
        DEPLOYMENTS,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("plugin_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("symbols", sa.JSON(), nullable=False),
        sa.Column("feed", sa.String(length=400), nullable=False),
        sa.Column("timeframe", sa.String(length=4), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("watermark", sa.DateTime(timezone=True), nullable=False),
        sa.Column("late_count", sa.Integer(), nullable=False),
        sa.Column("memory", sa.JSON(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('active', 'paused', 'stopped', 'failed')",
            name=op.f(f"ck_{DEPLOYMENTS}_state"),
        ),
        _foreign(DEPLOYMENTS, "user_id", "users"),
        _foreign(DEPLOYMENTS, "account_id", "trading_accounts"),
        _foreign(DEPLOYMENTS, "replaces_id", DEPLOYMENTS),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{DEPLOYMENTS}")),
    )
    op.create_index("ix_robot_deployments_due", DEPLOYMENTS, ["state", "timeframe", "feed"])
    op.create_index("ix_robot_deployments_user_id", DEPLOYMENTS, ["user_id"])
    op.create_index(op.f("ix_robot_deployments_account_id"), DEPLOYMENTS, ["account_id"])


def downgrade() -> None:
    """Take them away."""
    for name in (ORDERS, DEPLOYMENTS, FILES, RUNS):
        op.drop_table(name)
