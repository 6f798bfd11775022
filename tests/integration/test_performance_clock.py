"""What the clock does: sessions end, weeks and months are reconciled."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import select, update

from app.core import outbox
from app.core.db import db, transaction
from app.performance import models, service
from app.performance.service import closing
from tests.factories.performance import make_account, make_day
from workers import performance as jobs
from workers.schedule import SCHEDULE

TUESDAY = date(2025, 3, 4)
BEFORE_CLOSE = datetime(2025, 3, 5, 20, 59, tzinfo=UTC)
AFTER_CLOSE = datetime(2025, 3, 5, 21, 1, tzinfo=UTC)


@pytest.fixture
def account(engine_app, member):
    """Return an account that traded on Tuesday, its figures folded on Wednesday morning."""
    user_id = member()
    with time_machine.travel(BEFORE_CLOSE, tick=False), transaction():
        found = make_account(user_id, starting_balance=Decimal(10_000), opened_on=TUESDAY)
        make_day(found, TUESDAY, "5", "-3", opening=Decimal(10_000))
        service.refold_account(found.id, "USD", TUESDAY.toordinal())
    return found


def close() -> int:
    with transaction():
        return service.close_sessions()


@pytest.mark.req("S4-12")
def test_the_end_of_a_session_counts_as_a_flat_day_once(account):
    assert service.get_metrics(account.user_id, "weekly").metrics.day_count == 1
    with time_machine.travel(BEFORE_CLOSE, tick=False):
        assert close() == 0
    with time_machine.travel(AFTER_CLOSE, tick=False):
        version = service.version(account.user_id)
        assert close() == 4
        assert close() == 0
    assert service.version(account.user_id) == version + 4
    for period in ("weekly", "monthly", "all_time"):
        row = service.get_metrics(account.user_id, period)
        assert (row.as_of, row.metrics.day_count) == (date(2025, 3, 5), 2)
    with time_machine.travel(AFTER_CLOSE, tick=False):
        assert service.reconcile() == 0


@pytest.mark.req("S4-12")
def test_a_week_that_is_over_gains_nothing(account):
    with time_machine.travel(datetime(2025, 4, 30, 22, 0, tzinfo=UTC), tick=False):
        assert close() == 4
        assert service.reconcile() == 0
    row = service.get_metrics(account.user_id, "weekly")
    assert (row.on, row.metrics.day_count) == (date(2025, 3, 3), 4)
    assert service.get_metrics(account.user_id, "monthly").metrics.day_count == 20
    assert service.get_metrics(account.user_id, "all_time").metrics.day_count == 41


@pytest.mark.req("S4-12")
def test_many_scopes_are_closed_in_parts(account, monkeypatch):
    monkeypatch.setattr(closing, "SCOPES_AT_ONCE", 3)
    with time_machine.travel(AFTER_CLOSE, tick=False):
        assert close() == 3
        row = db.session.scalars(
            select(outbox.OutboxRow).where(outbox.OutboxRow.name == "performance.close_sessions")
        ).one()
        with transaction():
            jobs.close_sessions(**row.payload)
        assert close() == 0


@pytest.mark.req("S4-13", "S4-14")
def test_week_and_month_are_in_the_schedule_and_find_no_difference(account):
    planned = {periodic.name: periodic.cron for periodic in SCHEDULE}
    assert planned["performance.reconcile_week"].endswith("* * 0")
    assert planned["performance.reconcile_month"].split()[2] == "1"
    jobs.reconcile_week()
    jobs.reconcile_month()
    assert not db.session.scalars(select(models.PerformanceAlarm)).all()


@pytest.mark.req("S4-13", "S4-14")
@pytest.mark.parametrize("fault", ["figure", "missing", "surplus"])
def test_a_planted_difference_is_alarmed_and_mended(account, fault):
    service.reconcile()
    table = models.UserPerformanceMetric.__table__
    one = (table.c.metric_type == "weekly") & (table.c.plugin_id == "ma_cross")
    right = service.get_metrics(account.user_id, "weekly", plugin_id="ma_cross")
    with transaction():
        if fault == "figure":
            db.session.execute(update(table).where(one).values(total_pnl=Decimal("99.99")))
        elif fault == "missing":
            db.session.execute(table.delete().where(one))
        else:
            values = {"metric_date": date(2025, 2, 24)}
            db.session.execute(update(table).where(one).values(values))
    assert service.reconcile() == 2  # the robot's journal and forward scopes
    alarms = service.list_alarms()
    assert {alarm.kind for alarm in alarms} == {"reconciliation_difference"}
    assert alarms[0].details["examples"][0]["period"] == "weekly"
    mended = service.get_metrics(account.user_id, "weekly", plugin_id="ma_cross")
    assert (mended.on, mended.metrics) == (right.on, right.metrics)
    assert service.reconcile() == 0


def test_what_the_release_before_has_folded_is_made_anew_without_an_alarm(account):
    service.reconcile()
    scopes = models.PerformanceScope.__table__
    heads = db.session.execute(select(scopes.c.id, scopes.c.head)).all()
    with transaction():
        for scope_id, head in heads:
            older = update(scopes).where(scopes.c.id == scope_id)
            db.session.execute(older.values(head=b"\x01" + head[1:]))
    assert service.reconcile() == len(heads)
    assert not service.list_alarms()
    assert service.reconcile() == 0


@pytest.mark.req("S4-13")
def test_a_change_that_waits_for_its_job_is_no_difference(account):
    service.reconcile()
    with transaction():
        make_day(account, TUESDAY, "5", "-3", "8")
        outbox.enqueue(
            "performance.refold_account",
            {"account_id": account.id, "currency": "USD", "from_day": "2025-03-04"},
            key=f"performance.refold:{account.id}:USD",
            coalesce=True,
        )
    assert service.reconcile() == 0
    with transaction():
        jobs.refold_account(account.id, "USD", "2025-03-04")
    assert service.get_metrics(account.user_id, "daily").metrics.trade_count == 3


def test_a_forgotten_scope_is_found_by_the_reconciliation(engine_app, member):
    with transaction():
        lost = make_account(member(), "lost", "paper")
        make_day(lost, TUESDAY, "5")
    assert service.reconcile() == 4
    assert service.get_metrics(lost.user_id, "all_time").metrics.trade_count == 1


def test_the_commands_rebuild_and_reconcile(account, engine_app):
    run = engine_app.test_cli_runner()
    done = run.invoke(args=["performance", "rebuild", "--user", "member@example.test"])
    assert done.output.strip() == "Rebuilt 4 scopes"
    assert run.invoke(args=["performance", "rebuild", "--user", "x@example.test"]).exit_code == 1
    assert run.invoke(args=["performance", "reconcile"]).exit_code == 0
    with transaction():
        db.session.execute(update(models.UserPerformanceMetric).values(win_count=9))
    found = run.invoke(args=["performance", "reconcile"])
    assert (found.exit_code, found.output.strip()) == (1, "4 scopes differed and were mended")


def test_a_backtest_ends_with_its_history(app, market_data):
    """What the command says of a run is what the API says of it, however much later."""
    from app.admin import service as admin

    with transaction():
        user_id = admin.create_user("run@example.test", "free")
    run = app.test_cli_runner().invoke
    bars = str(market_data / "daily" / "SPY.csv")
    given = ["robots", "backtest", "ma_cross", "--bars", bars, "--json"]
    printed = json.loads(run(args=[*given, "--owner", "run@example.test"]).output)
    service.rebuild(user_id)
    row = service.get_metrics(user_id, "all_time", plugin_id="ma_cross", kind="backtest")
    assert row.as_of == date(2021, 3, 31)
    assert float(row.metrics.sharpe_ratio) == round(printed["metrics"]["sharpe_ratio"], 4)
    assert row.metrics.day_count == printed["metrics"]["session_count"]
    assert close() == 0
    assert service.reconcile() == 0
