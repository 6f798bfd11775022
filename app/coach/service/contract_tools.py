"""The tool that looks at one option contract: its Greeks, and everything that they come from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from app.ai.schemas import Tool
from app.coach.rules import contracts
from app.coach.rules.facts import Fact
from app.coach.service.evidence import Evidence
from app.coach.service.market_tools import rounded
from app.core.errors import NotFoundError
from app.core.i18n import gettext
from app.market import service as market
from app.market.errors import NoBarsError
from app.market.schemas.options import ChainAnswer, ExpiryAnswer, QuoteAnswer

MOST_NEAR = 4
HUNDRED = 100
GREEKS: dict[str, tuple[str, int]] = {
    "delta": ("ratio", 4),
    "gamma": ("ratio", 5),
    "theta": ("money", 4),
    "vega": ("money", 4),
    "rho": ("money", 4),
}
"""Unit and digits; for one unit of the underlying."""
ORIGINS = {
    "published": "published with the chain",
    "quote": "computed from its own quote",
    "smile": "computed from the volatility of its neighbours, because its own quote tells none",
}
MODELS = {
    "european": "Black-Scholes-Merton, exercise at expiry",
    "american": "American exercise by its boundary (Andersen, Lake, Offengenden)",
}


class ContractAsked(BaseModel):
    """Which contract."""

    model_config = ConfigDict(extra="forbid")

    symbol: str = Field(min_length=1, max_length=40, description="The underlying, such as SPY.")
    right: Literal["call", "put"]
    strike: Decimal = Field(gt=0, lt=10**7, allow_inf_nan=False)
    expiry: str = Field(
        default="",
        pattern=r"^(20\d\d-\d\d(-\d\d)?|\d\d(-\d\d)?|0dte|)$",
        description="2026-12-18; 12-18 (the first such day) or 12 (that month's third Friday) where "
        "no year is told; 0dte: the nearest. Empty: the tool tells which there are.",
    )


class Contract(NamedTuple):
    """A contract that was found."""

    chain: ChainAnswer
    expiry: ExpiryAnswer
    quote: QuoteAnswer


def contract_tools(evidence: Evidence) -> list[Tool]:
    """Return the tool; what it finds goes into the evidence."""
    return [
        evidence.tool(
            "get_contract_greeks",
            "One option contract of the newest chain: delta, gamma, theta a calendar day, vega and "
            "rho a point (each for one share), implied volatility, quote, and the model, inputs, "
            "price and time that they come from. Of a contract that is not there: which are near.",
            ContractAsked,
            _contract,
        )
    ]


def _contract(asked: ContractAsked) -> list[Fact]:
    chain = _chain(asked.symbol.upper())
    listed = [each.expiry for each in chain.expiries]
    meant = contracts.matching(asked.expiry, listed) if asked.expiry else []
    if len(meant) != 1:
        return _missing(chain, "expiry", _near_days(asked.expiry, meant or listed))
    quotes = [
        each
        for each in chain.quotes
        if each.expiry == meant[0] and each.right == asked.right[0].upper()
    ]
    found = next((each for each in quotes if each.strike == asked.strike), None)
    if found is None:
        near = sorted(quotes, key=lambda each: abs(each.strike - asked.strike))[:MOST_NEAR]
        strikes = sorted(each.strike for each in near)
        return [
            *_missing(chain, "strike", strikes),
            Fact("expiry", "expiry", meant[0], "when", chain.underlying, **_about(chain)),
        ]
    expiry = next(each for each in chain.expiries if each.expiry == meant[0])
    return _facts(Contract(chain, expiry, found))


def _chain(symbol: str) -> ChainAnswer:
    try:
        return market.valued_chain(symbol)
    except NoBarsError as error:
        # Its own words tell an operator how to bring a chain in.
        known = ", ".join(market.chain_underlyings()[:MOST_NEAR])
        message = gettext("There is no option chain of %(symbol)s here.", symbol=symbol)
        if known:
            message += " " + gettext("There are chains of: %(known)s.", known=known)
        raise NotFoundError(message) from error


# --- What is not there, and what is near it ---


def _missing(chain: ChainAnswer, part: str, near: Sequence[date | Decimal]) -> list[Fact]:
    unit = "when" if part == "expiry" else "price"
    about: dict[str, Any] = {"symbol": chain.underlying, **_about(chain)}
    none = Fact("none", "contract", None, "text", note=f"the chain has no such {part}", **about)
    return [
        none,
        *(
            Fact(f"{part}{number}", f"listed {part}", value, unit, **about)
            for number, value in enumerate(near, start=1)
        ),
    ]


def _near_days(said: str, listed: Sequence[date]) -> list[date]:
    """Return the expiries that are nearest to what was said, in order."""
    if not listed or len(said) != len("2026-12-18"):
        near: Iterable[date] = _of_month(said, listed) or listed
        return list(near)[:MOST_NEAR]
    try:
        wanted = date.fromisoformat(said)
    except ValueError:
        return list(listed[:MOST_NEAR])
    return sorted(sorted(listed, key=lambda each: abs(each - wanted))[:MOST_NEAR])


def _of_month(said: str, listed: Sequence[date]) -> list[date]:
    month = said[5:7] if len(said) == len("2026-12") else said[:2]
    return [each for each in listed if f"{each:%m}" == month]


# --- What is there ---


def _facts(found: Contract) -> list[Fact]:
    chain, quote = found.chain, found.quote
    about: dict[str, Any] = {
        "symbol": contracts.called(chain.underlying, quote.expiry, quote.strike, quote.right),
        **_about(chain, f"&expiry={quote.expiry}&right={quote.right}", _how(chain, quote)),
    }
    faults = ", ".join(each.replace("_", " ") for each in quote.faults)
    why = f"its quote is of no use: {faults}" if faults else "no volatility is known"
    facts = [
        Fact(name, name, _rounded(getattr(quote, name), digits), unit, is_signed=True,
             note=why if getattr(quote, name) is None else "", **about)
        for name, (unit, digits) in GREEKS.items()
    ]  # fmt: skip
    volatility = _percent(quote.implied_volatility)
    facts.append(
        Fact("volatility", "implied volatility", volatility, "percent", names=("IV",),
             note=why if volatility is None else "", **about)
    )  # fmt: skip
    return [*facts, *_prices(found, about), *_inputs(found, about)]


def _prices(found: Contract, about: dict[str, Any]) -> list[Fact]:
    """Return what the contract is quoted at; the Greeks come from the middle."""
    chain, quote = found.chain, found.quote
    spot = None if chain.price is None else rounded(chain.price)
    implied = "told by calls and puts" if chain.is_price_implied else ""
    return [
        Fact("price", "middle price", _price(quote.middle), "price",
             names=("price used", "option price"), note="" if quote.middle else "nobody quotes it", **about),
        Fact("bid", "bid", _price(quote.bid), "price", **about),
        Fact("ask", "ask", _price(quote.ask), "price", **about),
        Fact("underlying", "underlying price", spot, "price",
             names=("price of the underlying", "spot"), note=implied, **about),
    ]  # fmt: skip


def _inputs(found: Contract, about: dict[str, Any]) -> list[Fact]:
    chain, expiry, quote = found
    return [
        Fact("strike", "strike", quote.strike, "price", **about),
        Fact("expiry", "expiry", quote.expiry, "when", **about),
        Fact("days", "days to expiry", _rounded(expiry.days, 2), "ratio", **about),
        Fact("interest", "interest", _percent(expiry.rate), "percent", is_signed=expiry.rate < 0, **about),
        Fact("dividends", "dividend yield", _percent(expiry.dividend_yield), "percent",
             is_signed=expiry.dividend_yield < 0, **about),
        Fact("size", "shares of a contract", chain.multiplier, "count", names=("shares",), **about),
        Fact("model", "model", MODELS[chain.style], "text", **about),
        Fact("origin", "Greeks come from", ORIGINS.get(quote.greeks_from or "", "no answer"), "text", **about),
        Fact("at", "as of", chain.as_of, "when", note="simulated" if chain.is_simulated else "", **about),
    ]  # fmt: skip


def _how(chain: ChainAnswer, quote: QuoteAnswer) -> str:
    told = ORIGINS.get(quote.greeks_from or "", "")
    return f"; {MODELS[chain.style]}; {told}" if told else f"; {MODELS[chain.style]}"


def _about(chain: ChainAnswer, more: str = "", how: str = "") -> dict[str, Any]:
    simulated = ", simulated" if chain.is_simulated else ""
    return {
        "source": f"Option chain of {chain.underlying} ({chain.source}{simulated}), "
        f"as of {chain.as_of:%Y-%m-%d %H:%M} UTC{how}",
        "link": f"dashboard?tab=options&part=chain&underlying={chain.underlying}{more}",
    }


def _rounded(value: float | None, digits: int) -> Decimal | None:
    return None if value is None else round(Decimal(repr(float(value))), digits)


def _price(value: float | Decimal | None) -> Decimal | None:
    return None if value is None else rounded(float(value))


def _percent(value: float | None) -> Decimal | None:
    return None if value is None else round(Decimal(repr(float(value))) * HUNDRED, 2)
