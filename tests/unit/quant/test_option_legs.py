"""Positions of several legs: payoff, breakevens, extremes, chance, Greeks, what-if, rolls."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.quant import payoff
from app.quant.greeks import Market, Terms, american, european_value
from app.quant.legs import Leg, Scenario, cost, net, profit, project, roll, worth

YEARS = 30 / 365
LAW = settings(max_examples=60, deadline=None)


def call(quantity, strike, price, years=YEARS, **more):
    return Leg("call", quantity, price, strike, years, 0.25, **more)


def put(quantity, strike, price, years=YEARS, **more):
    return Leg("put", quantity, price, strike, years, 0.25, **more)


def stock(quantity, price):
    return Leg("stock", quantity, price, multiplier=1)


CONDOR = [put(1, 85, 0.4), put(-1, 90, 1.1), call(-1, 110, 1.0), call(1, 115, 0.3)]


@pytest.mark.req("S2-82", "S2-83")
@pytest.mark.parametrize(
    ("legs", "breakevens", "gain", "loss"),
    [
        ([call(1, 100, 3)], [103], math.inf, 300),
        ([call(-1, 100, 3)], [103], 300, math.inf),
        ([put(1, 100, 3)], [97], 9_700, 300),
        ([put(-2, 100, 3)], [97], 600, 19_400),
        ([call(1, 100, 5), call(-1, 110, 2)], [103], 700, 300),
        ([call(1, 100, 3), put(1, 100, 2)], [95, 105], math.inf, 500),
        ([call(-1, 100, 3), put(-1, 100, 2)], [95, 105], 500, math.inf),
        (CONDOR, [88.6, 111.4], 140, 360),
        ([stock(100, 95), call(-1, 100, 2)], [93], 700, 9_300),
        ([stock(-100, 95)], [95], 9_500, math.inf),
        ([call(1, 95, 8), call(-2, 100, 4), call(1, 105, 1)], [96, 104], 400, 100),
        ([call(1, 100, 3), call(-2, 110, 1)], [101, 119], 900, math.inf),
    ],
)
def test_payoffs_of_known_strategies(legs, breakevens, gain, loss):
    assert payoff.breakevens(legs) == pytest.approx(breakevens)
    found = payoff.outcome(legs)
    assert found.most_gain == pytest.approx(gain)
    assert found.most_loss == pytest.approx(loss)


def test_a_position_that_cannot_lose_says_so():
    # A box: worth ten at expiry wherever the price is, bought for nine.
    box = [call(1, 90, 12), call(-1, 100, 5), put(1, 100, 4), put(-1, 90, 2)]
    assert payoff.breakevens(box) == []
    assert payoff.outcome(box) == pytest.approx((100, 0))
    assert payoff.chance_of_profit(box, 95, 0.2, YEARS) == pytest.approx(1)


def test_a_stretch_of_nothing_breaks_even_at_its_ends():
    free = [call(1, 100, 3), call(-1, 110, 3)]
    assert payoff.breakevens(free) == [100]
    assert payoff.outcome(free) == pytest.approx((1_000, 0))


legs_of = st.lists(
    st.builds(
        lambda kind, quantity, strike, price: (
            stock(quantity * 100, strike)
            if kind == "stock"
            else Leg(kind, quantity, price, strike, YEARS, 0.3)
        ),
        st.sampled_from(["call", "put", "stock"]),
        st.integers(-5, 5).filter(bool),
        st.integers(50, 150).map(float),
        st.integers(0, 400).map(lambda cents: cents / 8),
    ),
    min_size=1,
    max_size=5,
)


@LAW
@given(legs_of)
def test_breakevens_are_where_the_sign_changes_and_extremes_bound_the_curve(legs):
    points = payoff.breakevens(legs)
    curve = payoff.at_expiry(legs, np.linspace(0, 2_000, 4_001))
    found = payoff.outcome(legs)
    assert curve.max() <= found.most_gain + 1e-6
    assert curve.min() >= -found.most_loss - 1e-6
    assert np.abs(payoff.at_expiry(legs, np.array(points))).max(initial=0) < 1e-5
    edges = [0.0, *points, 4_000.0]
    for low, high in pairwise(edges):
        inside = payoff.at_expiry(legs, np.linspace(low, high, 9)[1:-1])
        assert (inside > -1e-5).all() or (inside < 1e-5).all()


@pytest.mark.req("S2-84")
@LAW
@given(legs_of)
def test_the_chance_of_profit_is_that_of_a_simulation(legs):
    dice = np.random.default_rng(1).standard_normal(20_000)
    spread = 0.3 * math.sqrt(YEARS)
    ends = 100 * np.exp(spread * dice - spread * spread / 2)
    simulated = (payoff.at_expiry(legs, ends) > 1e-7).mean()
    assert payoff.chance_of_profit(legs, 100, 0.3, YEARS) == pytest.approx(simulated, abs=0.02)


def test_no_chance_is_told_without_a_volatility():
    assert payoff.chance_of_profit(CONDOR, 100, math.nan, YEARS) is None
    assert payoff.chance_of_profit(CONDOR, 100, 0.2, 0) is None


def test_a_calendar_is_valued_at_its_first_expiry():
    legs = [
        call(-1, 100, 2.8, is_american=False),
        call(1, 100, 5.6, years=3 * YEARS, is_american=False),
    ]
    low, high = payoff.breakevens(legs)
    assert low < 100 < high
    for spot in (low, high):
        later = european_value(Market(spot), Terms(100.0, 2 * YEARS, True), 0.25).price[0]
        assert later - max(spot - 100, 0) == pytest.approx(2.8, abs=1e-9)
    assert payoff.outcome(legs).most_loss == pytest.approx(280, abs=1)
    assert 0 < payoff.chance_of_profit(legs, 100, 0.25, YEARS) < 1


@pytest.mark.req("S2-78", "S2-79", "S2-80", "S2-81")
def test_net_greeks_are_the_sums_of_the_legs():
    found = net([*CONDOR, stock(50, 100)], 100.0)
    expected = np.zeros(6)
    for leg in CONDOR:
        one = american.value(
            Market(100.0), Terms(leg.strike, leg.years, leg.kind == "call"), leg.volatility
        )
        expected += 100 * leg.quantity * np.array(one).ravel()
    assert found.delta[0] == pytest.approx(expected[1] + 50)
    assert [each[0] for each in found[2:]] == pytest.approx(expected[2:].tolist())
    assert found.price[0] == pytest.approx(expected[0] + 5_000)


def test_what_if_moves_price_days_and_volatility():
    legs = [call(2, 100, 3.0, is_american=False)]
    later = profit(legs, [95.0, 105.0], Scenario(days=10, points=0.05))
    alone = european_value(Market(np.array([95.0, 105.0])), Terms(100.0, 20 / 365, True), 0.30)
    assert later == pytest.approx(200 * (alone.price - 3.0))
    over = worth(legs, [95.0, 105.0], Scenario(days=60))
    assert over.tolist() == [0.0, 1_000.0]
    assert worth([put(1, 100, 1)], [0.0])[0] == 10_000
    assert np.isnan(worth([Leg("call", 1, 1, 100.0, 0.1, math.nan)], [100.0])[0])


@pytest.mark.req("S2-169")
def test_greeks_are_projected_over_time():
    leap = [call(1, 100, 12, years=1.5, rate=0.04)]
    found = project(leap, 100.0, [0, 180, 360, 540])
    assert [each.price for each in found] == sorted((each.price for each in found), reverse=True)
    assert found[0].theta > found[2].theta  # the decay quickens
    assert found[0].vega > found[2].vega
    assert found[1].price == pytest.approx(
        american.value(Market(100.0, 0.04), Terms(100.0, 1.5 - 180 / 365, True), 0.25).price[0]
        * 100
    )


@pytest.mark.req("S2-171")
def test_a_roll_says_what_it_brings():
    old, new = call(-1, 100, 2.0), call(-1, 105, 3.5, years=90 / 365)
    found = roll(old, 4.0, new, 103.0)
    assert found.cash == pytest.approx(-50)  # 400 to close, 350 received
    assert found.days == pytest.approx(60)
    # 200 and 350 received, 400 paid: 150 in hand when the new one is called.
    assert found.breakeven == pytest.approx(106.5)
    assert found.delta > 0  # short less
    longer = roll(put(1, 95, 3.0), 1.0, put(1, 90, 2.0, years=1.0), 100.0)
    assert longer.cash == pytest.approx(-100)
    assert longer.breakeven == pytest.approx(86)  # 300 + 200 paid, 100 received


def test_opening_costs_a_debit_or_brings_a_credit():
    assert cost(CONDOR) == pytest.approx(-140)
    assert cost([stock(100, 95), call(-1, 100, 2)]) == pytest.approx(9_300)
