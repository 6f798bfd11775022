"""What robots trade is what the market keeps up to date."""

from __future__ import annotations

import pytest

from app.billing import service as billing
from app.core.db import db, transaction
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
