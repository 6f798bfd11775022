"""What a site's administrators see and decide: log, cases, their shelf of robots, members shut out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ONE_NAME = sa.text("kind = 'public_name' AND state IN ('open', 'approved')")
STATES = ("open", "approved", "rejected", "withdrawn", "resolved", "dismissed")


def upgrade() -> None:
    """Make the tables, and room for who is shut out of a site."""
    op.add_column("site_members", sa.Column("last_seen_on", sa.Date(), nullable=True))
    op.add_column(
        "site_members", sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True)
    )
    create_log()
    create_cases()
    create_shelf()


def create_log() -> None:
    """Make the log that administrators read."""
    op.create_table(
        "log_entries",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("event", sa.String(length=60), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("method", sa.String(length=10), nullable=False),
        sa.Column("route", sa.String(length=200), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("detail", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_entries")),
    )
    op.create_index("ix_log_entries_site_id_id", "log_entries", ["site_id", "id"])
    op.create_index("ix_log_entries_at", "log_entries", ["at"])


def create_cases() -> None:
    """Make the cases that administrators decide."""
    op.create_table(
        "moderation_cases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("body", sa.String(length=1000), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('public_name', 'report')", name=op.f("ck_moderation_cases_kind")
        ),
        sa.CheckConstraint(f"state IN {STATES}", name=op.f("ck_moderation_cases_state")),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_moderation_cases_site_id_sites")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_moderation_cases_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_cases")),
    )
    op.create_index(
        "ix_moderation_cases_site_id_state_id", "moderation_cases", ["site_id", "state", "id"]
    )
    op.create_index("ix_moderation_cases_user_id", "moderation_cases", ["user_id"])
    op.create_index(
        "uq_moderation_cases_one_name",
        "moderation_cases",
        ["site_id", "user_id"],
        unique=True,
        sqlite_where=ONE_NAME,
        postgresql_where=ONE_NAME,
    )


def create_shelf() -> None:
    """Make the shelf: how a site presents the robots."""
    op.create_table(
        "site_robots",
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("plugin_id", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=True),
        sa.Column("summary", sa.String(length=400), nullable=True),
        sa.Column("is_featured", sa.Boolean(), nullable=False),
        sa.Column("is_hidden", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_by", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["plugin_id"], ["plugins.id"], name=op.f("fk_site_robots_plugin_id_plugins")
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_site_robots_site_id_sites")
        ),
        sa.PrimaryKeyConstraint("site_id", "plugin_id", name=op.f("pk_site_robots")),
    )


def downgrade() -> None:
    """Take the tables and the columns away."""
    for table in ("site_robots", "moderation_cases", "log_entries"):
        op.drop_table(table)
    op.drop_column("site_members", "disabled_at")
    op.drop_column("site_members", "last_seen_on")
