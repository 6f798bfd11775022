"""Which runs over past bars strangers see: the operator's alone, whatever members do."""

import json
from decimal import Decimal

import pytest

from app.core import formatters
from app.core.db import db, transaction
from app.ledger import service as ledger
from app.ledger.models import TradingAccount
from app.ledger.schemas import FillIn
from app.performance import service as performance

FILLS = [
    FillIn("b", "2026-05-20T14:00:00Z", "AAPL", "buy", 1, 10),
    FillIn("s", "2026-05-20T15:00:00Z", "AAPL", "sell", 1, 11),
]


@pytest.fixture
def account(engine_app, member):
    """Return a member's own backtest account with a trade."""
    with transaction():
        made = ledger.open_account(member(), "ma_cross", "backtest", robot_version="theirs")
    ledger.record_fills(made.id, FILLS, source="backtest")
    return made.id


def test_a_members_backtest_is_shown_to_nobody_else_whoever_wrote_it(account, engine_app):
    assert ledger.list_published_backtests("ma_cross") == []


def test_fills_that_a_program_calls_a_backtest_publish_nothing(app, client, bearer, member):
    item = {
        "external_id": "b", "executed_at": "2026-05-20T14:00:00Z", "symbol": "AAPL",
        "side": "buy", "qty": "1", "price": "10",
    }  # fmt: skip
    body = {"plugin_id": "ma_cross", "kind": "backtest", "fills": [item]}
    answer = client.post("/api/ledger/fills", json=body, headers=bearer(member()))
    assert answer.json["created"] == 1
    assert db.session.query(TradingAccount).filter_by(kind="backtest").count() == 1
    assert ledger.list_published_backtests() == []


def test_the_operator_publishes_one_and_no_other_kind(account, member):
    ledger.publish_backtest(account)
    assert [each.id for each in ledger.list_published_backtests()] == [account]
    with transaction():
        journal = ledger.open_account(member("other@example.test"), "ma_cross", "journal")
    ledger.publish_backtest(journal.id)
    assert not db.session.get_one(TradingAccount, journal.id).is_published


def test_a_published_run_states_what_spread_and_slippage_took(app, client, tmp_path, member, site):
    with transaction():
        member("operator@example.test")
    rows = ["session,open,high,low,close,volume"]
    rows += [f"2024-0{1 + at // 28}-{1 + at % 28:02d},{p},{p + 1},{p - 1},{p},1000"
             for at in range(80) for p in [100 + (at * at * 7) % 23]]  # fmt: skip
    path = tmp_path / "SPY.csv"
    path.write_text("\n".join(rows) + "\n")
    done = app.test_cli_runner().invoke(args=[
        "robots", "backtest", "ma_cross", "--bars", str(path), "--param", "fast=2", "--param",
        "slow=3", "--spread", "0.002", "--slippage", "0.001", "--commission-per-order", "1",
        "--owner", "operator@example.test", "--json",
    ])  # fmt: skip
    assert done.exit_code == 0, done.output
    costs = json.loads(done.output)["costs"]
    (account,) = ledger.list_published_backtests("ma_cross")
    assert account.modelled_spread == Decimal(costs["spread"]) > 0
    assert account.modelled_slippage == Decimal(costs["slippage"]) > 0
    with transaction():
        performance.refold_account(account.id, "USD", account.opened_on.toordinal())
    page = " ".join(site.get("/embed/robot/ma_cross").text.split())
    total = sum(Decimal(costs[name]) for name in ("spread", "slippage", "commission", "borrow"))
    for amount, words in (
        (total, "with costs of {}"),
        (total, "paid {}: "),
        (account.modelled_spread, "{} of spread"),
        (account.modelled_slippage, "{} of slippage as modelled"),
    ):
        assert words.format(formatters.money(amount)) in page
