"""The tables of the house: accounts, market, billing, ledger, performance, robots, outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


# users.subscription_… follow the newest subscription; nothing else writes them.
NEWEST = (
    "SELECT id FROM subscriptions WHERE user_id = {user} ORDER BY started_at DESC, id DESC LIMIT 1"
)
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
CREATE FUNCTION users_follow_subscriptions() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  who integer := COALESCE(NEW.user_id, OLD.user_id);
  newest subscriptions%ROWTYPE;
BEGIN
  SELECT * INTO newest FROM subscriptions WHERE user_id = who
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
# The ledger is append-only for every client of the database, not just for our code.
SQLITE_APPEND_ONLY = """
CREATE TRIGGER ledger_events_no_{event} BEFORE {event} ON ledger_events
BEGIN SELECT RAISE(ABORT, 'ledger_events is append-only'); END
"""
POSTGRES_APPEND_ONLY = """
CREATE FUNCTION ledger_events_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'ledger_events is append-only'; END $$
"""


def create_triggers() -> None:
    """Create the triggers in the dialect of the database."""
    if op.get_bind().dialect.name == "sqlite":
        for event in ("INSERT", "UPDATE", "DELETE"):
            row = "OLD" if event == "DELETE" else "NEW"
            newest = NEWEST.format(user=f"{row}.user_id")
            op.execute(SQLITE_FOLLOW.format(event=event, row=row, newest=newest))
        for event in ("UPDATE", "DELETE"):
            op.execute(SQLITE_APPEND_ONLY.format(event=event))
        return
    op.execute(POSTGRES_FOLLOW)
    op.execute(
        "CREATE TRIGGER users_follow_subscriptions AFTER INSERT OR UPDATE OR DELETE "
        "ON subscriptions FOR EACH ROW EXECUTE FUNCTION users_follow_subscriptions()"
    )
    op.execute(POSTGRES_APPEND_ONLY)
    op.execute(
        "CREATE TRIGGER ledger_events_append_only BEFORE UPDATE OR DELETE ON ledger_events "
        "FOR EACH ROW EXECUTE FUNCTION ledger_events_append_only()"
    )


def drop_functions() -> None:
    """Drop what outlives its table on PostgreSQL."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION IF EXISTS users_follow_subscriptions() CASCADE")
        op.execute("DROP FUNCTION IF EXISTS ledger_events_append_only() CASCADE")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "clock_ticks",
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_clock_ticks")),
    )
    op.create_table(
        "connect_codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connect_codes")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_connect_codes_code_hash")),
    )
    op.create_table(
        "instruments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("symbol", sa.String(length=40), nullable=False),
        sa.Column("asset_class", sa.String(length=10), nullable=False),
        sa.Column("multiplier", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=5), nullable=False),
        sa.Column("venue", sa.String(length=10), nullable=False),
        sa.Column("is_assumed", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "asset_class IN ('equity', 'option', 'future', 'forex', 'crypto', 'index')",
            name=op.f("ck_instruments_asset_class"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instruments")),
    )
    with op.batch_alter_table("instruments", schema=None) as batch_op:
        batch_op.create_index(
            "uq_instruments_symbol_asset_class", ["symbol", "asset_class"], unique=True
        )

    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("queue", sa.String(length=20), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("coalesce", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("publications", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("available_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(
            "ix_outbox_state_available_at", ["state", "available_at"], unique=False
        )

    op.create_table(
        "plugins",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("strategy", sa.String(length=20), nullable=False),
        sa.Column("market", sa.String(length=60), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("min_tier", sa.String(length=10), nullable=False),
        sa.Column("is_listed", sa.Boolean(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plugins")),
    )
    op.create_table(
        "robot_performance_metrics",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("plugin_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("currency", sa.String(length=5), nullable=False),
        sa.Column("metric_date", sa.Date(), nullable=False),
        sa.Column("metric_type", sa.String(length=10), nullable=False),
        sa.Column("trade_count", sa.Integer(), nullable=False),
        sa.Column("win_count", sa.Integer(), nullable=False),
        sa.Column("loss_count", sa.Integer(), nullable=False),
        sa.Column("total_pnl", sa.Numeric(15, 2), nullable=False),
        sa.Column("win_rate", sa.Numeric(5, 2), nullable=True),
        sa.Column("profit_factor", sa.Numeric(10, 4), nullable=True),
        sa.Column("sharpe_ratio", sa.Numeric(10, 4), nullable=True),
        sa.Column("max_drawdown", sa.Numeric(10, 4), nullable=True),
        sa.Column("avg_trade_size", sa.Numeric(15, 2), nullable=True),
        sa.Column("best_trade_pnl", sa.Numeric(15, 2), nullable=True),
        sa.Column("worst_trade_pnl", sa.Numeric(15, 2), nullable=True),
        sa.Column("gross_profit", sa.Numeric(15, 2), nullable=False),
        sa.Column("gross_loss", sa.Numeric(15, 2), nullable=False),
        sa.Column("sortino_ratio", sa.Numeric(10, 4), nullable=True),
        sa.Column("exposure_ratio", sa.Double(), nullable=True),
        sa.Column("max_drawdown_amount", sa.Numeric(15, 2), nullable=False),
        sa.Column("return_ratio", sa.Double(), nullable=True),
        sa.Column("equity_close", sa.Numeric(15, 2), nullable=True),
        sa.Column("day_count", sa.Integer(), nullable=False),
        sa.Column("return_lower_bound", sa.Double(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "metric_type IN ('daily', 'weekly', 'monthly', 'all_time')",
            name=op.f("ck_robot_performance_metrics_metric_type"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_robot_performance_metrics")),
        sa.UniqueConstraint(
            "plugin_id",
            "metric_type",
            "kind",
            "currency",
            "metric_date",
            name="uq_robot_performance_metrics_contract",
        ),
    )
    op.create_table(
        "sites",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("key_id", sa.String(length=40), nullable=False),
        sa.Column("secret_encrypted", sa.Text(), nullable=False),
        sa.Column("previous_key_id", sa.String(length=40), nullable=True),
        sa.Column("previous_secret_encrypted", sa.Text(), nullable=True),
        sa.Column("pages", sa.JSON(), nullable=False),
        sa.Column("plugin_version", sa.String(length=20), nullable=True),
        sa.Column("connected_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sites")),
    )
    op.create_table(
        "used_tokens",
        sa.Column("jti", sa.String(length=80), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("jti", name=op.f("pk_used_tokens")),
    )
    with op.batch_alter_table("used_tokens", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_used_tokens_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("username", sa.String(length=60), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("pseudonym", sa.String(length=40), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("subscription_tier", sa.String(length=10), server_default="free", nullable=False),
        sa.Column(
            "subscription_status", sa.String(length=10), server_default="active", nullable=False
        ),
        sa.Column("subscription_start_date", sa.DateTime(timezone=True), nullable=True),
        sa.Column("subscription_end_date", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "subscription_status IN ('active', 'cancelled', 'expired')",
            name=op.f("ck_users_status"),
        ),
        sa.CheckConstraint(
            "subscription_tier IN ('free', 'low', 'mid', 'premium')", name=op.f("ck_users_tier")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
        sa.UniqueConstraint("pseudonym", name=op.f("uq_users_pseudonym")),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("prefix", sa.String(length=24), nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_api_keys_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("prefix", name=op.f("uq_api_keys_prefix")),
    )
    with op.batch_alter_table("api_keys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_keys_user_id"), ["user_id"], unique=False)

    op.create_table(
        "bars",
        sa.Column("instrument_id", sa.Integer(), nullable=False),
        sa.Column("timeframe", sa.String(length=4), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("open", sa.BigInteger(), nullable=False),
        sa.Column("high", sa.BigInteger(), nullable=False),
        sa.Column("low", sa.BigInteger(), nullable=False),
        sa.Column("close", sa.BigInteger(), nullable=False),
        sa.Column("volume", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["instrument_id"], ["instruments.id"], name=op.f("fk_bars_instrument_id_instruments")
        ),
        sa.PrimaryKeyConstraint("instrument_id", "timeframe", "opened_at", name=op.f("pk_bars")),
    )
    op.create_table(
        "performance_scopes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("user_key", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("plugin_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("currency", sa.String(length=5), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("account_count", sa.Integer(), nullable=False),
        sa.Column("is_simulated", sa.Boolean(), nullable=False),
        sa.Column("calendar", sa.String(length=5), nullable=False),
        sa.Column("weekend_on", sa.Date(), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("as_of", sa.Date(), nullable=True),
        sa.Column("checkpoint", sa.LargeBinary(), nullable=True),
        sa.Column("head", sa.LargeBinary(), nullable=True),
        sa.Column("spark", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_performance_scopes_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_performance_scopes")),
    )
    with op.batch_alter_table("performance_scopes", schema=None) as batch_op:
        batch_op.create_index("ix_performance_scopes_account_id", ["account_id"], unique=False)
        batch_op.create_index(
            "ix_performance_scopes_calendar_as_of", ["calendar", "as_of"], unique=False
        )
        batch_op.create_index(
            "uq_performance_scopes_identity",
            ["user_key", "account_id", "plugin_id", "kind", "currency"],
            unique=True,
        )

    op.create_table(
        "site_members",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.String(length=40), nullable=False),
        sa.Column("wp_user_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["sites.id"], name=op.f("fk_site_members_site_id_sites")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_site_members_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_members")),
        sa.UniqueConstraint(
            "site_id", "wp_user_id", name=op.f("uq_site_members_site_id_wp_user_id")
        ),
    )
    with op.batch_alter_table("site_members", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_site_members_user_id"), ["user_id"], unique=False)

    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("tier", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('active', 'cancelled', 'expired')", name=op.f("ck_subscriptions_status")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_subscriptions_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
    )
    with op.batch_alter_table("subscriptions", schema=None) as batch_op:
        batch_op.create_index(
            "ix_subscriptions_user_id_started_at", ["user_id", "started_at"], unique=False
        )

    op.create_table(
        "trading_accounts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("plugin_id", sa.String(length=64), nullable=False),
        sa.Column("robot_version", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("currency", sa.String(length=5), nullable=False),
        sa.Column("starting_balance", sa.BigInteger(), nullable=True),
        sa.Column("given_opened_on", sa.Date(), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.Column("is_ranked", sa.Boolean(), nullable=False),
        sa.Column("is_simulated", sa.Boolean(), nullable=False),
        sa.Column("is_backfilled", sa.Boolean(), nullable=False),
        sa.Column("head_seq", sa.Integer(), nullable=False),
        sa.Column("head_hash", sa.String(length=64), nullable=False),
        sa.Column("derived_seq", sa.Integer(), nullable=False),
        sa.Column("positions", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('live', 'paper', 'journal', 'copy', 'backtest', 'training', 'replica', 'contest', 'null')",
            name=op.f("ck_trading_accounts_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_trading_accounts_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trading_accounts")),
        sa.UniqueConstraint(
            "user_id",
            "plugin_id",
            "kind",
            "currency",
            "robot_version",
            name=op.f("uq_trading_accounts_user_id_plugin_id_kind_currency_robot_version"),
        ),
    )
    with op.batch_alter_table("trading_accounts", schema=None) as batch_op:
        batch_op.create_index(
            "ix_trading_accounts_plugin_id_kind", ["plugin_id", "kind"], unique=False
        )

    op.create_table(
        "user_performance_metrics",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("plugin_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("currency", sa.String(length=5), nullable=False),
        sa.Column("metric_date", sa.Date(), nullable=False),
        sa.Column("metric_type", sa.String(length=10), nullable=False),
        sa.Column("trade_count", sa.Integer(), nullable=False),
        sa.Column("win_count", sa.Integer(), nullable=False),
        sa.Column("loss_count", sa.Integer(), nullable=False),
        sa.Column("total_pnl", sa.Numeric(15, 2), nullable=False),
        sa.Column("win_rate", sa.Numeric(5, 2), nullable=True),
        sa.Column("profit_factor", sa.Numeric(10, 4), nullable=True),
        sa.Column("sharpe_ratio", sa.Numeric(10, 4), nullable=True),
        sa.Column("max_drawdown", sa.Numeric(10, 4), nullable=True),
        sa.Column("avg_trade_size", sa.Numeric(15, 2), nullable=True),
        sa.Column("best_trade_pnl", sa.Numeric(15, 2), nullable=True),
        sa.Column("worst_trade_pnl", sa.Numeric(15, 2), nullable=True),
        sa.Column("gross_profit", sa.Numeric(15, 2), nullable=False),
        sa.Column("gross_loss", sa.Numeric(15, 2), nullable=False),
        sa.Column("sortino_ratio", sa.Numeric(10, 4), nullable=True),
        sa.Column("exposure_ratio", sa.Double(), nullable=True),
        sa.Column("max_drawdown_amount", sa.Numeric(15, 2), nullable=False),
        sa.Column("return_ratio", sa.Double(), nullable=True),
        sa.Column("equity_close", sa.Numeric(15, 2), nullable=True),
        sa.Column("day_count", sa.Integer(), nullable=False),
        sa.Column("return_lower_bound", sa.Double(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "metric_type IN ('daily', 'weekly', 'monthly', 'all_time')",
            name=op.f("ck_user_performance_metrics_metric_type"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_user_performance_metrics_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_performance_metrics")),
        sa.UniqueConstraint(
            "user_id",
            "plugin_id",
            "metric_type",
            "kind",
            "currency",
            "metric_date",
            name="uq_user_performance_metrics_contract",
        ),
    )
    with op.batch_alter_table("user_performance_metrics", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_user_performance_metrics_metric_type"), ["metric_type"], unique=False
        )
        batch_op.create_index(
            batch_op.f(
                "ix_user_performance_metrics_user_id_user_performance_metrics_plugin_id_user_performance_metrics_metric_date"
            ),
            ["user_id", "plugin_id", "metric_date"],
            unique=False,
        )

    op.create_table(
        "user_plugin_access",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("plugin_id", sa.String(length=64), nullable=False),
        sa.Column("access_level", sa.String(length=10), nullable=False),
        sa.Column("purchased_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "access_level IN ('full', 'limited', 'demo')",
            name=op.f("ck_user_plugin_access_access_level"),
        ),
        sa.ForeignKeyConstraint(
            ["plugin_id"], ["plugins.id"], name=op.f("fk_user_plugin_access_plugin_id_plugins")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_user_plugin_access_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_plugin_access")),
        sa.UniqueConstraint(
            "user_id", "plugin_id", name=op.f("uq_user_plugin_access_user_id_plugin_id")
        ),
    )
    with op.batch_alter_table("user_plugin_access", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_user_plugin_access_plugin_id"), ["plugin_id"], unique=False
        )

    op.create_table(
        "account_days",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=5), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("plugin_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("is_ranked", sa.Boolean(), nullable=False),
        sa.Column("trade_count", sa.Integer(), nullable=False),
        sa.Column("win_count", sa.Integer(), nullable=False),
        sa.Column("loss_count", sa.Integer(), nullable=False),
        sa.Column("gross_profit", sa.BigInteger(), nullable=False),
        sa.Column("gross_loss", sa.BigInteger(), nullable=False),
        sa.Column("best", sa.BigInteger(), nullable=True),
        sa.Column("worst", sa.BigInteger(), nullable=True),
        sa.Column("entry_notional", sa.BigInteger(), nullable=False),
        sa.Column("fees", sa.BigInteger(), nullable=False),
        sa.Column("realized", sa.BigInteger(), nullable=False),
        sa.Column("mark_change", sa.BigInteger(), nullable=False),
        sa.Column("flows", sa.BigInteger(), nullable=False),
        sa.Column("opening", sa.BigInteger(), nullable=False),
        sa.Column("open_delta", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["trading_accounts.id"],
            name=op.f("fk_account_days_account_id_trading_accounts"),
        ),
        sa.PrimaryKeyConstraint("account_id", "currency", "day", name=op.f("pk_account_days")),
    )
    with op.batch_alter_table("account_days", schema=None) as batch_op:
        batch_op.create_index(
            "ix_account_days_plugin_id_kind_currency_day",
            ["plugin_id", "kind", "currency", "day"],
            unique=False,
        )
        batch_op.create_index("ix_account_days_user_id_day", ["user_id", "day"], unique=False)

    op.create_table(
        "account_performance_metrics",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("currency", sa.String(length=5), nullable=False),
        sa.Column("metric_date", sa.Date(), nullable=False),
        sa.Column("metric_type", sa.String(length=10), nullable=False),
        sa.Column("trade_count", sa.Integer(), nullable=False),
        sa.Column("win_count", sa.Integer(), nullable=False),
        sa.Column("loss_count", sa.Integer(), nullable=False),
        sa.Column("total_pnl", sa.Numeric(15, 2), nullable=False),
        sa.Column("win_rate", sa.Numeric(5, 2), nullable=True),
        sa.Column("profit_factor", sa.Numeric(10, 4), nullable=True),
        sa.Column("sharpe_ratio", sa.Numeric(10, 4), nullable=True),
        sa.Column("max_drawdown", sa.Numeric(10, 4), nullable=True),
        sa.Column("avg_trade_size", sa.Numeric(15, 2), nullable=True),
        sa.Column("best_trade_pnl", sa.Numeric(15, 2), nullable=True),
        sa.Column("worst_trade_pnl", sa.Numeric(15, 2), nullable=True),
        sa.Column("gross_profit", sa.Numeric(15, 2), nullable=False),
        sa.Column("gross_loss", sa.Numeric(15, 2), nullable=False),
        sa.Column("sortino_ratio", sa.Numeric(10, 4), nullable=True),
        sa.Column("exposure_ratio", sa.Double(), nullable=True),
        sa.Column("max_drawdown_amount", sa.Numeric(15, 2), nullable=False),
        sa.Column("return_ratio", sa.Double(), nullable=True),
        sa.Column("equity_close", sa.Numeric(15, 2), nullable=True),
        sa.Column("day_count", sa.Integer(), nullable=False),
        sa.Column("return_lower_bound", sa.Double(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "metric_type IN ('daily', 'weekly', 'monthly', 'all_time')",
            name=op.f("ck_account_performance_metrics_metric_type"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["trading_accounts.id"],
            name=op.f("fk_account_performance_metrics_account_id_trading_accounts"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_performance_metrics")),
        sa.UniqueConstraint(
            "account_id",
            "metric_type",
            "kind",
            "currency",
            "metric_date",
            name="uq_account_performance_metrics_contract",
        ),
    )
    with op.batch_alter_table("account_performance_metrics", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f(
                "ix_account_performance_metrics_metric_type_account_performance_metrics_metric_date"
            ),
            ["metric_type", "metric_date"],
            unique=False,
        )

    op.create_table(
        "imports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("plugin_id", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("file_hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("next_row", sa.Integer(), nullable=False),
        sa.Column("created_count", sa.Integer(), nullable=False),
        sa.Column("duplicate_count", sa.Integer(), nullable=False),
        sa.Column("refused_count", sa.Integer(), nullable=False),
        sa.Column("refusals", sa.JSON(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["trading_accounts.id"],
            name=op.f("fk_imports_account_id_trading_accounts"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_imports_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )
    with op.batch_alter_table("imports", schema=None) as batch_op:
        batch_op.create_index(
            "ix_imports_user_id_created_at", ["user_id", "created_at"], unique=False
        )

    op.create_table(
        "ledger_events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("occurred_at", sa.String(length=27), nullable=False),
        sa.Column("received_at", sa.String(length=27), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("external_id", sa.String(length=128), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "kind IN ('intent', 'fill', 'fee', 'cash_flow', 'mark', 'corporate_action', 'prediction', 'outcome', 'correction', 'tombstone')",
            name=op.f("ck_ledger_events_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["trading_accounts.id"],
            name=op.f("fk_ledger_events_account_id_trading_accounts"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_events")),
        sa.UniqueConstraint(
            "account_id", "external_id", name=op.f("uq_ledger_events_account_id_external_id")
        ),
        sa.UniqueConstraint("account_id", "seq", name=op.f("uq_ledger_events_account_id_seq")),
    )
    with op.batch_alter_table("ledger_events", schema=None) as batch_op:
        batch_op.create_index(
            "ix_ledger_events_account_id_occurred_at",
            ["account_id", "occurred_at", "seq"],
            unique=False,
        )
        batch_op.create_index(
            "ix_ledger_events_replacing",
            ["account_id"],
            unique=False,
            sqlite_where=sa.text("kind IN ('correction', 'tombstone')"),
            postgresql_where=sa.text("kind IN ('correction', 'tombstone')"),
        )

    op.create_table(
        "performance_alarms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("scope_id", sa.Integer(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["scope_id"],
            ["performance_scopes.id"],
            name=op.f("fk_performance_alarms_scope_id_performance_scopes"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_performance_alarms")),
    )
    with op.batch_alter_table("performance_alarms", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_performance_alarms_created_at"), ["created_at"], unique=False
        )

    op.create_table(
        "trades",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("instrument_id", sa.Integer(), nullable=False),
        sa.Column("direction", sa.String(length=5), nullable=False),
        sa.Column("qty", sa.BigInteger(), nullable=False),
        sa.Column("entry_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("exit_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entry_price", sa.BigInteger(), nullable=False),
        sa.Column("exit_price", sa.BigInteger(), nullable=False),
        sa.Column("gross_pnl", sa.BigInteger(), nullable=False),
        sa.Column("fees", sa.BigInteger(), nullable=False),
        sa.Column("net_pnl", sa.BigInteger(), nullable=False),
        sa.Column("entry_notional", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=5), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=False),
        sa.Column("open_seq", sa.Integer(), nullable=False),
        sa.Column("close_seq", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["trading_accounts.id"],
            name=op.f("fk_trades_account_id_trading_accounts"),
        ),
        sa.ForeignKeyConstraint(
            ["instrument_id"], ["instruments.id"], name=op.f("fk_trades_instrument_id_instruments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trades")),
        sa.UniqueConstraint(
            "account_id",
            "instrument_id",
            "open_seq",
            "close_seq",
            name=op.f("uq_trades_account_id_instrument_id_open_seq_close_seq"),
        ),
    )
    with op.batch_alter_table("trades", schema=None) as batch_op:
        batch_op.create_index(
            "ix_trades_account_id_closed_on", ["account_id", "closed_on"], unique=False
        )

    op.create_table(
        "transactions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("subscription_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("provider_ref", sa.String(length=200), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscriptions.id"],
            name=op.f("fk_transactions_subscription_id_subscriptions"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_transactions_user_id_users")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transactions")),
        sa.UniqueConstraint("provider_ref", name=op.f("uq_transactions_provider_ref")),
    )
    with op.batch_alter_table("transactions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_transactions_user_id"), ["user_id"], unique=False)

    op.create_table(
        "import_contents",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["imports.id"], name=op.f("fk_import_contents_import_id_imports")
        ),
        sa.PrimaryKeyConstraint("import_id", name=op.f("pk_import_contents")),
    )
    op.create_table(
        "ledger_personal_texts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["ledger_events.id"],
            name=op.f("fk_ledger_personal_texts_event_id_ledger_events"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_personal_texts")),
        sa.UniqueConstraint(
            "event_id", "field", name=op.f("uq_ledger_personal_texts_event_id_field")
        ),
    )
    create_triggers()


def downgrade() -> None:
    """Take back."""
    op.drop_table("ledger_personal_texts")
    op.drop_table("import_contents")
    with op.batch_alter_table("transactions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_transactions_user_id"))

    op.drop_table("transactions")
    with op.batch_alter_table("trades", schema=None) as batch_op:
        batch_op.drop_index("ix_trades_account_id_closed_on")

    op.drop_table("trades")
    with op.batch_alter_table("performance_alarms", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_performance_alarms_created_at"))

    op.drop_table("performance_alarms")
    with op.batch_alter_table("ledger_events", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_ledger_events_replacing",
            sqlite_where=sa.text("kind IN ('correction', 'tombstone')"),
            postgresql_where=sa.text("kind IN ('correction', 'tombstone')"),
        )
        batch_op.drop_index("ix_ledger_events_account_id_occurred_at")

    op.drop_table("ledger_events")
    with op.batch_alter_table("imports", schema=None) as batch_op:
        batch_op.drop_index("ix_imports_user_id_created_at")

    op.drop_table("imports")
    with op.batch_alter_table("account_performance_metrics", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f(
                "ix_account_performance_metrics_metric_type_account_performance_metrics_metric_date"
            )
        )

    op.drop_table("account_performance_metrics")
    with op.batch_alter_table("account_days", schema=None) as batch_op:
        batch_op.drop_index("ix_account_days_user_id_day")
        batch_op.drop_index("ix_account_days_plugin_id_kind_currency_day")

    op.drop_table("account_days")
    with op.batch_alter_table("user_plugin_access", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_user_plugin_access_plugin_id"))

    op.drop_table("user_plugin_access")
    with op.batch_alter_table("user_performance_metrics", schema=None) as batch_op:
        batch_op.drop_index(
            batch_op.f(
                "ix_user_performance_metrics_user_id_user_performance_metrics_plugin_id_user_performance_metrics_metric_date"
            )
        )
        batch_op.drop_index(batch_op.f("ix_user_performance_metrics_metric_type"))

    op.drop_table("user_performance_metrics")
    with op.batch_alter_table("trading_accounts", schema=None) as batch_op:
        batch_op.drop_index("ix_trading_accounts_plugin_id_kind")

    op.drop_table("trading_accounts")
    with op.batch_alter_table("subscriptions", schema=None) as batch_op:
        batch_op.drop_index("ix_subscriptions_user_id_started_at")

    op.drop_table("subscriptions")
    with op.batch_alter_table("site_members", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_site_members_user_id"))

    op.drop_table("site_members")
    with op.batch_alter_table("performance_scopes", schema=None) as batch_op:
        batch_op.drop_index("uq_performance_scopes_identity")
        batch_op.drop_index("ix_performance_scopes_calendar_as_of")
        batch_op.drop_index("ix_performance_scopes_account_id")

    op.drop_table("performance_scopes")
    op.drop_table("bars")
    with op.batch_alter_table("api_keys", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_api_keys_user_id"))

    op.drop_table("api_keys")
    op.drop_table("users")
    with op.batch_alter_table("used_tokens", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_used_tokens_expires_at"))

    op.drop_table("used_tokens")
    op.drop_table("sites")
    op.drop_table("robot_performance_metrics")
    op.drop_table("plugins")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_state_available_at")

    op.drop_table("outbox")
    with op.batch_alter_table("instruments", schema=None) as batch_op:
        batch_op.drop_index("uq_instruments_symbol_asset_class")

    op.drop_table("instruments")
    op.drop_table("connect_codes")
    op.drop_table("clock_ticks")
    drop_functions()
