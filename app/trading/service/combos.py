"""A combination that somebody tries out on a chain: nothing of it is kept or ordered."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from app.core.errors import ValidationError
from app.core.formatters import day, qty
from app.core.i18n import gettext
from app.market.schemas.options import ChainAnswer, ExpiryAnswer, QuoteAnswer
from app.trading.schemas.portfolio import Net, Risk

if TYPE_CHECKING:
    from app.quant.legs import Leg


class Chosen(NamedTuple):
    """So many contracts (below zero: sold), or hundreds of shares."""

    right: str
    """C, P or S."""
    qty: int
    strike: Decimal | None = None
    expiry: date | None = None


class Combination(NamedTuple):
    """What a combination costs, pays, risks and how it moves, at the middle of each quote."""

    legs: list[Leg]
    spot: float
    cost: float
    """Below zero: taken in."""
    net: Net
    risk: Risk | None


def combine(chain: ChainAnswer, chosen: Sequence[Chosen]) -> Combination:
    """Return a combination on a chain.

    Raises:
        ValidationError: the chain does not have a contract, or nobody quotes it, or it has no price.
    """
    from app.quant.legs import cost
    from app.trading.rules import valuing

    if chain.price is None:
        message = gettext("The chain does not tell the price of %(name)s.", name=chain.underlying)
        raise ValidationError(message, field="underlying")
    legs = [_leg(chain, each) for each in chosen]
    return Combination(
        legs,
        chain.price,
        cost(legs),
        valuing.net_of(legs, chain.price),
        valuing.risk_of(legs, chain, chain.price),
    )


def find_contract(
    chain: ChainAnswer, right: str, strike: Decimal | None, expiry: date | None
) -> tuple[QuoteAnswer, ExpiryAnswer]:
    """Return a contract's quote and what is known of its expiry.

    Raises:
        ValidationError: the chain does not have it; the field says whether expiry or strike.
    """
    known = next((each for each in chain.expiries if each.expiry == expiry), None)
    if known is None:
        message = gettext("The chain has no options of %(day)s.", day=day(expiry))
        raise ValidationError(message, field="expiry")
    for each in chain.quotes:
        if (each.expiry, each.strike, each.right) == (expiry, strike, right):
            return each, known
    message = gettext(
        "The chain has no strike %(strike)s on %(day)s.", strike=qty(strike), day=day(expiry)
    )
    raise ValidationError(message, field="strike")


def _leg(chain: ChainAnswer, chosen: Chosen) -> Leg:
    from app.trading.rules import valuing

    size = float(chain.multiplier)
    if chosen.right == "S":
        facts = valuing.Facts("stock", chosen.qty * size, 1.0, chain.price or math.nan)
        return valuing.leg_of(facts, None, None)
    quote, expiry = find_contract(chain, chosen.right, chosen.strike, chosen.expiry)
    if quote.middle is None:
        message = gettext(
            "Nobody quotes %(strike)s on %(day)s, so it has no price.",
            strike=qty(quote.strike),
            day=day(quote.expiry),
        )
        raise ValidationError(message, field="strike")
    kind = "call" if chosen.right == "C" else "put"
    facts = valuing.Facts(kind, chosen.qty, size, quote.middle, float(quote.strike))  # type: ignore[arg-type]
    return valuing.style(valuing.leg_of(facts, quote, expiry), chain)
