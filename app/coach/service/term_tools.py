"""The tool for the long view of an instrument: averages, swing levels, and what LEAPS cost."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import Field

from app.ai.schemas import Tool
from app.coach.rules.facts import Fact
from app.coach.rules.swings import SIDES, turns
from app.coach.service.evidence import Evidence
from app.coach.service.look_tools import OfSymbol, bars_found
from app.coach.service.market_tools import rounded
from app.core.errors import AppError
from app.market import service as market
from app.market.schemas.options import ChainAnswer, ExpiryAnswer
from app.market.schemas.reading import BarsAnswer, BarsQuery
from app.trading import service as trading

AVERAGES = (50, 200)
BARS = 260
MOST_SWINGS = 2
HUNDRED = 100


class LongTermAsked(OfSymbol):
    """Of which instrument, on which bars."""

    timeframe: Literal["D1", "W1"] = Field(
        default="W1", description="W1 for months and years, D1 for swings of days and weeks."
    )


def term_tools(evidence: Evidence) -> list[Tool]:
    """Return the tool; what it finds goes into the evidence."""
    return [
        evidence.tool(
            "get_long_term",
            "The long view of an instrument on weekly (or daily) bars: EMA 50 and 200 with the "
            "distance of the last close, the newest confirmed swing highs and lows, highest and "
            "lowest of all these bars, and implied volatility and price of LEAPS at the money.",
            LongTermAsked,
            _long_term,
        )
    ]


def _long_term(asked: LongTermAsked) -> list[Fact]:
    found, about = bars_found(asked.symbol, BarsQuery(timeframe=asked.timeframe, count=BARS))
    facts = [Fact("count", "bars", Decimal(len(found.bars)), "count", **about)]
    if not found.bars:
        return facts
    last, n = rounded(found.bars[-1][4]), len(found.bars)
    facts += [
        Fact("last", "last close", last, "price", note="simulated" if found.is_simulated else "", **about),
        Fact("highest", "highest high", rounded(max(bar[2] for bar in found.bars)), "price", n=n, **about),
        Fact("lowest", "lowest low", rounded(min(bar[3] for bar in found.bars)), "price", n=n, **about),
    ]  # fmt: skip
    if found.as_of is not None:
        facts.append(Fact("at", "as of", found.as_of, "when", **about))
    for period in AVERAGES:
        facts += _average(found.symbol, asked.timeframe, period, last, about)
    return [*facts, *_swings(found, about), *_leaps(found.symbol)]


def _average(
    symbol: str, timeframe: Literal["D1", "W1"], period: int, last: Decimal, about: dict[str, Any]
) -> list[Fact]:
    query = BarsQuery(timeframe=timeframe, count=1)
    found = market.read_indicator(symbol, "ema", {"period": period}, query)
    row = dict(zip(found.columns, found.rows[-1], strict=True)) if found.rows else {}
    told = row.get("value")
    value = None if told is None else rounded(float(told))
    label = f"EMA ({period})"
    own = about | {"source": f"EMA {period} of {symbol}, {timeframe}"}
    note = "" if value is not None else found.reason or "there are too few bars of history"
    names = (f"EMA {period}", f"{period} EMA")
    facts = [Fact(f"ema{period}", label, value, "price", names=names, note=note, **own)]
    if value is not None:
        distance = Fact(f"ema{period}.far", f"distance to {label}", last - value, "price",
                        is_signed=True, **own)  # fmt: skip
        facts.append(distance)
    return facts


def _swings(found: BarsAnswer, about: dict[str, Any]) -> list[Fact]:
    """Return the newest turning points; only bars that have closed confirm one."""
    bars = found.bars if found.is_last_closed else found.bars[:-1]
    own = about | {"source": f"{about['source']}; {SIDES} bars on each side are less far out"}
    facts = []
    for name, column, sign in (("high", 2, 1), ("low", 3, -1)):
        places = turns([sign * bar[column] for bar in bars])[-MOST_SWINGS:]
        for number, at in enumerate(reversed(places), start=1):
            day: datetime = market.instant(int(bars[at][0]) * 1_000_000)
            facts.append(
                Fact(f"swing_{name}{number}", f"swing {name} on {day:%Y-%m-%d}",
                     rounded(bars[at][column]), "price", **own)
            )  # fmt: skip
    return facts


# --- LEAPS ---


def _leaps(symbol: str) -> list[Fact]:
    try:
        chain = market.valued_chain(symbol)
    except AppError:
        return [_none(symbol, "there is no option chain of it here")]
    near, far = trading.leaps.NEAREST, trading.leaps.FURTHEST
    listed = [each for each in chain.expiries if near <= each.days <= far]
    if not listed:
        return [_none(symbol, "its chain has no option with six to eighteen months left")]
    return _of_expiry(chain, min(listed, key=lambda each: abs(each.days - 365)))


def _none(symbol: str, note: str) -> Fact:
    return Fact("leaps", "LEAPS expiry", None, "when", symbol, note=note, source="Option chains")


def _of_expiry(chain: ChainAnswer, expiry: ExpiryAnswer) -> list[Fact]:
    simulated = ", simulated" if chain.is_simulated else ""
    about: dict[str, Any] = {
        "symbol": chain.underlying,
        "source": f"Option chain of {chain.underlying} ({chain.source}{simulated}), as of {chain.as_of:%Y-%m-%d %H:%M} UTC",
        "link": f"dashboard?tab=options&part=chain&underlying={chain.underlying}&expiry={expiry.expiry}",
    }
    calls = [each for each in chain.quotes if each.expiry == expiry.expiry and each.right == "C"]
    middle = next((each for each in calls if each.moneyness == "at"), None)
    facts = [Fact("leaps", "LEAPS expiry", expiry.expiry, "when", **about)]
    if expiry.volatility is not None:
        volatility = round(Decimal(repr(expiry.volatility)) * HUNDRED, 2)
        facts.append(
            Fact("leaps.volatility", "LEAPS implied volatility", volatility, "percent", **about)
        )
    if middle is not None and middle.middle is not None and middle.delta is not None:
        facts += [
            Fact("leaps.strike", "LEAPS strike", middle.strike, "price", **about),
            Fact("leaps.price", "LEAPS call price", rounded(middle.middle), "price", **about),
            Fact("leaps.delta", "LEAPS call delta", round(Decimal(repr(middle.delta)), 4), "ratio",
                 is_signed=True, **about),
            Fact("leaps.at", "LEAPS as of", chain.as_of, "when", **about),
        ]  # fmt: skip
    return facts
