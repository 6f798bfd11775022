"""The chain of an underlying, the combination that is built on it, and its curves."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.core.errors import AppError, ValidationError
from app.core.formatters import day, percent, ratio
from app.core.i18n import gettext, lazy_gettext
from app.embed import rules
from app.embed.rules.legs import ChosenLeg, read_legs, with_leg, write_legs
from app.embed.schemas import OptionsQuery
from app.embed.service.options.positions import is_asked, profit_plot, scenario_of
from app.market import service as market
from app.market.schemas.options import (
    ChainAnswer,
    ChainQuery,
    CurvesQuery,
    ExpiryAnswer,
    QuoteAnswer,
)
from app.trading import service as trading

SIDES = [("C", lazy_gettext("Calls")), ("P", lazy_gettext("Puts"))]
MONEYNESS = {
    "in": lazy_gettext("in the money"),
    "at": lazy_gettext("at the money"),
    "out": lazy_gettext("out of the money"),
}
PUBLISHED, COMPUTED = ChainQuery(), ChainQuery(greeks="computed")
NEAR = 12
"""Strikes to both sides of the price, where no range is asked for."""
MOST_ROWS = 120
COARSE = 1000
"""From this price on a strike has no cents on an axis."""


@dataclass(frozen=True)
class ChainRow:
    """A contract, and the combinations that choosing its bid or its ask makes."""

    quote: QuoteAnswer
    sell: str
    buy: str


@dataclass(frozen=True)
class BuiltLeg:
    """A leg of the combination, with what more, fewer or none of it makes."""

    leg: ChosenLeg
    price: float | None
    more: str
    fewer: str
    none: str


def chain_panel(query: OptionsQuery) -> dict[str, Any]:
    """Return the chain as it is filtered, and the combination."""
    chain, symbols, symbol = _chain(query)
    panel: dict[str, Any] = {"symbols": [(each, each) for each in symbols], "chain": chain}
    if chain is None or not chain.expiries:
        return {**panel, "expiry": None, "rows": [], "built": None, "faults": []}
    expiry, faults = _expiry(chain, query)
    wanted = [
        each for each in chain.quotes if each.expiry == expiry.expiry and each.right == query.right
    ]
    shown = _filtered(wanted, query, chain.price)
    if wanted and not shown:
        low, high = wanted[0].strike, wanted[-1].strike
        faults.append(
            gettext(
                "There are no strikes in that range; those of the chain go from %(low)s to %(high)s.",
                low=f"{low.normalize():f}",
                high=f"{high.normalize():f}",
            )
        )
    legs = read_legs(query.legs)
    return {
        **panel,
        "expiry": expiry,
        "expiries": [(str(each.expiry), _named(each)) for each in chain.expiries],
        "chain_sides": SIDES,
        "rows": [_row(each, legs) for each in shown],
        "strikes": len(wanted),
        "faults": faults,
        "fault_texts": _texts(chain, shown),
        "symbol": symbol,
        **built(chain, legs, query),
    }


def _chain(
    query: OptionsQuery, asked: ChainQuery = PUBLISHED
) -> tuple[ChainAnswer | None, list[str], str]:
    symbols = market.chain_underlyings()
    symbol = query.underlying or next(iter(symbols), "")
    if symbol and symbol not in symbols:
        symbols = [symbol, *symbols]
    try:
        chain = market.read_option_chain(symbol, asked) if symbol else None
    except AppError:
        # A link to a chain that is not there shows what there is.
        chain = None
    return chain, symbols, symbol


def _expiry(chain: ChainAnswer, query: OptionsQuery) -> tuple[ExpiryAnswer, list[str]]:
    """Return the expiry that is asked for; else the nearest that has a day left."""
    for each in chain.expiries:
        if str(each.expiry) == query.expiry:
            return each, []
    usual = next((each for each in chain.expiries if each.days >= 1), chain.expiries[-1])
    if not query.expiry:
        return usual, []
    asked = query.expiry
    fault = gettext("The chain has no options of %(day)s; shown is another expiry.", day=asked)
    return usual, [fault]


def _named(expiry: ExpiryAnswer) -> str:
    if expiry.settles == "open":
        return gettext("%(day)s, %(days)s d, AM", day=day(expiry.expiry), days=round(expiry.days))
    return gettext("%(day)s, %(days)s d", day=day(expiry.expiry), days=round(expiry.days))


def _filtered(
    quotes: list[QuoteAnswer], query: OptionsQuery, spot: float | None
) -> list[QuoteAnswer]:
    low = Decimal(query.low) if query.low else None
    high = Decimal(query.high) if query.high else None
    if low is None and high is None and spot is not None:
        near = min(
            range(len(quotes)), key=lambda at: abs(float(quotes[at].strike) - spot), default=0
        )
        return quotes[max(near - NEAR, 0) : near + NEAR + 1]
    return [
        each
        for each in quotes
        if (low is None or each.strike >= low) and (high is None or each.strike <= high)
    ][:MOST_ROWS]


def _row(quote: QuoteAnswer, legs: list[ChosenLeg]) -> ChainRow:
    one = ChosenLeg(1, quote.right, quote.strike.normalize() + 0, quote.expiry)
    return ChainRow(
        quote,
        sell=write_legs(with_leg(legs, one._replace(qty=-1))),
        buy=write_legs(with_leg(legs, one)),
    )


def _texts(chain: ChainAnswer, shown: list[QuoteAnswer]) -> dict[str, str]:
    codes = {code for each in shown for code in each.faults}
    return {code: text for code, text in chain.fault_texts.items() if code in codes}


def built(chain: ChainAnswer, legs: list[ChosenLeg], query: OptionsQuery) -> dict[str, Any]:
    """Return what the combination pays and risks, and the steps that change it."""
    empty = {"built": None, "built_fault": "", "built_plot": None, "built_then": None}
    if not legs:
        return {**empty, "built_legs": []}
    chosen = [trading.Chosen(each.right, each.qty, each.strike, each.expiry) for each in legs]
    try:
        found = trading.combine(chain, chosen)
    except ValidationError as error:
        shown = [_built(each, None, legs) for each in legs]
        return {**empty, "built_legs": shown, "built_fault": error.message}
    points = found.risk.breakevens if found.risk else []
    return {
        **empty,
        "built": found,
        "built_legs": [
            _built(each, leg.price, legs) for each, leg in zip(legs, found.legs, strict=True)
        ],
        "built_plot": profit_plot(
            found.legs,
            found.spot,
            chain.currency,
            breakevens=points,
            scenario=scenario_of(query),
        ),
        "built_then": _then(found, query),
    }


def _then(found: trading.Combination, query: OptionsQuery) -> tuple[float, float] | None:
    """Return the price of a what-if and the profit at it; None where nothing is asked."""
    if not is_asked(query):
        return None
    from app.quant.legs import NOW, profit

    price = found.spot * (1 + max(-99, int(query.move)) / 100)
    result = float(profit(found.legs, price, scenario_of(query) or NOW)[0])
    return (price, result) if result == result else None  # noqa: PLR0124 - no answer is no number


def _built(leg: ChosenLeg, price: float | None, legs: list[ChosenLeg]) -> BuiltLeg:
    sign = 1 if leg.qty > 0 else -1
    return BuiltLeg(
        leg,
        price,
        more=write_legs(with_leg(legs, leg._replace(qty=sign))),
        fewer=write_legs(with_leg(legs, leg._replace(qty=-sign))),
        none=write_legs([each for each in legs if each.contract != leg.contract]),
    )


def curves_panel(query: OptionsQuery) -> dict[str, Any]:
    """Return smile, deltas and term structure."""
    # Curves are of our own volatilities: with the same question the chain is valued once for both.
    chain, symbols, symbol = _chain(query, COMPUTED)
    panel: dict[str, Any] = {"symbols": [(each, each) for each in symbols], "chain": chain}
    if chain is None or not chain.expiries:
        return {**panel, "curves": None}
    expiry, faults = _expiry(chain, query)
    found = market.read_curves(symbol, CurvesQuery(expiry=expiry.expiry))
    coarse = 0 if (chain.price or 0) >= COARSE else 1
    strikes = rules.Frame(
        say_x=lambda value: ratio(value, coarse), say_y=lambda value: percent(value, 1)
    )
    spot = [] if found.forward is None else [rules.Spot(found.forward, gettext("Forward"))]
    smile = [(float(each.strike), each.volatility * 100) for each in found.smile]
    term = [
        (each.days, each.volatility * 100)
        for each in found.term_structure
        if each.volatility is not None
    ]
    return {
        **panel,
        "symbol": symbol,
        "curves": found,
        "faults": faults,
        "expiry": expiry,
        "expiries": [(str(each.expiry), _named(each)) for each in chain.expiries],
        "smile": rules.plot(
            [rules.Curve(gettext("Implied volatility"), "live", smile)], strikes, spot
        ),
        "deltas": rules.plot(
            [
                rules.Curve(gettext("Calls"), "live", _side(found.deltas, "call")),
                rules.Curve(gettext("Puts"), "paper", _side(found.deltas, "put")),
            ],
            rules.Frame(say_x=strikes.say_x, say_y=lambda value: ratio(value, 2), zero=0.0),
            spot,
        ),
        "term": rules.plot(
            [rules.Curve(gettext("At the forward"), "live", term)],
            rules.Frame(
                say_x=lambda value: gettext("%(days)s d", days=round(value)),
                say_y=lambda value: percent(value, 1),
            ),
        ),
    }


def _side(points: list[Any], name: str) -> list[tuple[float, float]]:
    return [
        (float(each.strike), value) for each in points if (value := getattr(each, name)) is not None
    ]


def faults_text(codes: list[str], texts: dict[str, str]) -> str:
    """Return what is wrong with a quote, in words."""
    return ", ".join(texts.get(code, code) for code in codes)
