"""What the tries of a search came to, so that one that was cut goes on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "robot_run_tries",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["robot_runs.id"], name=op.f("fk_robot_run_tries_run_id_robot_runs")
        ),
        sa.PrimaryKeyConstraint("run_id", "key", name=op.f("pk_robot_run_tries")),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("robot_run_tries")
