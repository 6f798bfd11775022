"""A member whom the provider's customer was deleted from gets another; the first keeps its past."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

_EACH = "uq_provider_customers_user_id"
_LIVING = "uq_provider_customers_living"
_BY_USER = "ix_provider_customers_user_id"
_TABLE = "provider_customers"


def upgrade() -> None:
    """Let a customer have been deleted; one that lives is the only one of its member."""
    with op.batch_alter_table(_TABLE) as table:
        table.add_column(sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
        table.drop_constraint(_EACH, type_="unique")
    op.create_index(_BY_USER, _TABLE, ["user_id"])
    op.create_index(
        _LIVING,
        _TABLE,
        ["user_id"],
        unique=True,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )


def downgrade() -> None:
    """Keep the newest customer of each member."""
    op.drop_index(_LIVING, table_name=_TABLE)
    op.drop_index(_BY_USER, table_name=_TABLE)
    op.execute(
        "DELETE FROM provider_customers WHERE id NOT IN "
        "(SELECT MAX(id) FROM provider_customers GROUP BY user_id)"
    )
    with op.batch_alter_table(_TABLE) as table:
        table.drop_column("deleted_at")
        table.create_unique_constraint(_EACH, ["user_id"])
