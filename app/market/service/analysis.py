"""What a position of options pays, risks and becomes, by the chain it stands on."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from app.core.errors import ValidationError
from app.core.i18n import gettext
from app.market.schemas.options import (
    AnalysisAnswer,
    AnalysisIn,
    ChainAnswer,
    ExpiryAnswer,
    LegAnswer,
    LegIn,
    Limit,
    PositionGreeks,
    ProjectionPoint,
    QuoteAnswer,
    WhatIfAnswer,
)
from app.market.service.chains import number
from app.market.service.options import unknown_expiry, valued_chain

if TYPE_CHECKING:
    from app.quant.greeks import Greeks
    from app.quant.legs import Leg

CURVE_POINTS = 121
_DEVIATIONS = 3.0
_DAYS_A_YEAR = 365


def analyse(asked: AnalysisIn) -> AnalysisAnswer:
    """Return payoff, breakevens, extremes, chance, Greeks and what-if of a position.

    Raises:
        MalformedSymbolError: the text cannot be a symbol.
        NoBarsError: there is no chain of the underlying.
        ValidationError: a leg that the chain does not have; one without a quote and a price.
    """
    # numpy is loaded here: most web processes never ask.
    from app.quant import legs as quant
    from app.quant import payoff

    chain = valued_chain(asked.underlying.strip().upper(), asked, is_published_first=False)
    if chain.price is None:
        raise ValidationError(gettext("The chain tells no price."), field="underlying")
    legs = legs_of(chain, asked.legs)
    first = _first_expiry(chain, asked.legs)
    spot, best = chain.price, payoff.outcome(legs)
    answer = AnalysisAnswer(
        underlying=chain.underlying,
        currency=chain.currency,
        is_simulated=chain.is_simulated,
        as_of=chain.as_of,
        price=spot,
        first_expiry=first.expiry if first else None,
        cost=round(quant.cost(legs), 6),
        legs=[_leg_answer(given, leg, spot) for given, leg in zip(asked.legs, legs, strict=True)],
        greeks=greeks_answer(quant.net(legs, spot)),
        breakevens=[round(each, 6) for each in payoff.breakevens(legs)],
        max_gain=_limit(best.most_gain),
        max_loss=_limit(best.most_loss),
        probability_of_profit=_chance(legs, first),
        curve=_curve(legs, spot, first),
        projection=[
            ProjectionPoint(days=day, greeks=greeks_answer(each))
            for day, each in zip(
                asked.project_days, quant.project(legs, spot, asked.project_days), strict=True
            )
        ],
    )
    if asked.what_if is None:
        return answer
    scenario = quant.Scenario(asked.what_if.days, asked.what_if.points / 100)
    price = spot if asked.what_if.price is None else number(asked.what_if.price)
    then = WhatIfAnswer(
        price=price,
        profit=_told(quant.profit(legs, price, scenario)[0]),
        greeks=greeks_answer(quant.net(legs, price, scenario)),
    )
    return answer.model_copy(update={"what_if": then})


def legs_of(chain: ChainAnswer, given: Iterable[LegIn]) -> list[Leg]:
    """Return the legs as quant takes them: volatility, interest and time from the chain.

    Raises:
        ValidationError: the chain does not have such a contract, or no price of it.
    """
    quotes = {(each.expiry, each.strike, each.right): each for each in chain.quotes}
    expiries = {each.expiry: each for each in chain.expiries}
    return [_leg(chain, each, at, quotes, expiries) for at, each in enumerate(given)]


def _leg(
    chain: ChainAnswer,
    given: LegIn,
    at: int,
    quotes: dict[tuple[date, Decimal, Any], QuoteAnswer],
    expiries: dict[date, ExpiryAnswer],
) -> Leg:
    from app.quant.legs import Leg

    place = f"legs/{at}"
    if given.expiry is None or given.strike is None:
        price = chain.price if given.price is None else number(given.price)
        return Leg("stock", given.quantity, price or 0.0, multiplier=1.0)
    expiry = expiries.get(given.expiry)
    if expiry is None:
        raise unknown_expiry(chain, given.expiry, f"{place}/expiry")
    quote = quotes.get((given.expiry, given.strike, "C" if given.kind == "call" else "P"))
    if quote is None:
        raise _unknown_strike(chain, given, place)
    price = quote.middle if given.price is None else number(given.price)
    if price is None:
        message = gettext("Nobody quotes this contract: say at what price.")
        raise ValidationError(message, field=f"{place}/price")
    volatility = quote.implied_volatility
    return Leg(
        given.kind,
        given.quantity,
        price,
        float(given.strike),
        expiry.days / _DAYS_A_YEAR,
        math.nan if volatility is None else volatility,
        expiry.rate,
        expiry.dividend_yield,
        float(chain.multiplier),
        chain.style == "american",
    )


def _unknown_strike(chain: ChainAnswer, given: LegIn, place: str) -> ValidationError:
    known = sorted({each.strike for each in chain.quotes if each.expiry == given.expiry})
    near = sorted(known, key=lambda each: abs(each - (given.strike or 0)))[:5]
    message = gettext(
        "%(expiry)s has no such strike; the nearest are: %(known)s.",
        expiry=given.expiry,
        known=", ".join(f"{each.normalize():f}" for each in sorted(near)),
    )
    return ValidationError(message, field=f"{place}/strike")


def _first_expiry(chain: ChainAnswer, legs: list[LegIn]) -> ExpiryAnswer | None:
    first = min((leg.expiry for leg in legs if leg.expiry is not None), default=None)
    return next((each for each in chain.expiries if each.expiry == first), None)


def _chance(legs: list[Leg], first: ExpiryAnswer | None) -> float | None:
    from app.quant import payoff

    if first is None or first.forward is None or first.volatility is None:
        return None
    found = payoff.chance_of_profit(
        legs, first.forward, first.volatility, first.days / _DAYS_A_YEAR
    )
    return None if found is None else round(found, 6)


def _curve(legs: list[Leg], spot: float, first: ExpiryAnswer | None) -> list[list[float | None]]:
    """Return profit by price, three deviations around the spot and beyond all strikes."""
    import numpy as np

    from app.quant import legs as quant
    from app.quant import payoff

    spread = 0.1
    if first is not None and first.volatility is not None:
        spread = first.volatility * math.sqrt(max(first.days, 1.0) / _DAYS_A_YEAR)
    strikes = [leg.strike for leg in legs if leg.is_option]
    points = payoff.breakevens(legs)
    low = min([spot * math.exp(-_DEVIATIONS * spread), *(each * 0.97 for each in strikes)])
    high = max([spot * math.exp(_DEVIATIONS * spread), *(each * 1.03 for each in strikes)])
    inside = [each for each in (*points, *strikes, spot) if low <= each <= high]
    at = np.unique(np.concatenate([np.linspace(low, high, CURVE_POINTS), inside]))
    ends, now = payoff.at_expiry(legs, at), quant.profit(legs, at)
    return [
        [round(float(place), 6), _told(end), _told(today)]
        for place, end, today in zip(at, ends, now, strict=True)
    ]


def _leg_answer(given: LegIn, leg: Leg, spot: float) -> LegAnswer:
    from app.quant import legs as quant

    return LegAnswer(
        kind=given.kind,
        quantity=given.quantity,
        strike=given.strike,
        expiry=given.expiry,
        price=leg.price,
        implied_volatility=_told(leg.volatility),
        greeks=greeks_answer(quant.net([leg], spot)),
    )


def greeks_answer(found: Greeks) -> PositionGreeks:
    """Return the worth and Greeks of a position as they are told."""
    import numpy as np

    # One place: columns of length one, or plain numbers.
    worth, delta, gamma, theta, vega, rho = (_told(np.ravel(each)[0]) for each in found)
    return PositionGreeks(worth=worth, delta=delta, gamma=gamma, theta=theta, vega=vega, rho=rho)


def _limit(amount: float) -> Limit:
    is_unlimited = math.isinf(amount)
    return Limit(amount=None if is_unlimited else round(amount, 6), is_unlimited=is_unlimited)


def _told(value: float) -> float | None:
    number = float(value)
    return round(number, 6) if math.isfinite(number) else None
