"""With which symbols a robot's form begins, so that nobody waits for bars that never come."""

import re
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from app.core.db import transaction
from app.market import service as market
from app.robots import service as robots
from tests.factories.bars import bars_at, us

WP_USER = 7
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def ask(site, member):
    site.link(WP_USER, member(tier="mid"))
    with transaction():
        robots.sync_catalogue()
    return lambda path: site.get(f"/embed/{path}", wp_user_id=WP_USER, caps=["read"])


@pytest.fixture
def send(site, ask):
    def post(path, fields):
        content, headers = urlencode(fields).encode(), {"Content-Type": FORM}
        return site.post(
            f"/embed/{path}", data=content, headers=headers, wp_user_id=WP_USER, caps=["read"]
        )

    return post


def text(response):
    assert response.status_code == 200, response.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.text))


def symbols_in(html, form):
    return re.search(rf'<input[^>]*id="{form}-symbols"[^>]*?value="([^"]*)"', html)[1]


@pytest.mark.req("S4-72")
def test_nobodys_first_robot_waits_for_bars_that_never_come(ask, send, app):
    """Where no provider is set up it is said, and with the invented market on it trades on that."""
    alone = ask("robot-settings/ma_cross")
    assert symbols_in(alone.text, "settings") == "SPY"
    assert "No provider brings bars of SPY here" in text(alone)
    started = send("deployments", {"plugin_id": "ma_cross", "symbols": "spy", "timeframe": "D1"})
    assert "No provider brings bars of SPY here: it trades on when they come" in text(started)
    assert "no provider brings any" in text(ask("deployments"))
    app.config["MARKET_SIMULATED"] = True
    form = ask("robot-settings/ma_cross")
    assert symbols_in(form.text, "settings") == "SIMULATED-A"
    assert "The form begins with invented ones: SIMULATED-A." in text(form)
    assert symbols_in(ask("robot-settings/momentum_rotation").text, "settings").count("SIMUL") == 3
    assert symbols_in(ask("robot-settings/triangular_arbitrage").text, "settings") == (
        "BTC/USD, BTCEUR/USD"
    ), "two invented prices are no way round"
    assert "SIMUL" not in symbols_in(ask("robot-settings/covered_call").text, "settings")
    app.config["ALPACA_KEY_ID"] = "key"
    own = ask("robot-settings/ma_cross")
    assert symbols_in(own.text, "settings") == "SPY"
    assert "No provider" not in text(own)
    assert "No provider" not in text(ask("deployments"))


def test_the_form_of_a_backtest_begins_with_what_is_stored(ask, app):
    app.config["MARKET_SIMULATED"] = True
    form = ask("backtest-form/ma_cross")
    assert symbols_in(form.text, "test") == "SPY", "invented bars are not there yet either"
    assert "No bars of SPY are stored here: send them as files." in text(form)
    invented = market.simulated_instruments()[0]
    with transaction():
        bar = bars_at([us(datetime(2025, 11, 24, 14, 30, tzinfo=UTC))])
        market.store_bars(invented.id, "D1", bar, "simulated")
    form = ask("backtest-form/ma_cross")
    assert symbols_in(form.text, "test") == "SIMULATED-A"
