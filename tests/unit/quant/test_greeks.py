"""Prices and Greeks against QuantLib, against central differences and against what must hold."""

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.quant.greeks import (
    Market,
    Terms,
    american,
    european_value,
    european_volatility,
    implied_forward,
    implied_rate,
)
from app.quant.greeks.normal import cdf
from tests.factories.options import (
    SPOT,
    american_deltas_on_a_grid,
    american_prices,
    european_by_quantlib,
    sample,
)

COUNT = 5_000


def test_the_tail_of_the_normal_distribution_is_right_in_its_own_digits():
    for x in (-37.0, -20.0, -8.0, -5.0, -1.0, 0.0, 0.3, 4.0, 9.0):
        exact = 0.5 * math.erfc(-x / math.sqrt(2))
        assert cdf(np.array([x]))[0] == pytest.approx(exact, rel=3e-13)


def test_european_greeks_agree_with_quantlib_on_five_thousand_contracts():
    chosen = sample(COUNT, 1)
    ours = european_value(chosen.market, chosen.terms, chosen.volatility)
    theirs = european_by_quantlib(chosen)
    for name, one, other in zip(ours._fields, ours, theirs, strict=True):
        assert np.abs(one - other).max() < 1e-8, name


def test_american_deltas_agree_with_quantlib_on_five_thousand_contracts():
    chosen = sample(COUNT, 2)
    ours = american.value(chosen.market, chosen.terms, chosen.volatility)
    deltas = american_deltas_on_a_grid(chosen)
    # Near the price at which exercising is right a grid blurs: there QuantLib's integral judges.
    apart = np.flatnonzero(np.abs(ours.delta - deltas) > 0.002)
    assert len(apart) < COUNT / 10
    unclear = _part(chosen, apart)
    higher, lower = (american_prices(unclear, spot) for spot in (100.05, 99.95))
    deltas[apart] = (higher - lower) / 0.1
    assert np.abs(ours.delta - deltas).max() < 0.005


def test_american_prices_agree_with_quantlib():
    chosen = sample(600, 3)
    ours = american.value(chosen.market, chosen.terms, chosen.volatility)
    assert np.abs(ours.price - american_prices(chosen)).max() < 0.005  # of 100


@pytest.mark.parametrize("dividend", [0.0, 3e-5])
def test_calls_where_interest_is_below_zero_agree_with_quantlib(dividend):
    chosen = sample(400, 6)
    dice = np.random.default_rng(6)
    deep = np.round(SPOT * np.exp(dice.uniform(-2, 0.5, 400)), 1)
    chosen = chosen._replace(
        market=Market(chosen.market.spot, dice.uniform(-0.02, 0, 400), np.full(400, dividend)),
        terms=Terms(deep, chosen.terms.years, np.ones(400, bool)),
    )
    ours, prices = american.value(*chosen[:3]), american_prices(chosen)
    assert np.abs(ours.price - prices).max() < 0.001  # of 100
    assert np.abs(ours.delta - american_deltas_on_a_grid(chosen)).max() < 0.005
    assert (prices - european_value(*chosen[:3]).price).max() > 0.5, "early exercise is worth it"


def _part(chosen, at):
    return chosen._replace(
        market=Market._make(each[at] for each in chosen.market),
        terms=Terms._make(each[at] for each in chosen.terms),
        volatility=chosen.volatility[at],
        days=chosen.days[at],
    )


def test_a_volatility_comes_back_wherever_the_price_tells_it():
    chosen = sample(20_000, 4)
    found = european_value(chosen.market, chosen.terms, chosen.volatility)
    back = european_volatility(chosen.market, chosen.terms, found.price)
    answered = np.isfinite(back)
    assert np.abs(back - chosen.volatility)[answered].max() < 1e-8
    # There is no answer only where 1e-8 of volatility moves the price by less than its last digits.
    last_digit = 2.0**-52 * np.maximum(np.abs(found.price), 100.0 + chosen.terms.strike)
    assert (found.vega[~answered] * 100 * 1e-8 < 4 * last_digit[~answered]).all()
    assert answered.mean() > 0.9


def test_a_volatility_comes_back_at_the_ends_of_the_range():
    strikes = np.array([1.0, 20.0, 99.9, 100.0, 100.1, 700.0, 5_000.0])
    for years, volatility in ((1 / 365 / 24, 0.6), (1e-2, 0.02), (5.0, 3.0), (30.0, 0.5)):
        terms = Terms(strikes, years, strikes > 100)
        price = european_value(Market(100.0, 0.03), terms, volatility).price
        back = european_volatility(Market(100.0, 0.03), terms, price)
        answered = np.isfinite(back)
        assert answered[3]
        assert np.abs(back[answered] - volatility).max() < 1e-8


def test_a_price_that_tells_no_volatility_has_none():
    market = Market(100.0, 0.05, 0.0)
    floor = 100 - 80 * math.exp(-0.05)
    for price in (floor, floor - 1, 100.0, 120.0, 0.0, -1.0, math.nan, math.inf):
        assert np.isnan(european_volatility(market, Terms(80.0, 1.0, True), price)[0])
    assert np.isnan(european_volatility(market, Terms(80.0, 0.0, True), 20.0)[0])
    assert np.isnan(american.implied_volatility(market, Terms(120.0, 1.0, False), 20.0)[0])


@pytest.mark.parametrize(
    ("rate", "dividend", "years"),
    [(0.04, 0.01, 0.02), (0.01, 0.05, 1.5), (0.05, 0.0, 0.5), (0.03, 0.3, 0.1), (-0.01, 0.02, 2.0)],
)
def test_strikes_of_one_expiry_share_their_boundary_and_lose_nothing_by_it(rate, dividend, years):
    strikes = np.repeat(np.linspace(60, 160, 21), 2)
    smile = 0.15 + 0.8 * np.abs(np.log(strikes / 100))
    market, terms = Market(100.0, rate, dividend), Terms(strikes, years, np.arange(42) % 2 == 0)
    together = american.value(market, terms, smile)
    alone = [
        american.value(market, Terms(*(each[at : at + 1] for each in columns)), smile[at])
        for columns in [np.broadcast_arrays(*terms)]
        for at in range(42)
    ]
    for name, limit in {"price": 2e-4, "delta": 2e-5, "gamma": 2e-4, "theta": 2e-5}.items():
        single = np.array([getattr(each, name)[0] for each in alone])
        assert np.abs(getattr(together, name) - single).max() < limit, name
    back = american.implied_volatility(market, terms, together.price)
    told = together.vega > 0.01
    assert np.abs(back - smile)[told].max() < 1e-4


def test_an_american_volatility_comes_back():
    chosen = sample(600, 5)
    found = american.value(chosen.market, chosen.terms, chosen.volatility)
    back = american.implied_volatility(chosen.market, chosen.terms, found.price)
    told = found.vega > 1e-3
    assert np.isfinite(back[told]).all()
    again = american.value(chosen.market, chosen.terms, back).price
    assert np.abs(again - found.price)[told].max() < 1e-4
    assert np.abs(back - chosen.volatility)[found.vega > 0.05].max() < 1e-4


@pytest.mark.parametrize("model", [european_value, american.value])
def test_at_expiry_and_without_chance_only_what_is_inside_is_left(model):
    strikes = np.array([80.0, 120.0, 80.0, 120.0])
    terms = Terms(strikes, 0.0, np.array([True, True, False, False]))
    found = model(Market(100.0, 0.05, 0.02), terms, 0.3)
    assert found.price.tolist() == [20.0, 0.0, 0.0, 20.0]
    assert found.delta.tolist() == [1.0, 0.0, 0.0, -1.0]
    assert not np.concatenate([found.gamma, found.theta, found.vega, found.rho]).any()
    still = european_value(Market(100.0, 0.05), Terms(80.0, 1.0, True), 0.0)
    assert still.price[0] == pytest.approx(100 - 80 * math.exp(-0.05))


@pytest.mark.parametrize(
    ("spot", "strike", "years", "volatility"),
    [(0, 1, 1, 0.2), (-5, 1, 1, 0.2), (1, 0, 1, 0.2), (1, 1, -1, 0.2), (1, 1, 1, -0.2), (1, 1, 1, math.nan)],
)  # fmt: skip
def test_nonsense_has_no_answer(spot, strike, years, volatility):
    for model in (european_value, american.value):
        found = model(Market(spot), Terms(strike, years, True), volatility)
        assert np.isnan(np.array(found)).all()


prices = st.floats(5, 500)
lives = st.floats(0.003, 3)
swings = st.floats(0.05, 1.5)
rates = st.floats(-0.02, 0.12)
yields = st.floats(0, 0.1)
LAW = settings(max_examples=40, deadline=None)


def _both(spot, strike, years, vol, rate, dividend, *, model=european_value):
    return model(Market(spot, rate, dividend), Terms(strike, years, np.array([True, False])), vol)


@LAW
@given(prices, prices, lives, swings, rates, yields)
def test_call_less_put_is_the_forward_less_the_strike(spot, strike, years, vol, rate, dividend):
    call, put = _both(spot, strike, years, vol, rate, dividend).price
    held, owed = spot * math.exp(-dividend * years), strike * math.exp(-rate * years)
    assert call - put == pytest.approx(held - owed, abs=1e-9 * (spot + strike))


@LAW
@given(prices, prices, lives, swings, rates, yields)
def test_prices_stay_within_their_bounds(spot, strike, years, vol, rate, dividend):
    held, owed = spot * math.exp(-dividend * years), strike * math.exp(-rate * years)
    slack = 1e-9 * (spot + strike)
    call, put = _both(spot, strike, years, vol, rate, dividend).price
    assert max(held - owed, 0) - slack <= call <= held + slack
    assert max(owed - held, 0) - slack <= put <= owed + slack


@LAW
@given(prices, lives, swings, rates, yields)
def test_prices_are_monotone_and_convex_in_the_strike(spot, years, vol, rate, dividend):
    strikes = spot * np.linspace(0.5, 2.0, 61)
    for is_call, model in (
        (True, european_value),
        (False, european_value),
        (False, american.value),
    ):
        price = model(Market(spot, rate, dividend), Terms(strikes, years, is_call), vol).price
        steps = np.diff(price) * (-1 if is_call else 1)
        assert (steps >= -(1e-9 if model is european_value else 1e-4) * spot).all()
        # The boundary is a polynomial: right to about 3e-5 of the price.
        assert (np.diff(price, 2) >= -(1e-9 if model is european_value else 1e-4) * spot).all()


@LAW
@given(prices, prices, lives, swings, rates, yields)
@example(43.0, 5.0, 1.0, 1.0, -0.015625, 0.0)  # paying later costs more
@example(73.0, 5.0, 1.0, 0.5, 0.0, 1e-09)  # next to no dividends
@example(60.0, 73.0, 1.0, 0.05, -0.02, -0.03)  # right between two boundaries alone
def test_an_american_option_is_worth_at_least_the_european(
    spot, strike, years, vol, rate, dividend
):
    european = _both(spot, strike, years, vol, rate, dividend)
    found = _both(spot, strike, years, vol, rate, dividend, model=american.value)
    assert (found.price >= european.price - 1e-12 * spot).all()
    assert (found.price >= np.maximum([spot - strike, strike - spot], 0) - 1e-12 * spot).all()
    assert (np.abs(found.delta) <= 1.02).all()


@LAW
@given(prices, st.floats(0.6, 1.6), st.floats(0.05, 3), st.floats(0.1, 1.5), rates, yields)
def test_greeks_are_the_slopes_of_the_price(spot, ratio, years, vol, rate, dividend):
    strike = spot * ratio

    def price(up=0.0, later=0.0, wilder=0.0, dearer=0.0):
        return _both(spot + up, strike, years - later, vol + wilder, rate + dearer, dividend).price

    found = _both(spot, strike, years, vol, rate, dividend)
    e = spot * 1e-4
    delta = (price(up=e) - price(up=-e)) / (2 * e)
    gamma = (price(up=e) - 2 * price() + price(up=-e)) / e**2
    theta = (price(later=1e-6) - price(later=-1e-6)) / 2e-6 / 365
    vega = (price(wilder=1e-5) - price(wilder=-1e-5)) / 2e-5 / 100
    rho = (price(dearer=1e-5) - price(dearer=-1e-5)) / 2e-5 / 100
    for one, other, unit in zip(found[1:], (delta, gamma, theta, vega, rho), (1, 1 / spot, spot, spot, spot), strict=True):  # fmt: skip
        assert one == pytest.approx(other, rel=1e-4, abs=3e-6 * unit)


@pytest.mark.parametrize("is_call", [True, False])
def test_american_theta_vega_and_rho_are_the_slopes_of_the_price(is_call):
    market, years, vol = Market(100.0, 0.05, 0.04), 0.7, 0.3
    terms = Terms(np.array([85.0, 100.0, 115.0]), years, is_call)
    found = american.value(market, terms, vol)
    later = american.value(market, terms._replace(years=years - 1 / 365), vol).price
    wilder = american.value(market, terms, vol + 0.01).price
    dearer = american.value(market._replace(rate=0.06), terms, vol).price
    assert found.theta == pytest.approx(later - found.price, abs=6e-4)
    assert found.vega == pytest.approx(wilder - found.price, rel=0.02)
    assert found.rho == pytest.approx(dearer - found.price, rel=0.1)


def test_calls_and_puts_tell_the_forward_and_the_interest():
    strikes = np.linspace(60, 140, 17)
    market = Market(100.0, 0.03, 0.01)
    calls, puts = (
        european_value(market, Terms(strikes, 0.5, is_call), 0.2).price for is_call in (True, False)
    )
    calls[3] = np.nan  # a bad quote
    calls[8] += 4  # a wrong one
    told = implied_forward(strikes, calls, puts, 0.5, 0.03)
    assert told.forward == pytest.approx(100 * math.exp(0.01), rel=1e-9)
    assert implied_rate(strikes, calls, puts, 0.5, 0.99) == pytest.approx(0.03, abs=1e-9)
    nobody = implied_forward(strikes, calls * np.nan, puts, 0.5, 0.03)
    assert np.isnan(nobody.forward)
    assert nobody.pairs == 0
    assert implied_rate(strikes[:3], calls[:3], puts[:3], 0.5, 0.02) == 0.02
    assert Market.from_forward(100.0, told.forward, 0.5, 0.03).dividend_yield == pytest.approx(0.01)
