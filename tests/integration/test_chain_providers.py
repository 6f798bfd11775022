"""Option chains of Alpaca and Massive through their own SDKs, against a fake of both."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from app.core import clock
from app.market import service as market
from tests.fakes.market_data import ALPACA_KEYS, MASSIVE_KEY, market_data

NOW = datetime(2025, 12, 1, 15, 0, 30, tzinfo=UTC)


def contract(strike, right="C", root="SPY", **given):
    usual = {"bid": 1.2, "ask": 1.25, "last": 1.22, "volume": 7, "interest": 40, "iv": 0.2}
    return usual | {"delta": 0.5, "name": f"{root}260116{right}{strike * 1000:08d}"} | given


@pytest.fixture(params=["alpaca", "massive"])
def fake(request, app, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with market_data() as found:
        app.config.update(
            MARKET_PROVIDERS=request.param,
            ALPACA_KEY_ID=ALPACA_KEYS[0],
            ALPACA_SECRET_KEY=ALPACA_KEYS[1],
            ALPACA_DATA_URL=found.url,
            MASSIVE_API_KEY=MASSIVE_KEY,
            MASSIVE_URL=found.url,
        )
        found.page, found.name = 2, request.param
        yield found


@pytest.mark.req("S2-76", "S2-77")
def test_a_chain_comes_in_by_pages_and_is_kept_once(app, fake):
    fake.options["SPY"] = [
        contract(100, "P", iv=None),
        contract(100),
        contract(105, bid=0, last=None, volume=None),
        contract(95, root="SPY1"),  # adjusted: another thing
        contract(90),
    ]
    run = app.test_cli_runner()
    for _ in range(2):
        done = run.invoke(args=["market", "fetch-chain", "spy"])
        assert done.output == f"SPY: 4 contracts from {fake.name}\n"
    assert len(fake.requests) == 6
    found = market.valued_chain("SPY")
    assert (found.source, found.as_of) == (fake.name, NOW.replace(second=0))
    by = {(each.strike, each.right): each for each in found.quotes}
    assert list(by) == [(90, "C"), (100, "C"), (100, "P"), (105, "C")]
    call, put = by[100, "C"], by[100, "P"]
    assert (call.expiry, call.bid, call.ask) == (date(2026, 1, 16), Decimal("1.2"), Decimal("1.25"))
    assert (call.greeks_from, call.delta, put.greeks_from) == ("published", 0.5, "quote")
    assert by[105, "C"].faults == ["zero_bid"]
    assert call.open_interest == (40 if fake.name == "massive" else None)


def test_a_busy_provider_is_asked_again_and_a_dead_one_is_told(app, fake):
    fake.options["SPY"] = [contract(100)]
    fake.faults = [("status", 429, {"Retry-After": "0"})]
    assert market.fetch_chain("SPY") == (fake.name, 1)
    fake.faults = [("status", 403)]
    done = app.test_cli_runner().invoke(args=["market", "fetch-chain", "SPY"])
    assert done.exit_code == 2
    assert "Nobody gives options on SPY" in done.output
    assert "fake" not in done.output
    fake.options.clear()
    done = app.test_cli_runner().invoke(args=["market", "fetch-chain", "SPY"])
    assert "has no contracts" in done.output
