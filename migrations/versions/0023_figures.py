"""The owner's figures: movements of the monthly income, their sums a day, whose site may see them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

KINDS = ("new", "expansion", "contraction", "churn", "reactivation")
REFUSAL = "movements of the monthly income are not edited"
TRIAL_ENDS = "ix_provider_subscriptions_trial_end"


def upgrade() -> None:
    """Create the tables. Nothing was paid before, so there is nothing to fill them with."""
    _create_movements()
    op.create_table(
        "mrr_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("ladder", sa.String(length=20), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("subscriptions", sa.Integer(), nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("movements", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "ladder", "currency", "kind", name=op.f("pk_mrr_days")),
    )
    op.create_table(
        "first_plans",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("tier", sa.String(length=20), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("signed_up_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_first_plans_user_id_users")
        ),
        sa.PrimaryKeyConstraint("user_id", "tier", name=op.f("pk_first_plans")),
    )
    op.create_index(op.f("ix_first_plans_day"), "first_plans", ["day"])
    op.create_index("ix_first_plans_signed_up_on", "first_plans", ["signed_up_on"])
    op.create_index(TRIAL_ENDS, "provider_subscriptions", ["trial_end"])
    for table in ("sites", "connect_codes"):
        op.add_column(
            table, sa.Column("is_operators", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    _forbid_edits()


def _create_movements() -> None:
    op.create_table(
        "mrr_movements",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("subscription_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("ladder", sa.String(length=20), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("subscriptions", sa.Integer(), nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.CheckConstraint(f"kind IN {KINDS}", name=op.f("ck_mrr_movements_kind")),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["offers.id"], name=op.f("fk_mrr_movements_offer_id_offers")
        ),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscriptions.id"],
            name=op.f("fk_mrr_movements_subscription_id_subscriptions"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_mrr_movements_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mrr_movements")),
        sa.UniqueConstraint(
            "subscription_id", "currency", name=op.f("uq_mrr_movements_subscription_id_currency")
        ),
    )
    op.create_index("ix_mrr_movements_day_id", "mrr_movements", ["day", "id"])
    op.create_index(op.f("ix_mrr_movements_offer_id"), "mrr_movements", ["offer_id"])
    op.create_index(op.f("ix_mrr_movements_user_id"), "mrr_movements", ["user_id"])


def _forbid_edits() -> None:
    """Let the database refuse to change a movement; they are deleted only to be made anew."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER mrr_movements_no_update BEFORE UPDATE ON mrr_movements "
            f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION refuse_movement_change() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER mrr_movements_no_update BEFORE UPDATE ON mrr_movements "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_movement_change()"
    )


def downgrade() -> None:
    """Take them away; the history of plans stays, and all of it follows from that."""
    for table in ("connect_codes", "sites"):
        op.drop_column(table, "is_operators")
    op.drop_index(TRIAL_ENDS, "provider_subscriptions")
    for table in ("first_plans", "mrr_days", "mrr_movements"):
        op.drop_table(table)
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION refuse_movement_change()")
