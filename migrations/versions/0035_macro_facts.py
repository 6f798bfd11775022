"""Macro: releases, rate expectations, sectors' closes, earnings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "macro_facts",
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('calendar', 'rates', 'sectors', 'earnings')",
            name=op.f("ck_macro_facts_kind"),
        ),
        sa.PrimaryKeyConstraint("kind", "key", name=op.f("pk_macro_facts")),
    )
    op.create_index("ix_macro_facts_kind_at", "macro_facts", ["kind", "at"], unique=False)


def downgrade() -> None:
    """Take it away."""
    op.drop_table("macro_facts")
