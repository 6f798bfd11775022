"""What robots trade is what the market keeps up to date."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.billing import service as billing
from app.core import clock
from app.core.db import db, transaction
from app.ledger import service as ledger
from app.market import service as market
from app.market.models import MarketSubscription
from app.quant.simulation.terms import Terms
from app.robots import service
from app.robots.models import RobotDeployment
from app.robots.schemas.running import DeploymentIn
from app.robots.service import paper


def wanted():
    ids = db.session.scalars(db.select(MarketSubscription.instrument_id)).all()
    return sorted(each.symbol for each in market.instruments_by_id(ids).values())


@pytest.fixture
def deployed(app, member):
    app.config["ALPACA_KEY_ID"] = "key"
    with transaction():
        service.sync_catalogue()
        user_id = member("owner@example.test")
        billing.subscribe(user_id, "premium", source="operator")
    return {
        symbol: service.deploy(
            user_id,
            DeploymentIn(
                plugin_id="ma_cross",
                symbols=[symbol],
                parameters={"fast": 2, "slow": 4, "short": True},
                terms=Terms.model_validate({"cash": 100_000}),
            ),
        ).id
        for symbol in ("SPY", "QQQ")
    }


def test_the_symbols_of_active_deployments_are_wanted_and_those_of_paused_ones_no_more(deployed):
    paper.run_due()
    paper.run_due()
    assert wanted() == ["QQQ", "SPY"]
    with transaction():
        db.session.get(RobotDeployment, deployed["QQQ"]).state = "paused"
    paper.run_due()
    assert wanted() == ["SPY"]


@pytest.mark.parametrize("is_known_as_share", [False, True])
def test_what_is_brought_in_as_something_else_than_a_share_is_traded_on(
    app, member, monkeypatch, is_known_as_share
):
    """A coin with a plain name, started before its bars were brought in as those of a coin."""
    saturday = datetime(2026, 5, 2, 10, 0, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: saturday)
    with transaction():
        service.sync_catalogue()
        user_id = member(tier="premium")
        if is_known_as_share:
            market.get_instrument("MYCOIN")
    given = {"plugin_id": "ma_cross", "symbols": ["MYCOIN"], "timeframe": "M1"}
    fast = {"parameters": {"fast": 2, "slow": 4, "short": True}}
    made = service.deploy(user_id, DeploymentIn.model_validate(given | fast))
    assert paper.run_due() == 0
    assert wanted() == (["MYCOIN"] if is_known_as_share else [])
    lines = ["opened_at,open,high,low,close,volume"]
    for number in range(40):
        at, price = saturday + timedelta(minutes=number), 100 + (number * number * 7) % 23
        lines.append(f"{at:%Y-%m-%dT%H:%M}Z,{price},{price + 2},{price - 2},{price + 1},9000")
    monkeypatch.setattr(clock, "now", lambda: saturday + timedelta(minutes=42))
    target = market.Target("MYCOIN", "M1", asset_class="crypto")
    assert market.import_file(lines, target)[1].created == 40
    assert paper.run_due() == 1
    paper.run_batch("M1", "MYCOIN", made.id, made.id)
    after = service.get_deployment(user_id, made.id)
    assert (after.state, after.reason) == ("active", None)
    assert after.watermark == saturday + timedelta(minutes=40)
    trades = ledger.list_trades(user_id).items
    assert len(trades) > 5
    assert {each.exit_at.date() for each in trades} == {saturday.date()}
    assert ledger.verify() is None
