"""What questions ask for, without a model."""

from __future__ import annotations

import pytest

from app.coach.rules.intents import Intent, candidates, read


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("Where's PDH for SPX?", Intent("levels", ("pdh",))),
        ("What's the ATR?", Intent("levels", ("atr",))),
        ("Show me pre-market high and low", Intent("levels", ("pmh", "pml"))),
        ("show me premarket high and low of spy", Intent("levels", ("pmh", "pml"))),
        ("Where was yesterday\u2019s close?", Intent("levels", ("pdc",))),
        ("Is VWAP above R1 on QQQ?", Intent("levels", ("r1", "vwap"))),
        ("Which supports does SPY have?", Intent("levels", ("s1", "s2", "s3"))),
        ("What is SPY trading at?", Intent("price")),
        ("Is the market open?", Intent("status")),
        ("When does the market close?", Intent("status")),
        ("What's my win rate?", Intent("performance", ("win_rate",))),
        ("How am I doing?", Intent("performance")),
        ("What are my positions?", Intent("positions")),
        ("Show my last trades", Intent("trades")),
        ("What does ATR mean?", Intent("term")),
        ("Sing me a song", Intent("unknown")),
    ],
)
def test_what_a_question_asks_for(question, wanted):
    assert read(question) == wanted


def test_what_may_be_a_symbol_comes_the_likeliest_first():
    assert candidates("Is btc/usd above BRK.B? 100") == ["BRK.B", "BTC/USD"]
    assert candidates("show all key levels of it now on SPY") == ["SPY"]
    assert candidates("price of $now") == ["NOW"]
    assert candidates("How is Apple doing?") == ["AAPL", "APPLE"]
    assert candidates("WHAT IS THE ATR OF SPY") == ["SPY"]
