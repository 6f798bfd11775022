"""Steps of the funnel: sign-ups, prompts, checkouts, changes of plan; told once, never changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

TABLE = "conversion_events"
REFUSAL = "steps of the funnel are append-only"
KINDS = (
    "sign_up",
    "pricing_viewed",
    "limit_reached",
    "prompt_shown",
    "prompt_followed",
    "contact_asked",
    "checkout_started",
    "trial_started",
    "plan_started",
    "upgraded",
    "downgraded",
    "paused",
    "resumed",
    "cancelled",
    "ended",
)


def upgrade() -> None:
    """Add the table, and the sign-ups of who is here already."""
    op.create_table(
        TABLE,
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("site_id", sa.String(length=40), nullable=True),
        sa.Column("ladder", sa.String(length=20), nullable=False),
        sa.Column("plan_from", sa.String(length=20), nullable=True),
        sa.Column("plan_to", sa.String(length=20), nullable=True),
        sa.Column("source", sa.String(length=40), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"kind IN {KINDS}", name=op.f("ck_conversion_events_kind")),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_conversion_events_site_id_sites")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_conversion_events_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversion_events")),
        sa.UniqueConstraint("key", name=op.f("uq_conversion_events_key")),
    )
    op.create_index("ix_conversion_events_kind_happened_at", TABLE, ["kind", "happened_at"])
    op.create_index("ix_conversion_events_user_id_happened_at", TABLE, ["user_id", "happened_at"])
    op.execute(
        f"INSERT INTO {TABLE} (key, kind, user_id, ladder, plan_to, happened_at, created_at) "
        "SELECT 'sign_up:' || id, 'sign_up', id, 'robots', 'free', created_at, created_at "
        "FROM users WHERE NOT is_demo AND erased_at IS NULL ORDER BY id"
    )
    forbid_changes()


def downgrade() -> None:
    """Take it away."""
    op.drop_table(TABLE)
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION refuse_conversion_change()")


def forbid_changes() -> None:
    """Let the database refuse to change or delete what was told."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {TABLE}_no_{verb.lower()} BEFORE {verb} ON {TABLE} "
                f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION refuse_conversion_change() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {TABLE}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE "
        f"ON {TABLE} FOR EACH STATEMENT EXECUTE FUNCTION refuse_conversion_change()"
    )
