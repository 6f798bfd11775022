"""Which runs over past bars strangers see: the operator's alone, whatever members do."""

import pytest

from app.core.db import db, transaction
from app.ledger import service as ledger
from app.ledger.models import TradingAccount
from app.ledger.schemas import FillIn

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
