"""What a symbol's form says."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.market.rules import default_form, read_symbol


@pytest.mark.parametrize(
    ("symbol", "asset_class", "multiplier", "currency", "venue"),
    [
        ("AAPL", "equity", 1, "USD", "XNYS"),
        ("BRK.B", "equity", 1, "USD", "XNYS"),
        ("BRK/B", "equity", 1, "USD", "XNYS"),
        ("/ESZ6", "future", 50, "USD", "CMES"),
        ("/MESH26", "future", 5, "USD", "CMES"),
        ("ES1!", "future", 50, "USD", "CMES"),
        ("/ZZZ1!", "future", 1, "USD", "CMES"),
        ("BTC/USD", "crypto", 1, "USD", "24/7"),
        ("BTC-USD", "crypto", 1, "USD", "24/7"),
        ("BTC/USDT", "crypto", 1, "USDT", "24/7"),
        ("BTCUSD", "crypto", 1, "USD", "24/7"),
        ("BTCEUR", "crypto", 1, "EUR", "24/7"),
        ("DOGEUSDT", "crypto", 1, "USDT", "24/7"),
        ("EURUSD", "forex", 1, "USD", "24/7"),
        ("ZZZUSD", "equity", 1, "USD", "XNYS"),
        ("USD", "equity", 1, "USD", "XNYS"),
        ("BTC", "equity", 1, "USD", "XNYS"),
        ("EUR/USD", "forex", 1, "USD", "24/7"),
        ("USD/JPY", "forex", 1, "JPY", "24/7"),
        ("UAL   260417C00110000", "option", 100, "USD", "XNYS"),
        ("SPXW", "index", 1, "USD", "XNYS"),
        ("SPXW260417P05000000", "option", 100, "USD", "XNYS"),
        ("^SPX", "index", 1, "USD", "XNYS"),
    ],
)
def test_the_form_of_a_symbol_says_what_it_is(symbol, asset_class, multiplier, currency, venue):
    form = read_symbol(symbol)
    assert form[:4] == (asset_class, Decimal(multiplier), currency, venue)


@pytest.mark.parametrize(
    "symbol",
    ["", " ", "aapl", "A B", "AAPL;DROP", "<B>", "../ETC", "=A1", "A" * 13, "AAPL\n", "\x00", "$X",
     "UAL 260417C0011000", "/", "1!", "\u0410"],
)  # fmt: skip
def test_what_has_no_form_is_no_symbol(symbol):
    assert read_symbol(symbol) is None


def test_what_has_no_telling_form_is_an_assumed_equity():
    assert read_symbol("ZZZZ").is_assumed
    assert not read_symbol("BTC/USD").is_assumed


def test_a_told_asset_class_wins_over_the_form():
    form = default_form("BTC", "crypto")
    assert (form.asset_class, form.venue, form.is_assumed) == ("crypto", "24/7", True)
    assert default_form("AAPL", "option").multiplier == 100
    assert default_form("<", "equity") is None
