"""A connect code may renew the connection of a site that is known already."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the site that a code is for."""
    op.add_column("connect_codes", sa.Column("site_id", sa.String(length=40), nullable=True))


def downgrade() -> None:
    """Take it away again."""
    op.drop_column("connect_codes", "site_id")
