"""What happens to users in WordPress: ended sessions, changed roles, deleted users."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let a membership know what WordPress said of it, and keep ended sessions."""
    with op.batch_alter_table("site_members") as table:
        table.add_column(sa.Column("left_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("caps", sa.JSON(), nullable=True))
        table.add_column(sa.Column("caps_told_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("sessions_ended_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "ended_sessions",
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("wp_user_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sid", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "wp_user_id", "sid", name=op.f("pk_ended_sessions")),
    )
    op.create_index(op.f("ix_ended_sessions_expires_at"), "ended_sessions", ["expires_at"])


def downgrade() -> None:
    """Forget it."""
    op.drop_table("ended_sessions")
    with op.batch_alter_table("site_members") as table:
        for name in ("sessions_ended_at", "caps_told_at", "caps", "left_at"):
            table.drop_column(name)
