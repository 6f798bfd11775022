"""What the coach says of Greeks and figures is right, and told word for word."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from app.coach.rules.citing import check
from app.coach.rules.facts import Fact
from app.coach.service import library
from app.quant import legs
from app.quant.greeks import Market, Terms, european_value
from app.quant.levels.key import AREA_SHARE, ATR_BARS, OPENING_MINUTES
from app.quant.patterns import LEVEL
from app.quant.stats import wilson_interval

SPOT = 100.0
STRIKES = np.arange(60.0, 150.0, 5.0)
VOLS = np.array([0.1, 0.2, 0.4, 0.8])
YEARS = np.array([7, 30, 90, 365]) / 365
GRID = np.array([(k, t, v) for k in STRIKES for t in YEARS for v in VOLS])


def value(is_call, *, spot=SPOT, rate=0.04, up=0.0, grid=GRID, days=0.0):
    """Return Greeks over the grid; `up` is added to volatility."""
    strike, years, volatility = grid.T
    terms = Terms(strike, years - days / 365, is_call)
    return european_value(Market(spot, rate), terms, volatility + up)


CALL, PUT = value(True), value(False)
# Where nothing is left to move, a Greek is nothing but rounding.
LIVE = (CALL.gamma > 1e-9) & (CALL.vega > 1e-9)


def says(name, text):
    """Whether a term has a statement that holds a text."""
    (term,) = [one for one in library.terms() if one.name == name]
    return any(text in said for said in term.statements)


@pytest.mark.req("S2-95")
def test_delta():
    assert says("delta", "a delta between 0 and 1, a long put one between -1 and 0")
    assert ((CALL.delta >= 0) & (CALL.delta <= 1)).all()
    assert ((PUT.delta >= -1) & (PUT.delta <= 0)).all()
    # "How much an option's price changes when the underlying rises by 1": to first order.
    step = 0.01
    moved = (value(True, spot=SPOT + step).price - CALL.price) / step
    assert moved == pytest.approx(CALL.delta, abs=0.01)


@pytest.mark.req("S2-95")
def test_gamma():
    assert says("gamma", "Long options have a gamma above zero, calls and puts alike")
    assert (CALL.gamma[LIVE] > 0).all()
    assert CALL.gamma == pytest.approx(PUT.gamma)
    step = 0.01
    assert (value(True, spot=SPOT + step).delta - CALL.delta) / step == pytest.approx(
        CALL.gamma, abs=0.01
    )
    # "Largest near the money and grows there as expiry comes near."
    at = [value(True, grid=np.array([(100.0, t, 0.2)])).gamma[0] for t in YEARS]
    assert at == sorted(at, reverse=True)
    month = value(True, grid=np.array([(k, 30 / 365, 0.2) for k in STRIKES])).gamma
    assert STRIKES[month.argmax()] == 100


@pytest.mark.req("S2-95")
def test_theta_and_its_exception():
    assert says("theta", "their theta is below zero")
    assert (CALL.theta[LIVE] < 0).all()
    no_interest = value(False, rate=0.0)
    assert (no_interest.theta[LIVE] < 0).all()
    assert says("theta", "a European put deep in the money while interest is above zero")
    above = PUT.theta > 0
    assert above.any()
    assert (GRID[above, 0] > SPOT).all()
    # "With each calendar day that passes": the price a day later.
    long = GRID[:, 1] > 0.2
    change = value(True, days=1).price - CALL.price
    assert change[long] == pytest.approx(CALL.theta[long], abs=2e-3)


@pytest.mark.req("S2-95")
def test_vega():
    assert says("vega", "Long options have a vega above zero, calls and puts alike")
    assert (CALL.vega[LIVE] > 0).all()
    assert CALL.vega == pytest.approx(PUT.vega)
    assert says("vega", "rises by one point, such as from 20 % to 21 %")
    assert value(False, up=0.0001).price - PUT.price == pytest.approx(PUT.vega / 100, abs=1e-4)
    at = [value(True, grid=np.array([(100.0, t, 0.2)])).vega[0] for t in YEARS]
    assert at == sorted(at)  # "grows with the time to expiry"


@pytest.mark.req("S2-95")
def test_rho():
    assert says("rho", "A long call has a rho above zero, a long put one below zero")
    assert (CALL.rho[LIVE] > 0).all()
    assert (PUT.rho[LIVE] < 0).all()
    moved = value(True, rate=0.0401).price - CALL.price
    assert moved == pytest.approx(CALL.rho / 100, abs=1e-4)


@pytest.mark.req("S2-95")
def test_implied_volatility_rises_with_the_price():
    assert says(
        "implied volatility", "A higher price of the same option means a higher implied volatility"
    )
    for is_call in (True, False):
        prices = [value(is_call, up=up).price for up in (0.0, 0.01, 0.02)]
        assert (prices[1][LIVE] > prices[0][LIVE]).all()
        assert (prices[2][LIVE] > prices[1][LIVE]).all()


@pytest.mark.req("S2-95")
@pytest.mark.parametrize("name", ["delta", "gamma", "theta", "vega", "rho"])
def test_a_short_position_turns_the_sign(name):
    (term,) = [one for one in library.terms() if one.name == name]
    assert any("short" in said for said in term.statements)
    for kind, sign in (("call", 1), ("put", {"delta": -1, "rho": -1}.get(name, 1))):
        terms = {"strike": 100.0, "years": 0.25, "volatility": 0.2, "is_american": False}
        long, short = (
            getattr(legs.net([legs.Leg(kind, qty, 3.0, **terms)], SPOT), name)[0] for qty in (1, -1)
        )
        assert short == pytest.approx(-long)
        # As the statements say: theta of what is held is below zero, the others by call and put.
        assert long * sign * (-1 if name == "theta" else 1) > 0


def test_numbers_in_other_terms_are_those_of_the_code():
    from app.quant.indicator_settings import MODELS

    assert says("atr", f"over {ATR_BARS} bars")
    assert MODELS["rsi"]().period == 14
    assert says("rsi", "over 14 bars")
    macd = MODELS["macd"]()
    assert says("macd", f"{macd.fast} and {macd.slow} bars")
    assert says("macd", f"over {macd.signal} bars")
    assert says("bollinger bands", f"average of {MODELS['bollinger']().period} bars")
    assert says("opening range", f"first {OPENING_MINUTES} minutes")
    assert says("point of control", f"holds {AREA_SHARE:.0%}".replace("%", " %"))
    assert says("permutation test", f"below {LEVEL:.0%}".replace("%", " %"))
    low, high = wilson_interval(5, 10)
    assert 0 < low < 0.5 < high < 1


def test_every_term_is_found_by_each_of_its_names():
    names = [name for term in library.terms() for name in term.all_names]
    assert len(names) == len(set(names))
    for term in library.terms():
        for name in term.all_names:
            assert library.find_terms(f"What does {name} mean?")[0] == term, name
    assert not library.find_terms("What is a flibbertigibbet?")


def test_a_longer_name_hides_the_shorter_one_in_it():
    assert [one.name for one in library.find_terms("what is implied volatility")] == [
        "implied volatility"
    ]
    both = library.find_terms("difference between delta and gamma")
    assert {one.name for one in both} == {"delta", "gamma"}


def test_the_documentation_is_found_by_its_words():
    first = library.search("what is a tombstone")[0]
    assert first.document == "glossary.md"
    assert first.text.startswith("tombstone:")
    assert any("expected_best_sharpe" in one.text for one in library.search("expected best sharpe"))
    assert library.search("zzzz qqqq") == []
    assert len(library.passages()) > 150
    assert all("\n" not in one.text and "|" not in one.text[:1] for one in library.passages())


# --- Told word for word ---

VEGA = next(one for one in library.terms() if one.name == "vega").statements[0]
FACT = Fact("1.1", "vega", VEGA, "statement", source="What vega means here")


@pytest.mark.parametrize(
    "text", [VEGA, f"Well.\n{VEGA}", f"- {VEGA}\n- More.", f"Ok. {VEGA} Right."]
)
def test_a_statement_stands_with_its_numbers(text):
    checked = check(text, [FACT])
    assert checked.text == text
    assert not checked.removed


@pytest.mark.parametrize(
    "text",
    [
        VEGA.replace("21", "25"),
        f"It is wrong that {VEGA}",
        f"Not so: {VEGA}",
        VEGA.replace("rises", "falls"),
        VEGA[:-1] + " or 99 %.",
        "Vega of 20 % to 21 %.",
    ],
)
def test_a_statement_that_is_changed_or_turned_round_does_not(text):
    assert check(text, [FACT]).removed


def test_a_fact_that_is_no_statement_is_never_told_word_for_word():
    note = FACT._replace(unit="text")
    assert check(VEGA, [note]).removed


def test_a_statement_gives_its_word_to_no_other_number():
    trade = Fact("1.1", "trade", "A trade is a round trip.", "statement")
    price = Fact("2.price", "price", Decimal("200.10"), "price", "SPY")
    assert not check("Before your next trade, SPY is at 200.10.", [trade, price]).removed
