"""Charts as data, every change of them, links to them, and replays."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "charts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("symbol", sa.String(length=40), nullable=False),
        sa.Column("timeframe", sa.String(length=4), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_charts_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charts")),
    )
    op.create_index("ix_charts_user_id_changed_at", "charts", ["user_id", "changed_at"])
    op.create_index(op.f("ix_charts_deleted_at"), "charts", ["deleted_at"])
    op.create_table(
        "chart_revisions",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("chart_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("author_kind", sa.String(length=10), nullable=False),
        sa.Column("author_name", sa.String(length=80), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=True),
        sa.Column("operations", sa.JSON(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('created', 'changed', 'undone', 'renamed', 'deleted', 'restored')",
            name=op.f("ck_chart_revisions_kind"),
        ),
        sa.CheckConstraint(
            "author_kind IN ('member', 'program', 'model', 'replica')",
            name=op.f("ck_chart_revisions_author_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["chart_id"],
            ["charts.id"],
            name=op.f("fk_chart_revisions_chart_id_charts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chart_revisions")),
        sa.UniqueConstraint(
            "chart_id", "version", name=op.f("uq_chart_revisions_chart_id_version")
        ),
        sa.UniqueConstraint("chart_id", "undoes", name=op.f("uq_chart_revisions_chart_id_undoes")),
    )
    op.create_table(
        "chart_shares",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("chart_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("shows_name", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["chart_id"],
            ["charts.id"],
            name=op.f("fk_chart_shares_chart_id_charts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chart_shares")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_chart_shares_token_hash")),
    )
    op.create_index(op.f("ix_chart_shares_chart_id"), "chart_shares", ["chart_id"])
    op.create_table(
        "chart_replays",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("symbol", sa.String(length=40), nullable=False),
        sa.Column("asset_class", sa.String(length=10), nullable=True),
        sa.Column("timeframe", sa.String(length=4), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("to_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("position", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_chart_replays_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chart_replays")),
    )
    op.create_index(
        "ix_chart_replays_user_id_changed_at", "chart_replays", ["user_id", "changed_at"]
    )


def downgrade() -> None:
    """Take them away."""
    for name in ("chart_replays", "chart_shares", "chart_revisions", "charts"):
        op.drop_table(name)
