"""Migrations: numbered, one head, up, down, up on both engines, and the models match."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from app.core.cli import alembic_config
from app.core.db import db, transaction

ROOT = Path(__file__).resolve().parents[2]
CONTRACT_TABLES = {
    "users", "user_plugin_access", "user_performance_metrics", "plugins", "subscriptions",
    "transactions", "user_trading_accounts",
}  # fmt: skip


def test_numbers_run_without_a_gap_and_the_head_file_agrees():
    files = sorted((ROOT / "migrations" / "versions").glob("*.py"))
    numbers = [re.match(r"(\d{4})_[a-z0-9_]+\.py$", path.name)[1] for path in files]
    assert numbers == [f"{number:04d}" for number in range(1, len(files) + 1)]
    assert (ROOT / "migrations" / "HEAD").read_text().strip() == numbers[-1]


def test_migrations_import_no_models():
    for path in (ROOT / "migrations" / "versions").glob("*.py"):
        assert not re.search(r"^\s*(from|import) app\b", path.read_text(), re.MULTILINE), path.name


def test_up_down_up_and_the_models_match_the_head(engine_app):
    db.session.remove()
    config = alembic_config()
    head = ScriptDirectory.from_config(config).get_current_head()
    command.downgrade(config, "base")
    left = set(inspect(db.engine).get_table_names()) - {"alembic_version"}
    assert left == set()
    command.upgrade(config, "head")
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert context.get_current_revision() == head
        assert compare_metadata(context, db.metadata) == []


def test_who_ended_mails_about_limits_wants_none_about_near_ones_either(app, member):
    users = member("ann@example.test"), member("bob@example.test")
    with transaction():
        db.session.execute(
            text("INSERT INTO mail_preferences VALUES (:user, 'limit_reached', FALSE, :at)"),
            {"user": users[0], "at": "2026-11-20 12:00:00.000000"},
        )
    db.session.remove()
    for move, to in ((command.downgrade, "0044"), (command.upgrade, "head")):
        move(alembic_config(), to)
    rows = db.session.execute(text("SELECT user_id, topic FROM mail_preferences ORDER BY topic"))
    assert rows.all() == [(users[0], "limit_near"), (users[0], "limit_reached")]


@pytest.mark.req("S4-29", "S4-31", "S4-102")
def test_the_tables_of_the_contract_are_there(engine_app):
    inspector = inspect(db.engine)
    assert set(inspector.get_table_names()) >= CONTRACT_TABLES
    users = {column["name"] for column in inspector.get_columns("users")}
    assert users >= {
        "email", "username", "password_hash", "subscription_tier", "subscription_status",
        "subscription_start_date", "subscription_end_date",
    }  # fmt: skip


@pytest.mark.req("S4-17")
def test_the_metric_table_is_as_given(engine_app):
    inspector = inspect(db.engine)
    columns = {
        column["name"]: column for column in inspector.get_columns("user_performance_metrics")
    }
    assert set(columns) >= {
        "id", "user_id", "plugin_id", "metric_date", "metric_type", "trade_count", "win_count",
        "loss_count", "total_pnl", "win_rate", "profit_factor", "sharpe_ratio", "max_drawdown",
        "avg_trade_size", "best_trade_pnl", "worst_trade_pnl", "created_at", "updated_at",
    }  # fmt: skip
    sizes = {
        name: (columns[name]["type"].precision, columns[name]["type"].scale)
        for name in ("total_pnl", "win_rate", "profit_factor", "sharpe_ratio", "max_drawdown")
    }
    assert sizes == {
        "total_pnl": (15, 2), "win_rate": (5, 2), "profit_factor": (10, 4),
        "sharpe_ratio": (10, 4), "max_drawdown": (10, 4),
    }  # fmt: skip
    unique = inspector.get_unique_constraints("user_performance_metrics")
    assert any(
        set(one["column_names"])
        == {"user_id", "plugin_id", "metric_date", "metric_type", "kind", "currency"}
        for one in unique
    )
    indexes = [one["column_names"] for one in inspector.get_indexes("user_performance_metrics")]
    assert ["user_id", "plugin_id", "metric_date"] in indexes
    assert ["metric_type"] in indexes


@pytest.mark.req("S4-30")
def test_the_tier_of_a_user_follows_the_newest_subscription(engine_app, member):
    """C18: the subscription is the only truth; a trigger of the database copies it."""
    user_id = member()

    def tier():
        with db.engine.connect() as connection:
            return tuple(
                connection.execute(
                    text("SELECT subscription_tier, subscription_status FROM users WHERE id = :i"),
                    {"i": user_id},
                ).one()
            )

    def subscribe(plan, status, day):
        with transaction():
            db.session.execute(
                text(
                    "INSERT INTO subscriptions (user_id, tier, status, source, started_at, created_at)"
                    " VALUES (:u, :t, :s, 'test', :d, :d)"
                ),
                {"u": user_id, "t": plan, "s": status, "d": f"2026-01-{day:02d} 00:00:00"},
            )

    assert tier() == ("free", "active")
    subscribe("low", "active", 2)
    assert tier() == ("low", "active")
    subscribe("premium", "cancelled", 3)
    assert tier() == ("premium", "cancelled")
    subscribe("mid", "expired", 1)  # an older one arriving late changes nothing
    assert tier() == ("premium", "cancelled")
    with transaction():
        db.session.execute(text("DELETE FROM subscriptions"))
    assert tier() == ("free", "active")


@pytest.mark.parametrize(
    "statement", ["UPDATE ledger_events SET body = '{}'", "DELETE FROM ledger_events"]
)
def test_the_database_itself_refuses_to_change_an_event(engine_app, member, statement):
    user_id = member()
    with transaction():
        db.session.execute(
            text(
                "INSERT INTO trading_accounts (id, user_id, plugin_id, robot_version, kind, name, "
                "currency, is_ranked, is_simulated, is_backfilled, head_seq, head_hash, "
                "derived_seq, positions, created_at) VALUES (1, :u, 'p', '', 'journal', 'n', 'USD', "
                ":f, :f, :f, 1, 'h', 0, '{}', '2026-01-01 00:00:00')"
            ),
            {"u": user_id, "f": False},
        )
        db.session.execute(
            text(
                "INSERT INTO ledger_events (account_id, seq, kind, occurred_at, received_at, source,"
                " external_id, body, prev_hash, hash) VALUES (1, 1, 'fill', '', '', '', 'a', '{}', '', '')"
            )
        )
    with pytest.raises(Exception, match="append-only"), transaction():
        db.session.execute(text(statement))
