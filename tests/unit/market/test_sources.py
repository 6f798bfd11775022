"""Who has bars of what, and what the invented market puts in the place of real symbols."""

import pytest

from app.market.rules import read_symbol
from app.market.rules.simulated import BY_SYMBOL
from app.market.rules.sources import INVENTED, KINDS, gives, stand_ins


@pytest.mark.parametrize(
    ("provider", "symbol", "expected"),
    [
        ("alpaca", "SPY", True),
        ("alpaca", "BTC/USD", True),
        ("alpaca", "BTC-USD", False),
        ("alpaca", "BTCUSD", False),
        ("alpaca", "EUR/USD", False),
        ("alpaca", "^SPX", False),
        ("massive", "BTC-USD", True),
        ("massive", "EURUSD", True),
        ("massive", "^SPX", True),
        ("massive", "/ESZ6", False),
        ("nobody", "SPY", False),
    ],
)
def test_a_provider_is_asked_only_for_names_that_it_knows(provider, symbol, expected):
    assert gives(provider, symbol, read_symbol(symbol).asset_class) == expected


def test_each_share_has_a_stand_in_of_its_own_and_what_has_none_spoils_the_lot():
    shares = [(symbol, "equity") for symbol in ("SPY", "QQQ", "IWM")]
    assert stand_ins(shares) == ["SIMULATED-A", "SIMULATED-B", "SIMULATED-C"]
    assert stand_ins([*shares, ("IBM", "equity")]) == []
    assert stand_ins([("BTC/USD", "crypto"), ("SPY", "equity")]) == ["SIMUL/USD", "SIMULATED-A"]
    pairs = [("BTC/USD", "crypto"), ("BTC-USD", "crypto")]
    assert stand_ins(pairs) == ["SIMUL/USD", "SIMUL-USD"]
    assert stand_ins([pairs[0], ("BTCEUR/USD", "crypto")]) == []


def test_the_names_are_those_of_the_invented_market():
    assert set(BY_SYMBOL) >= INVENTED
    assert set(KINDS) == {"alpaca", "massive"}
