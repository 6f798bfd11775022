"""Option contracts over the whole range that is traded, and QuantLib's answers for them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import QuantLib as ql  # noqa: N813 - as its own documents name it

from app.quant.greeks import Greeks, Market, Terms

SPOT = 100.0


class Sample(NamedTuple):
    market: Market
    terms: Terms
    volatility: np.ndarray
    days: np.ndarray


def sample(count: int, seed: int) -> Sample:
    """Return random contracts: 1 day to 3 years, half to double the price, 5 to 120 % volatility."""
    dice = np.random.default_rng(seed)
    days = dice.integers(1, 1096, count)
    strike = np.round(SPOT * np.exp(dice.uniform(-0.6, 0.6, count)), 1)
    market = Market(
        np.full(count, SPOT), dice.uniform(-0.01, 0.1, count), dice.uniform(0, 0.08, count)
    )
    return Sample(
        market,
        Terms(strike, days / 365, dice.random(count) < 0.5),
        dice.uniform(0.05, 1.2, count),
        days,
    )


def _process(
    rate: float, dividend: float, volatility: float, spot: float
) -> ql.BlackScholesMertonProcess:
    today, count = ql.Settings.instance().evaluationDate, ql.Actual365Fixed()
    return ql.BlackScholesMertonProcess(
        ql.QuoteHandle(ql.SimpleQuote(spot)),
        ql.YieldTermStructureHandle(ql.FlatForward(today, float(dividend), count)),
        ql.YieldTermStructureHandle(ql.FlatForward(today, float(rate), count)),
        ql.BlackVolTermStructureHandle(
            ql.BlackConstantVol(today, ql.NullCalendar(), float(volatility), count)
        ),
    )


def _rows(chosen: Sample, spot: float = SPOT):
    today = ql.Date(1, 6, 2026)
    ql.Settings.instance().evaluationDate = today
    columns = (*chosen.market[1:], *chosen.terms[::2], chosen.volatility, chosen.days)
    for rate, dividend, strike, is_call, volatility, days in zip(*columns, strict=True):
        kind = ql.Option.Call if is_call else ql.Option.Put
        process = _process(rate, dividend, volatility, spot)
        yield ql.PlainVanillaPayoff(kind, float(strike)), process, today, today + int(days)


def european_by_quantlib(chosen: Sample, spot: float = SPOT) -> Greeks:
    """Return prices and Greeks by QuantLib's analytic engine, in our units."""
    found = []
    for payoff, process, _, last in _rows(chosen, spot):
        option = ql.VanillaOption(payoff, ql.EuropeanExercise(last))
        option.setPricingEngine(ql.AnalyticEuropeanEngine(process))
        parts = (option.NPV(), option.delta(), option.gamma(), option.theta() / 365)
        found.append((*parts, option.vega() / 100, option.rho() / 100))
    return Greeks(*np.array(found).T)


def american_deltas_on_a_grid(chosen: Sample, spot: float = SPOT) -> np.ndarray:
    """Return deltas by QuantLib's finite differences."""
    found = []
    for payoff, process, today, last in _rows(chosen, spot):
        option = ql.VanillaOption(payoff, ql.AmericanExercise(today, last))
        option.setPricingEngine(ql.FdBlackScholesVanillaEngine(process, 40, 120))
        found.append((option.NPV(), option.delta()))
    return np.array(found)[:, 1]


def american_prices(chosen: Sample, spot: float = SPOT) -> np.ndarray:
    """Return prices by QuantLib's engine of highest precision."""
    found = []
    scheme = ql.QdFpAmericanEngine.accurateScheme()
    for payoff, process, today, last in _rows(chosen, spot):
        option = ql.VanillaOption(payoff, ql.AmericanExercise(today, last))
        option.setPricingEngine(ql.QdFpAmericanEngine(process, scheme))
        found.append(option.NPV())
    return np.array(found)
