"""Tools that look at the market: levels, the newest price, whether it trades."""

from __future__ import annotations

from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field

from app.ai.schemas import Tool
from app.coach.rules.facts import Fact
from app.coach.service.evidence import Evidence
from app.market import service as market
from app.market.schemas.level_names import LEVEL_NAMES
from app.market.schemas.levels import LevelsAnswer
from app.market.schemas.reading import Timeframe, VenueName


class LevelsAsked(BaseModel):
    """Which levels."""

    model_config = ConfigDict(extra="forbid")

    symbol: str = Field(min_length=1, max_length=40, description="Such as SPY or BTC/USD.")
    timeframe: Timeframe = "M5"


class PriceAsked(BaseModel):
    """Whose price."""

    model_config = ConfigDict(extra="forbid")

    symbol: str = Field(min_length=1, max_length=40, description="Such as SPY or BTC/USD.")


class StatusAsked(BaseModel):
    """Which market."""

    model_config = ConfigDict(extra="forbid")

    venue: VenueName = Field(default="XNYS", description="XNYS, CMES or 24/7.")


def market_tools(evidence: Evidence) -> list[Tool]:
    """Return the tools; what they find goes into the evidence."""
    return [
        evidence.tool(
            "get_key_levels",
            "Key levels of an instrument: the day before, before the market, floor pivots, VWAP, "
            "ATR, opening range, volume profile. A level without a value says why.",
            LevelsAsked,
            _levels,
        ),
        evidence.tool(
            "get_current_price", "The newest known price of an instrument.", PriceAsked, _price
        ),
        evidence.tool(
            "get_market_status",
            "Whether a market trades now, and until when.",
            StatusAsked,
            _status,
        ),
    ]


def _levels(asked: LevelsAsked) -> list[Fact]:
    found = market.read_levels(asked.symbol.upper(), timeframe=asked.timeframe)
    source = f"Levels of {found.symbol}, {found.timeframe}, as of {found.at:%Y-%m-%d %H:%M} UTC"
    return [*_level_facts(found, source), *_stamp(found, source)]


def _level_facts(found: LevelsAnswer, source: str) -> list[Fact]:
    facts = []
    for key, (label, names) in LEVEL_NAMES.items():
        level = found.levels[key]
        value = None if level.price is None else rounded(level.price)
        facts.append(
            Fact(
                key,
                label,
                value,
                "price",
                found.symbol,
                names,
                source,
                desk_link(found.symbol),
                n=level.bars.bar_count if level.bars else None,
                note=level.reason or "",
            )
        )
    return facts


def _stamp(found: LevelsAnswer, source: str) -> list[Fact]:
    link = desk_link(found.symbol)
    return [
        Fact("session", "session", found.session, "when", found.symbol, (), source, link),
        Fact("at", "as of", found.at, "when", found.symbol, (), source, link),
    ]


def _price(asked: PriceAsked) -> list[Fact]:
    found = market.read_price(asked.symbol.upper())
    source = f"Price of {found.symbol} ({found.source}, {found.state})"
    about = (found.symbol, (), source, desk_link(found.symbol))
    return [
        Fact(
            "price", "price", rounded(found.price), "price", found.symbol,
            ("last price",), source, desk_link(found.symbol),
            note="simulated" if found.is_simulated else "",
        ),
        Fact("at", "as of", found.at, "when", *about),
        Fact("state", "state", found.state, "text", *about),
    ]  # fmt: skip


def _status(asked: StatusAsked) -> list[Fact]:
    found = market.market_status(asked.venue)
    source = f"Hours of {found.venue}"
    facts = [Fact("state", "market", found.state.replace("_", "-"), "text", source=source)]
    if found.next_change_at is not None and found.next_state is not None:
        note = found.next_state.replace("_", "-")
        facts.append(
            Fact("next", "next change", found.next_change_at, "when", source=source, note=note)
        )
    return facts


def rounded(value: float) -> Decimal:
    """Return a price as it is shown: to the cent from one up, to six digits below."""
    exact = Decimal(repr(value))
    return round(exact, 2) if abs(exact) >= 1 else Decimal(f"{exact:.6g}")


def desk_link(symbol: str) -> str:
    """Return the query of the desk that shows an instrument."""
    return f"desk?symbol={symbol}"
