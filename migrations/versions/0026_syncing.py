"""What keeps a member's plan in step with the provider: locks, subjects of events, what comes next."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

COLUMNS = {
    "provider_events": (sa.Column("subject", sa.String(length=120), nullable=True),),
    "provider_subscriptions": (
        sa.Column("paid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_plan", sa.String(length=20), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_price_minor", sa.BigInteger(), nullable=True),
    ),
    "subscriptions": (sa.Column("change_key", sa.String(length=80), nullable=True),),
}


def upgrade() -> None:
    """Add the locks and the columns."""
    op.create_table(
        "billing_leases",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("holder", sa.String(length=40), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_billing_leases")),
    )
    for table, columns in COLUMNS.items():
        for column in columns:
            op.add_column(table, column)
    op.create_index(
        "ix_provider_events_subject_state", "provider_events", ["subject", "state"]
    )
    # A unique index: SQLite would make the table anew for a constraint, and others hang on it.
    op.create_index(
        "uq_subscriptions_change_key", "subscriptions", ["change_key"], unique=True
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_index("uq_subscriptions_change_key", "subscriptions")
    op.drop_index("ix_provider_events_subject_state", "provider_events")
    for table, columns in COLUMNS.items():
        for column in columns:
            op.drop_column(table, column.name)
    op.drop_table("billing_leases")
