"""Sites rotate, pause and disconnect; a person can be erased."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SITE_TIMES = ("rotated_at", "disconnected_at", "copy_seen_at")


def resize_state(length: int) -> None:
    """Change the length of sites.state in place.

    SQLite cannot; making the table anew, as Alembic would, breaks the members' foreign keys.
    """
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("sites", "state", type_=sa.String(length=length), existing_nullable=False)
        return
    op.add_column(
        "sites",
        sa.Column("new_state", sa.String(length=length), server_default="active", nullable=False),
    )
    op.execute("UPDATE sites SET new_state = state")
    op.drop_column("sites", "state")
    op.execute("ALTER TABLE sites RENAME COLUMN new_state TO state")


def upgrade() -> None:
    """Make room for the word "disconnected", and for when things happened."""
    resize_state(20)
    for name in SITE_TIMES:
        op.add_column("sites", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column("users", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Take back; a disconnected site stays shut, as a paused one."""
    op.drop_column("users", "erased_at")
    for name in reversed(SITE_TIMES):
        op.drop_column("sites", name)
    op.execute("UPDATE sites SET state = 'paused' WHERE state = 'disconnected'")
    resize_state(10)
