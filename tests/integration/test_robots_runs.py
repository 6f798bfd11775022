"""Backtests as jobs: done, cut, cancelled, wrong files told, trades as CSV."""

import random
from datetime import date
from decimal import Decimal

import pytest

from app.core.db import db, transaction
from app.core.outbox import OutboxRow
from app.ledger import service as ledger
from app.ledger.models import LedgerEvent
from app.market import service as market
from app.robots import service
from app.robots.models import RobotRunFile
from app.robots.schemas.running import RunIn
from app.robots.service import work
from tests.cuts import run_forked

HEADER = "session,open,high,low,close,volume"


def bars(count=200, start=date(2024, 1, 2)):
    days = market.calendar("XNYS").between(start.toordinal(), start.toordinal() + 2 * count)
    rows = [HEADER]
    for at, day in enumerate(days[:count]):
        price = 100 + (at * at * 7) % 23 - at % 11
        rows.append(f"{date.fromordinal(day)},{price},{price + 2},{price - 2},{price + 1},1000")
    return "\n".join(rows)


@pytest.fixture
def run(request, member):
    request.getfixturevalue("engine_app" if "engine_app" in request.fixturenames else "app")
    with transaction():
        service.sync_catalogue()
    user_id = member()

    def start(text=None, **given):
        asked = RunIn(
            plugin_id="ma_cross",
            files={"SWING": text or bars()},
            parameters={"fast": 2, "slow": 4, "short": True},
            **given,
        )
        return user_id, service.start_run(user_id, asked).id

    return start


def fills_of(account_id):
    return db.session.query(LedgerEvent).filter_by(account_id=account_id, kind="fill").count()


def test_a_run_is_done_with_its_result_and_its_record(engine_app, run):
    user_id, run_id = run()
    work.run_backtest_job(run_id)
    found = service.get_run(user_id, run_id)
    assert (found.state, found.progress, found.error) == ("done", 1.0, None)
    result = found.result
    assert result.metrics.trade_count == len(result.trades) > 20
    assert result.metrics.sharpe_interval.low < result.metrics.sharpe_ratio
    assert len(result.days) == 200
    assert result.days[-1].equity == result.metrics.equity_close
    assert [month.month for month in result.months][:2] == ["2024-01", "2024-02"]
    assert len(result.candles["SWING"]) == 200
    account = ledger.get_account(user_id, found.account_id)
    assert (account.kind, account.robot_version) == ("backtest", result.version)
    assert fills_of(account.id) >= 2 * len(result.trades)
    assert db.session.query(RobotRunFile).count() == 0
    before = fills_of(account.id)
    work.run_backtest_job(run_id)
    assert fills_of(account.id) == before
    lines = service.run_trades_csv(user_id, run_id).splitlines()
    assert len(lines) == len(result.trades) + 2
    assert lines[0].startswith("symbol,direction,entry_at")
    paid = dict(zip(lines[0].split(","), lines[-1].split(","), strict=True))
    costs = result.costs
    assert paid["symbol"] == "TOTAL"
    assert [Decimal(paid[name]) for name in ("fees", "spread", "slippage", "borrow")] == [
        costs.commission, costs.spread, costs.slippage, costs.borrow,
    ]  # fmt: skip
    assert ledger.verify() is None


def test_a_wrong_file_is_told_by_symbol_row_and_field(app, run):
    user_id, run_id = run(f"{HEADER}\n2024-01-02,1,2,3,1,5\n")
    work.run_backtest_job(run_id)
    found = service.get_run(user_id, run_id)
    assert found.state == "failed"
    assert "SWING" in found.error
    assert "row 2" in found.error
    assert "high" in found.error


def test_a_run_without_bars_says_so(app, run):
    user_id = run()[0]
    made = service.start_run(user_id, RunIn(plugin_id="ma_cross", symbols=["NOBARS"]))
    work.run_backtest_job(made.id)
    found = service.get_run(user_id, made.id)
    assert (found.state, found.account_id) == ("failed", None)
    assert "NOBARS" in found.error


def test_a_cancelled_run_ends_at_its_next_word(app, run, monkeypatch):
    user_id, run_id = run()
    monkeypatch.setattr(work, "STEP_SECONDS", 0)
    said = []
    report = work.Reporter.__call__

    def cancel(self, done):
        said.append(done)
        service.cancel_run(user_id, run_id)
        report(self, done)

    monkeypatch.setattr(work.Reporter, "__call__", cancel)
    work.run_backtest_job(run_id)
    found = service.get_run(user_id, run_id)
    assert (found.state, found.result, len(said)) == ("cancelled", None, 1)
    assert db.session.query(LedgerEvent).count() == 0


@pytest.mark.faults
def test_a_run_that_is_killed_anywhere_is_there_once(house, run):
    user_id, run_id = run()
    lines, killed = 20_000, 0
    chance = random.Random(7)
    for _ in range(4):
        killed += (
            run_forked(lambda: work.run_backtest_job(run_id), at=chance.randint(1, lines)) is None
        )
    work.run_backtest_job(run_id)
    found = service.get_run(user_id, run_id)
    assert found.state == "done"
    assert killed
    names = [
        name
        for (name,) in db.session.query(LedgerEvent.external_id).filter_by(
            account_id=found.account_id, kind="fill"
        )
    ]
    assert sorted(names, key=lambda name: int(name[1:])) == [
        f"f{number}" for number in range(1, len(names) + 1)
    ]
    assert db.session.query(OutboxRow).filter_by(name="robots.run_backtest").count() == 1
