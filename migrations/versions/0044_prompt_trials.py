"""Who wrote a prompt in WordPress, and questions that try one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add column and table."""
    op.add_column("ai_prompts", sa.Column("wp_user", sa.Integer(), nullable=True))
    op.create_table(
        "coach_trials",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=True),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("symbol", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'writing', 'done', 'failed', 'stopped')",
            name=op.f("ck_coach_trials_state"),
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["users.id"], name=op.f("fk_coach_trials_asked_by_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coach_trials")),
    )
    op.create_index(op.f("ix_coach_trials_asked_by"), "coach_trials", ["asked_by"], unique=False)
    op.create_index("ix_coach_trials_number_id", "coach_trials", ["number", "id"], unique=False)


def downgrade() -> None:
    """Take them away."""
    op.drop_table("coach_trials")
    op.drop_column("ai_prompts", "wp_user")
