"""Option chains of any instant: several of one session."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

_CLOSE = "uq_option_chains_underlying_id_session"
_INSTANT = "uq_option_chains_underlying_id_quoted_at"


def upgrade() -> None:
    """Let a chain say when it was quoted; those that are there stand for their session's close."""
    with op.batch_alter_table("option_chains") as table:
        table.add_column(sa.Column("quoted_at", sa.BigInteger(), nullable=True))
        table.drop_constraint(_CLOSE, type_="unique")
        table.create_unique_constraint(_INSTANT, ["underlying_id", "quoted_at"])
    op.create_index(
        _CLOSE,
        "option_chains",
        ["underlying_id", "session"],
        unique=True,
        sqlite_where=sa.text("quoted_at IS NULL"),
        postgresql_where=sa.text("quoted_at IS NULL"),
    )


def downgrade() -> None:
    """Keep the closes alone."""
    op.execute("DELETE FROM option_chains WHERE quoted_at IS NOT NULL")
    op.drop_index(_CLOSE, table_name="option_chains")
    with op.batch_alter_table("option_chains") as table:
        table.drop_constraint(_INSTANT, type_="unique")
        table.drop_column("quoted_at")
        table.create_unique_constraint(_CLOSE, ["underlying_id", "session"])
