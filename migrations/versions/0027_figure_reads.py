"""Indexes by which the owner's figures are read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

SEEN = "ix_site_members_last_seen_on_user_id"
SIGN_UPS = "ix_conversion_events_sign_ups"
ACCOUNTS = "ix_journal_days_account_day"


def upgrade() -> None:
    """Create them."""
    op.create_index(SEEN, "site_members", ["last_seen_on", "user_id"])
    is_sign_up = sa.text("kind = 'sign_up'")
    op.create_index(
        SIGN_UPS,
        "conversion_events",
        ["happened_at", "source", "site_id"],
        sqlite_where=is_sign_up,
        postgresql_where=is_sign_up,
    )
    op.create_index(
        ACCOUNTS,
        "journal_days",
        ["account", "day"],
        postgresql_ops={"account": "varchar_pattern_ops"},
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_index(ACCOUNTS, "journal_days")
    op.drop_index(SIGN_UPS, "conversion_events")
    op.drop_index(SEEN, "site_members")
