"""Views of members' dashboards by administrators."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "member_views",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("admin_wp_user", sa.Integer(), nullable=False),
        sa.Column("wp_user_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_member_views_site_id_sites")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_member_views_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_views")),
    )
    op.create_index(
        "ix_member_views_ended_at_ends_at", "member_views", ["ended_at", "ends_at"], unique=False
    )
    op.create_index(op.f("ix_member_views_user_id"), "member_views", ["user_id"], unique=False)


def downgrade() -> None:
    """Take it away."""
    op.drop_table("member_views")
