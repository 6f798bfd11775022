"""Dry runs of every task's prompt, not of the coach's alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Say of which task a dry run is; those that there are, are the coach's."""
    # The release before this one goes on for a moment and writes dry runs of the coach alone.
    task = sa.Column("task", sa.String(length=40), nullable=False, server_default="coach")
    op.add_column("coach_trials", task)
    op.drop_index("ix_coach_trials_number_id", table_name="coach_trials")
    op.create_index(
        "ix_coach_trials_task_number_id", "coach_trials", ["task", "number", "id"], unique=False
    )


def downgrade() -> None:
    """Keep the coach's alone."""
    op.execute("DELETE FROM coach_trials WHERE task <> 'coach'")
    op.drop_index("ix_coach_trials_task_number_id", table_name="coach_trials")
    op.create_index("ix_coach_trials_number_id", "coach_trials", ["number", "id"], unique=False)
    with op.batch_alter_table("coach_trials") as table:
        table.drop_column("task")
