"""What members ask of us with their own data: a copy of everything, the erasure of the account."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

KINDS = ("export", "erasure")
STATES = ("queued", "running", "ready", "expired", "failed", "waiting", "cancelled", "done")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the requests and the pieces of copies."""
    op.create_table(
        "privacy_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.Column("finished_at", MOMENT, nullable=True),
        sa.Column("tables_done", sa.Integer(), nullable=False),
        sa.Column("tables_all", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("link_hash", sa.String(length=64), nullable=True),
        sa.Column("link_ends_at", MOMENT, nullable=True),
        sa.CheckConstraint(f"kind IN {KINDS}", name=op.f("ck_privacy_requests_kind")),
        sa.CheckConstraint(f"state IN {STATES}", name=op.f("ck_privacy_requests_state")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_privacy_requests_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_requests")),
        sa.UniqueConstraint("link_hash", name=op.f("uq_privacy_requests_link_hash")),
    )
    op.create_index("ix_privacy_requests_user_id_id", "privacy_requests", ["user_id", "id"])
    op.create_index("ix_privacy_requests_state_due_at", "privacy_requests", ["state", "due_at"])
    op.create_table(
        "privacy_parts",
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["privacy_requests.id"],
            name=op.f("fk_privacy_parts_request_id_privacy_requests"),
        ),
        sa.PrimaryKeyConstraint("request_id", "number", name=op.f("pk_privacy_parts")),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("privacy_parts")
    op.drop_table("privacy_requests")
