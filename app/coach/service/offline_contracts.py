"""Answers about one option contract."""

from __future__ import annotations

from app.coach.rules import contracts, intents
from app.coach.rules.facts import Fact
from app.coach.service.asked import Asked
from app.coach.service.saying import number, when
from app.market import service as market

UNITS = {"theta": " a calendar day", "vega": " a point of volatility", "rho": " a point of interest"}  # fmt: skip
GREEKS = ("delta", "gamma", "theta", "vega", "rho")


def contract(asked: Asked) -> str:
    """Tell Greeks of a contract with what they come from, or which contracts are near."""
    named = contracts.read(asked.text)
    symbol = named and (named.symbol or _underlying(asked))
    if not named or not symbol:
        return asked.which
    found = asked.look(
        "get_contract_greeks", symbol=symbol, right=named.right, strike=str(named.strike),
        expiry=named.expiry,
    )  # fmt: skip
    return _near(found, named) if "none" in found else _told(asked, found)


def _underlying(asked: Asked) -> str:
    """Return on what the contract is: a chain may be there of what has no bars."""
    known = set(market.chain_underlyings())
    named = [each for each in intents.candidates(asked.text) if each in known]
    shouted = [
        each for each in intents.shouted(asked.text) if each[:3].lower() not in contracts.MONTHS
    ]
    return next(iter([*named, *asked.symbols, *shouted]), asked.symbol)


def _told(asked: Asked, found: dict[str, Fact]) -> str:
    name = found["delta"].symbol
    wanted = [each for each in asked.intent.levels if each in GREEKS]
    if not asked.intent.levels:
        wanted = list(GREEKS)
    lines = [_line(name, found[each], UNITS.get(each, "")) for each in [*wanted, "volatility"]]
    lines.append(_quote(name, found))
    if wanted:
        lines.append(f"The Greeks are per share; a contract is on {number(found['size'])} shares.")
    lines.append(_inputs(name, found))
    lines.append(f"Model: {found['model'].value}. The Greeks are {found['origin'].value}.")
    simulated = " The quotes are simulated." if found["at"].note else ""
    return "\n".join([*lines, f"As of {when(found['at'])}.{simulated}"])


def _line(name: str, fact: Fact, unit: str) -> str:
    if fact.value is None:
        return f"{name} has no {fact.label}: {fact.note}."
    return f"{name}'s {fact.label} is {number(fact)}{unit}."


def _quote(name: str, found: dict[str, Fact]) -> str:
    parts = [f"{fact.label} {number(fact)}" for key in ("price", "bid", "ask") if (fact := found[key]).value is not None]  # fmt: skip
    return f"{name}: {', '.join(parts)}." if parts else f"Nobody quotes {name}."


def _inputs(name: str, found: dict[str, Fact]) -> str:
    keys = ("underlying", "days", "interest", "dividends")
    parts = [f"{fact.label} {number(fact)}" for key in keys if (fact := found[key]).value is not None]  # fmt: skip
    return f"What {name} is computed with: {', '.join(parts)}."


def _near(found: dict[str, Fact], named: contracts.Named) -> str:
    """Say that there is no such contract, and which there are near it."""
    none = found["none"]
    symbol = none.symbol
    days = [when_day(fact) for key, fact in found.items() if key.startswith("expiry") and key != "expiry"]  # fmt: skip
    strikes = [number(fact) for key, fact in found.items() if key.startswith("strike")]
    if days and not named.expiry:
        return f"Which expiry of {symbol}? The chain has, such as: {'; '.join(days)}."
    if days:
        return f"{symbol}'s chain has no such expiry, or several. Near it are: {'; '.join(days)}."
    if not strikes:
        return f"{symbol} has no such contract: {none.note}."
    return (
        f"{symbol}'s chain has no such strike on {when_day(found['expiry'])}.\n"
        f"Near it, {symbol} has the listed strike {', the listed strike '.join(strikes)}."
    )


def when_day(fact: Fact) -> str:
    """Return an expiry as an answer writes it."""
    return f"{fact.value:%-d %b %Y}"
