"""Sums of the funnel by day, and indexes by which the owner's figures are read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

STAGES = ("free", "low", "mid", "premium")
SEEN = "ix_site_members_last_seen_on_user_id"
ACCOUNTS = "ix_journal_days_account_day"


def upgrade() -> None:
    """Create them, and count who came so far."""
    op.create_table(
        "funnel_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.CheckConstraint(f"stage IN {STAGES}", name=op.f("ck_funnel_days_stage")),
        sa.PrimaryKeyConstraint("day", "source", "site_id", "stage", name=op.f("pk_funnel_days")),
    )
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    day = "date(happened_at)" if is_sqlite else "date(happened_at AT TIME ZONE 'UTC')"
    op.execute(
        "INSERT INTO funnel_days (day, source, site_id, stage, members) "
        f"SELECT {day}, COALESCE(source, ''), COALESCE(site_id, ''), 'free', COUNT(*) "
        "FROM conversion_events WHERE kind = 'sign_up' GROUP BY 1, 2, 3"
    )
    op.create_index(SEEN, "site_members", ["last_seen_on", "user_id"])
    op.create_index(
        ACCOUNTS,
        "journal_days",
        ["account", "day"],
        postgresql_ops={"account": "varchar_pattern_ops"},
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("funnel_days")
    op.drop_index(ACCOUNTS, "journal_days")
    op.drop_index(SEEN, "site_members")
