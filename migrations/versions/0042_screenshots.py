"""Pictures that members sent, what was read from them, and what became of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

STATES = "'waiting', 'reading', 'done', 'unreadable', 'failed', 'confirmed'"


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "screenshots",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("picture_hash", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=20), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("key_encrypted", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("asked_count", sa.Integer(), nullable=False),
        sa.Column("broker", sa.String(length=30), nullable=False),
        sa.Column("found", sa.JSON(), nullable=False),
        sa.Column("model", sa.String(length=60), nullable=False),
        sa.Column("prompt", sa.String(length=80), nullable=False),
        sa.Column("positions", sa.JSON(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_screenshots_state")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_screenshots_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screenshots")),
        sa.UniqueConstraint(
            "user_id", "picture_hash", name=op.f("uq_screenshots_user_id_picture_hash")
        ),
    )
    op.create_index("ix_screenshots_expires_at", "screenshots", ["expires_at"])
    op.create_table(
        "screenshot_contents",
        sa.Column("screenshot_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["screenshot_id"],
            ["screenshots.id"],
            name=op.f("fk_screenshot_contents_screenshot_id_screenshots"),
        ),
        sa.PrimaryKeyConstraint("screenshot_id", name=op.f("pk_screenshot_contents")),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("screenshot_contents")
    op.drop_index("ix_screenshots_expires_at", table_name="screenshots")
    op.drop_table("screenshots")
