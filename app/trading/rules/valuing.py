"""What positions are worth and how that moves, from what the market says of them. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from app.core.i18n import gettext
from app.market.schemas.options import ChainAnswer, ExpiryAnswer, Limit, QuoteAnswer
from app.quant import legs as quant
from app.quant import payoff
from app.quant.greeks import DAYS_A_YEAR
from app.quant.legs import NOW, Leg, Scenario
from app.trading.schemas.portfolio import Net, Position, Risk, Total, Underlying

NOTHING = Net(delta=0, delta_money=0, gamma=0, gamma_money=0, theta=0, vega=0, rho=0)
UNKNOWN = Net(
    delta=None, delta_money=None, gamma=None, gamma_money=None, theta=None, vega=None, rho=None
)


class Facts(NamedTuple):
    """A position as far as its value goes."""

    kind: quant.Kind
    qty: float
    multiplier: float
    entry: float
    strike: float = math.nan


def leg_of(facts: Facts, quote: QuoteAnswer | None, expiry: ExpiryAnswer | None) -> Leg:
    """Return a position as a leg; without a quote it has no volatility, and so no answer."""
    if facts.kind == "stock":
        return Leg("stock", facts.qty, facts.entry, multiplier=facts.multiplier)
    volatility = None if quote is None else quote.implied_volatility
    return Leg(
        facts.kind,
        facts.qty,
        facts.entry,
        strike=facts.strike,
        years=math.nan if expiry is None else expiry.days / DAYS_A_YEAR,
        volatility=math.nan if volatility is None else volatility,
        rate=0.0 if expiry is None else expiry.rate,
        dividend_yield=0.0 if expiry is None else expiry.dividend_yield,
        multiplier=facts.multiplier,
    )


def style(leg: Leg, chain: ChainAnswer | None) -> Leg:
    """Return a leg with the style of exercise of its chain."""
    return leg._replace(is_american=chain is None or chain.style == "american")


def net_of(legs: Sequence[Leg], spot: float | None, scenario: Scenario = NOW) -> Net:
    """Return how the money of legs of one underlying moves at its price."""
    if spot is None or not legs:
        return UNKNOWN if legs else NOTHING
    found = quant.net(legs, spot, scenario)
    delta, gamma = _figure(found.delta[0]), _figure(found.gamma[0])
    return Net(
        delta=delta,
        delta_money=None if delta is None else delta * spot,
        gamma=gamma,
        gamma_money=None if gamma is None else gamma * spot * spot / 100,
        theta=_figure(found.theta[0]),
        vega=_figure(found.vega[0]),
        rho=_figure(found.rho[0]),
    )


def published(quote: QuoteAnswer, size: float, spot: float | None) -> Net | None:
    """Return how the money of a contract moves, by the Greeks that its chain gives."""
    figures = (quote.delta, quote.gamma, quote.theta, quote.vega, quote.rho)
    if spot is None or quote.delta is None:
        return None
    delta, gamma, theta, vega, rho = (None if each is None else each * size for each in figures)
    return Net(
        delta=delta,
        delta_money=None if delta is None else delta * spot,
        gamma=gamma,
        gamma_money=None if gamma is None else gamma * spot * spot / 100,
        theta=theta,
        vega=vega,
        rho=rho,
    )


def added(parts: Iterable[Net]) -> Net:
    """Return the sum of what moves; a figure that one of them lacks has no sum."""
    kept = list(parts)

    def total(name: str) -> float | None:
        values = [getattr(each, name) for each in kept]
        return None if None in values else math.fsum(values)

    return Net(**{name: total(name) for name in Net.model_fields})


def is_known(leg: Leg) -> bool:
    """Whether it can be said what a leg is worth elsewhere."""
    return not leg.is_option or not (math.isnan(leg.volatility) or math.isnan(leg.years))


def risk_of(legs: Sequence[Leg], chain: ChainAnswer | None, spot: float | None) -> Risk | None:
    """Return best, worst, breakevens and the chance of profit; None: a leg has no answer."""
    if spot is None or not legs or not all(map(is_known, legs)):
        return None
    best = payoff.outcome(legs)
    first = _first(legs, chain)
    chance = None
    if first is not None and first.forward is not None and first.volatility is not None:
        years = first.days / DAYS_A_YEAR
        chance = payoff.chance_of_profit(legs, first.forward, first.volatility, years)
    return Risk(
        first_expiry=None if first is None else first.expiry,
        max_loss=_limit(best.most_loss),
        max_gain=_limit(best.most_gain),
        breakevens=[round(each, 4) for each in payoff.breakevens(legs)],
        probability_of_profit=chance,
    )


def _first(legs: Sequence[Leg], chain: ChainAnswer | None) -> ExpiryAnswer | None:
    years = payoff.first_expiry(legs)
    if chain is None or not any(leg.is_option for leg in legs):
        return None
    return min(chain.expiries, key=lambda each: abs(each.days / DAYS_A_YEAR - years), default=None)


def _limit(amount: float) -> Limit:
    return Limit(
        amount=None if math.isinf(amount) else round(amount, 2), is_unlimited=math.isinf(amount)
    )


def _figure(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


UNKNOWN = Net(**dict.fromkeys(Net.model_fields))
"""No position has an answer, so their sum has none: nothing is not zero."""


def totals_of(underlyings: Sequence[Underlying]) -> list[Total]:
    """Return the sums of each currency over the positions that have an answer."""
    found = []
    for currency in sorted({each.currency for each in underlyings}):
        own = [one for each in underlyings if each.currency == currency for one in each.positions]
        good = [one for one in own if one.value is not None and one.greeks is not None]
        found.append(
            Total(
                currency=currency,
                positions=len(own),
                left_out=len(own) - len(good),
                value=math.fsum(one.value or 0.0 for one in good) if good else None,
                cost=cost_of(good) if good else None,
                pnl=math.fsum(one.pnl or 0.0 for one in good) if good else None,
                net=added(one.greeks for one in good if one.greeks) if good else UNKNOWN,
            )
        )
    return found


def cost_of(positions: Iterable[Position]) -> float:
    """Return what positions were opened for; below zero: taken in."""
    return float(sum(each.qty * each.multiplier * each.entry_price for each in positions))


def reasons(quote: QuoteAnswer | None, chain: ChainAnswer | None, *, is_over: bool) -> list[str]:
    """Say why a contract has no value, or why it may be off."""
    if is_over:
        return [gettext("It has expired: write down how it ended, by the other side.")]
    if chain is None:
        return [gettext("There is no option chain of the underlying.")]
    if quote is None:
        return [gettext("The chain does not have this contract.")]
    return [chain.fault_texts.get(code, code) for code in quote.faults]
