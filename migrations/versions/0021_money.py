"""Money: what a provider says, the journal, who sells and is paid; several ladders of plans."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

# users.subscription_… follow the ladder of the robots alone.
NEWEST = (
    "SELECT id FROM subscriptions WHERE user_id = {user}{ladder} "
    "ORDER BY started_at DESC, id DESC LIMIT 1"
)
LADDER = " AND ladder = 'robots'"
SQLITE_FOLLOW = """
CREATE TRIGGER users_follow_subscriptions_{event} AFTER {event} ON subscriptions
BEGIN
  UPDATE users SET
    subscription_tier = COALESCE((SELECT tier FROM subscriptions WHERE id = ({newest})), 'free'),
    subscription_status = COALESCE((SELECT status FROM subscriptions WHERE id = ({newest})), 'active'),
    subscription_start_date = (SELECT started_at FROM subscriptions WHERE id = ({newest})),
    subscription_end_date = (SELECT ends_at FROM subscriptions WHERE id = ({newest}))
  WHERE id = {row}.user_id;
END
"""
POSTGRES_FOLLOW = """
CREATE OR REPLACE FUNCTION users_follow_subscriptions() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  who integer := COALESCE(NEW.user_id, OLD.user_id);
  newest subscriptions%ROWTYPE;
BEGIN
  SELECT * INTO newest FROM subscriptions WHERE user_id = who{ladder}
  ORDER BY started_at DESC, id DESC LIMIT 1;
  UPDATE users SET
    subscription_tier = COALESCE(newest.tier, 'free'),
    subscription_status = COALESCE(newest.status, 'active'),
    subscription_start_date = newest.started_at,
    subscription_end_date = newest.ends_at
  WHERE id = who;
  RETURN NULL;
END $$
"""
COLUMNS = {
    "subscriptions": (
        ("ladder", "VARCHAR(20) NOT NULL DEFAULT 'robots'", ""),
        ("offer_id", "INTEGER", "offers"),
        ("interval", "VARCHAR(5)", ""),
        ("price_minor", "BIGINT NOT NULL DEFAULT 0", ""),
        ("currency", "VARCHAR(3) NOT NULL DEFAULT 'USD'", ""),
        ("provider_subscription_id", "INTEGER", "provider_subscriptions"),
        ("reason", "TEXT", ""),
    ),
    "transactions": (("invoice_id", "INTEGER", "invoices"), ("fee_minor", "BIGINT", "")),
}
INDEXES = (
    ("ix_subscriptions_ladder_started_at", "subscriptions", ["ladder", "started_at"]),
    (
        "ix_subscriptions_provider_subscription_id",
        "subscriptions",
        ["provider_subscription_id"],
    ),
    ("ix_transactions_invoice_id", "transactions", ["invoice_id"]),
)
JOURNAL = ("journal_entries", "journal_postings")
REFUSAL = "the journal is append-only"


def upgrade() -> None:
    """Add the tables, and what plans say beside their tier."""
    create_tables()
    # SQLite makes a table anew to change it, and other tables hang on this one: columns are added.
    follow(drop=True)
    for table, columns in COLUMNS.items():
        for name, kind, parent in columns:
            link = f" CONSTRAINT fk_{table}_{name}_{parent} REFERENCES {parent} (id)"
            op.execute(f"ALTER TABLE {table} ADD COLUMN {name} {kind}{link if parent else ''}")
    lengthen_tier(20)
    for name, table, columns in INDEXES:
        op.create_index(name, table, columns)
    follow(ladder=LADDER)
    forbid_changes()


def downgrade() -> None:
    """Take all of it away."""
    follow(drop=True)
    op.execute("DELETE FROM subscriptions WHERE ladder <> 'robots'")
    for name, table, _columns in reversed(INDEXES):
        op.drop_index(name, table)
    lengthen_tier(10)
    for table, columns in COLUMNS.items():
        for name, _kind, _parent in columns:
            op.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
    follow(ladder="")
    for table in TABLES:
        op.drop_table(table)
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION refuse_journal_change()")


def lengthen_tier(length: int) -> None:
    """Let the key of a plan have so many letters."""
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("subscriptions", "tier", type_=sa.String(length))
        return
    op.execute(
        f"ALTER TABLE subscriptions ADD COLUMN plan VARCHAR({length}) NOT NULL DEFAULT 'free'"
    )
    op.execute("UPDATE subscriptions SET plan = tier")
    op.execute("ALTER TABLE subscriptions DROP COLUMN tier")
    op.execute("ALTER TABLE subscriptions RENAME COLUMN plan TO tier")


def follow(*, ladder: str = "", drop: bool = False) -> None:
    """Make, or only drop, the triggers by which users follow their subscriptions."""
    if op.get_bind().dialect.name != "sqlite":
        if not drop:
            op.execute(POSTGRES_FOLLOW.format(ladder=ladder))
        return
    for event in ("INSERT", "UPDATE", "DELETE"):
        if drop:
            op.execute(f"DROP TRIGGER users_follow_subscriptions_{event}")
            continue
        row = "OLD" if event == "DELETE" else "NEW"
        newest = NEWEST.format(user=f"{row}.user_id", ladder=ladder)
        op.execute(SQLITE_FOLLOW.format(event=event, row=row, newest=newest))


def forbid_changes() -> None:
    """Let the database refuse to change or delete what stands in the journal."""
    if op.get_bind().dialect.name == "sqlite":
        for table in JOURNAL:
            for verb in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
                )
        return
    op.execute(
        "CREATE FUNCTION refuse_journal_change() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
    )
    for table in JOURNAL:
        op.execute(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE "
            f"ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_journal_change()"
        )


TABLES = (
    "invoices",
    "provider_subscriptions",
    "checkouts",
    "payouts",
    "offers",
    "journal_postings",
    "provider_customers",
    "journal_entries",
    "creators",
    "splits",
    "provider_events",
    "journal_days",
)


def create_tables() -> None:
    """Create the tables."""
    op.create_table(
        "journal_days",
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("debit_minor", sa.BigInteger(), nullable=False),
        sa.Column("credit_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "currency", "day", name=op.f("pk_journal_days")),
    )
    op.create_table(
        "provider_events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("event_id", sa.String(length=100), nullable=False),
        sa.Column("type", sa.String(length=100), nullable=False),
        sa.Column("object_id", sa.String(length=100), nullable=True),
        sa.Column("account_id", sa.String(length=100), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("is_live", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'done', 'ignored', 'dead')", name=op.f("ck_provider_events_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_events")),
        sa.UniqueConstraint("event_id", name=op.f("uq_provider_events_event_id")),
    )
    op.create_index("ix_provider_events_object_id", "provider_events", ["object_id"])
    op.create_index(
        "ix_provider_events_state_received_at", "provider_events", ["state", "received_at"]
    )

    op.create_table(
        "splits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product_type", sa.String(length=20), nullable=False),
        sa.Column("creator_bps", sa.Integer(), nullable=False),
        sa.Column("profit_bps", sa.Integer(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("creator_bps BETWEEN 0 AND 10000", name=op.f("ck_splits_creator_bps")),
        sa.CheckConstraint("profit_bps BETWEEN 0 AND 10000", name=op.f("ck_splits_profit_bps")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_splits")),
        sa.UniqueConstraint(
            "product_type", "starts_on", name=op.f("uq_splits_product_type_starts_on")
        ),
    )
    op.create_table(
        "creators",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("provider_account_id", sa.String(length=100), nullable=True),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("is_charges_enabled", sa.Boolean(), nullable=False),
        sa.Column("is_payouts_enabled", sa.Boolean(), nullable=False),
        sa.Column("requirements", sa.JSON(), nullable=False),
        sa.Column("is_suspended", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_creators_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_creators")),
        sa.UniqueConstraint("provider_account_id", name=op.f("uq_creators_provider_account_id")),
    )
    op.create_table(
        "journal_entries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source_type", sa.String(length=20), nullable=False),
        sa.Column("source_id", sa.String(length=100), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("split_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["split_id"], ["splits.id"], name=op.f("fk_journal_entries_split_id_splits")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_journal_entries_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_entries")),
        sa.UniqueConstraint(
            "source_type",
            "source_id",
            "purpose",
            name=op.f("uq_journal_entries_source_type_source_id_purpose"),
        ),
    )
    op.create_index(op.f("ix_journal_entries_happened_at"), "journal_entries", ["happened_at"])
    op.create_index(op.f("ix_journal_entries_user_id"), "journal_entries", ["user_id"])

    op.create_table(
        "provider_customers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_provider_customers_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_customers")),
        sa.UniqueConstraint("customer_id", name=op.f("uq_provider_customers_customer_id")),
        sa.UniqueConstraint("user_id", name=op.f("uq_provider_customers_user_id")),
    )
    op.create_table(
        "journal_postings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("debit", sa.String(length=40), nullable=False),
        sa.Column("credit", sa.String(length=40), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_journal_postings_amount")),
        sa.CheckConstraint("debit <> credit", name=op.f("ck_journal_postings_accounts")),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["journal_entries.id"],
            name=op.f("fk_journal_postings_entry_id_journal_entries"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_postings")),
    )
    op.create_index("ix_journal_postings_credit_day", "journal_postings", ["credit", "day"])
    op.create_index("ix_journal_postings_debit_day", "journal_postings", ["debit", "day"])
    op.create_index(op.f("ix_journal_postings_entry_id"), "journal_postings", ["entry_id"])

    op.create_table(
        "offers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("creator_id", sa.Integer(), nullable=False),
        sa.Column("product_type", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("interval", sa.String(length=5), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("provider_product_id", sa.String(length=100), nullable=True),
        sa.Column("provider_price_id", sa.String(length=100), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "product_type IN ('replica', 'copy', 'creator')", name=op.f("ck_offers_product_type")
        ),
        sa.CheckConstraint("state IN ('draft', 'active', 'retired')", name=op.f("ck_offers_state")),
        sa.CheckConstraint("price_minor >= 0", name=op.f("ck_offers_price")),
        sa.ForeignKeyConstraint(
            ["creator_id"], ["creators.user_id"], name=op.f("fk_offers_creator_id_creators")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offers")),
        sa.UniqueConstraint("provider_product_id", name=op.f("uq_offers_provider_product_id")),
    )
    op.create_index(op.f("ix_offers_creator_id"), "offers", ["creator_id"])

    op.create_table(
        "payouts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("creator_id", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("through", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("transfer_id", sa.String(length=100), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'unknown', 'sent', 'failed', 'reversed')",
            name=op.f("ck_payouts_state"),
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payouts_amount")),
        sa.ForeignKeyConstraint(
            ["creator_id"], ["creators.user_id"], name=op.f("fk_payouts_creator_id_creators")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payouts")),
        sa.UniqueConstraint(
            "creator_id", "currency", "through", name=op.f("uq_payouts_creator_id_currency_through")
        ),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_payouts_transfer_id")),
    )
    op.create_index(op.f("ix_payouts_creator_id"), "payouts", ["creator_id"])

    op.create_table(
        "checkouts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("ladder", sa.String(length=20), nullable=False),
        sa.Column("plan", sa.String(length=20), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=True),
        sa.Column("interval", sa.String(length=5), nullable=False),
        sa.Column("open_key", sa.String(length=80), nullable=True),
        sa.Column("session_id", sa.String(length=100), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('opening', 'open', 'complete', 'expired')", name=op.f("ck_checkouts_state")
        ),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["offers.id"], name=op.f("fk_checkouts_offer_id_offers")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_checkouts_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkouts")),
        sa.UniqueConstraint("open_key", name=op.f("uq_checkouts_open_key")),
        sa.UniqueConstraint("session_id", name=op.f("uq_checkouts_session_id")),
    )
    op.create_index("ix_checkouts_user_id_ladder", "checkouts", ["user_id", "ladder"])

    op.create_table(
        "provider_subscriptions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.String(length=100), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("ladder", sa.String(length=20), nullable=False),
        sa.Column("plan", sa.String(length=20), nullable=False),
        sa.Column("offer_id", sa.Integer(), nullable=True),
        sa.Column("item_id", sa.String(length=100), nullable=True),
        sa.Column("price_id", sa.String(length=100), nullable=False),
        sa.Column("interval", sa.String(length=5), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("is_paused", sa.Boolean(), nullable=False),
        sa.Column("resumes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("past_due_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("trial_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("period_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("period_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["offers.id"], name=op.f("fk_provider_subscriptions_offer_id_offers")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_provider_subscriptions_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_subscriptions")),
        sa.UniqueConstraint("provider_id", name=op.f("uq_provider_subscriptions_provider_id")),
    )
    op.create_index(
        "ix_provider_subscriptions_user_id_ladder", "provider_subscriptions", ["user_id", "ladder"]
    )

    op.create_table(
        "invoices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.String(length=100), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("provider_subscription_id", sa.Integer(), nullable=True),
        sa.Column("number", sa.String(length=60), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("payment_intent_id", sa.String(length=100), nullable=True),
        sa.Column("charge_id", sa.String(length=100), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hosted_url", sa.Text(), nullable=True),
        sa.Column("pdf_url", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["provider_subscription_id"],
            ["provider_subscriptions.id"],
            name=op.f("fk_invoices_provider_subscription_id_provider_subscriptions"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_invoices_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint("provider_id", name=op.f("uq_invoices_provider_id")),
    )
    op.create_index(op.f("ix_invoices_charge_id"), "invoices", ["charge_id"])
    op.create_index(op.f("ix_invoices_payment_intent_id"), "invoices", ["payment_intent_id"])
    op.create_index(
        op.f("ix_invoices_provider_subscription_id"), "invoices", ["provider_subscription_id"]
    )
    op.create_index("ix_invoices_user_id_created_at", "invoices", ["user_id", "created_at"])
