"""Tools that look at the member's open positions as a whole: net Greeks, risk, chance of profit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.ai.schemas import Tool
from app.coach.rules.facts import Fact
from app.coach.service.evidence import Evidence
from app.market.schemas.options import Limit
from app.trading import service as trading
from app.trading.schemas.portfolio import BookKind, Net, Portfolio, PortfolioQuery, Risk, Underlying

LINK = "dashboard?tab=options"
MOST_UNDERLYINGS = 20
GREEKS: dict[str, tuple[str, tuple[str, ...], str, int]] = {
    "delta": ("net delta", ("delta",), "ratio", 2),
    "delta_money": ("net delta in money", ("delta in money", "dollar delta"), "money", 2),
    "gamma": ("net gamma", ("gamma",), "ratio", 4),
    "gamma_money": ("net gamma in money", ("gamma in money", "dollar gamma"), "money", 2),
    "theta": ("net theta", ("theta",), "money", 2),
    "vega": ("net vega", ("vega",), "money", 2),
    "rho": ("net rho", ("rho",), "money", 2),
}
"""Field, label, other names, unit, digits."""


class BookAsked(BaseModel):
    """Of which kind of account: kinds are never mixed."""

    model_config = ConfigDict(extra="forbid")

    kind: BookKind | None = Field(
        default=None, description="The first of live, journal, copy, paper that holds anything."
    )


def book_tools(evidence: Evidence, user_id: int) -> list[Tool]:
    """Return the tools over a member's open positions."""

    def greeks(asked: BookAsked) -> list[Fact]:
        return _facts(trading.read_portfolio(user_id, PortfolioQuery(kind=asked.kind)))

    return [
        evidence.tool(
            "get_portfolio_greeks",
            "The member's open positions together: net delta (in shares and in money), gamma, theta "
            "a calendar day, vega and rho a point; by underlying too, with maximum loss and gain, "
            "breakevens and the chance of profit at the first expiry.",
            BookAsked,
            greeks,
        )
    ]


def _facts(found: Portfolio) -> list[Fact]:
    simulated = ", simulated" if found.is_simulated else ""
    source = f"Your open positions, {found.kind or 'none'}{simulated}"
    count = sum(len(each.positions) for each in found.underlyings)
    facts = [
        Fact("positions", "positions", Decimal(count), "count", names=("open positions",),
             source=source, link=LINK)
    ]  # fmt: skip
    if len(found.totals) == 1:
        total = found.totals[0]
        source += f", in {total.currency}"
        facts += _of_net(total.net, "", {"source": source, "link": LINK, "n": None})
        facts.append(
            Fact("left_out", "positions left out", Decimal(total.left_out), "count",
                 source=source, link=LINK)
        )  # fmt: skip
    for number, each in enumerate(found.underlyings[:MOST_UNDERLYINGS], start=1):
        facts += _of_underlying(f"{number}.", each, source)
    return facts


def _of_underlying(key: str, each: Underlying, source: str) -> list[Fact]:
    about: dict[str, Any] = {
        "symbol": each.symbol, "source": f"{source}: those on {each.symbol}", "link": LINK,
    }  # fmt: skip
    facts = _of_net(each.net, key, about, "; ".join(each.notes))
    names = {one.name for one in each.combinations}
    if len(names) == 1:
        facts.append(Fact(f"{key}structure", "combination", names.pop(), "text", **about))
    if each.pnl is not None:
        facts.append(
            Fact(f"{key}pnl", "open P&L", _money(each.pnl), "money", names=("unrealised P&L",),
                 is_signed=True, **about)
        )  # fmt: skip
    return facts + (_of_risk(each.risk, key, about) if each.risk else [])


def _of_net(net: Net, key: str, about: dict[str, Any], why: str = "") -> list[Fact]:
    facts = []
    for field, (label, names, unit, digits) in GREEKS.items():
        value = getattr(net, field)
        told = None if value is None else round(Decimal(repr(float(value))), digits)
        note = "" if told is not None else why or "a position has no answer"
        facts.append(
            Fact(
                f"{key}{field}", label, told, unit, names=names, is_signed=True, note=note, **about
            )
        )
    return facts


def _of_risk(risk: Risk, key: str, about: dict[str, Any]) -> list[Fact]:
    facts = [
        _of_limit(f"{key}max_loss", "maximum loss", "max loss", risk.max_loss, about),
        _of_limit(f"{key}max_gain", "maximum gain", "max gain", risk.max_gain, about),
    ]
    facts += [
        Fact(
            f"{key}breakeven{number}", "breakeven", round(Decimal(repr(price)), 2), "price", **about
        )
        for number, price in enumerate(risk.breakevens, start=1)
    ]
    if risk.first_expiry is not None:
        facts.append(Fact(f"{key}expiry", "first expiry", risk.first_expiry, "when", **about))
    chance = risk.probability_of_profit
    told = None if chance is None else round(Decimal(repr(chance * 100)), 1)
    note = "the market's, no forecast" if told is not None else "no chain tells it"
    facts.append(
        Fact(f"{key}chance", "chance of profit", told, "percent",
             names=("probability of profit",), note=note, **about)
    )  # fmt: skip
    return facts


def _of_limit(key: str, label: str, name: str, limit: Limit, about: dict[str, Any]) -> Fact:
    value = None if limit.amount is None else round(Decimal(str(limit.amount)), 2)
    note = "unlimited" if limit.is_unlimited else ""
    return Fact(key, label, value, "money", names=(name,), note=note, **about)


def _money(value: float) -> Decimal:
    return round(Decimal(repr(value)), 2)
