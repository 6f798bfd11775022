"""Tools that compute over bars: the newest bars, indicators, changes, how far a price is from its levels."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.ai.schemas import Tool
from app.coach.rules.facts import Fact
from app.coach.service.evidence import Evidence
from app.coach.service.market_tools import desk_link, rounded
from app.coach.service.saying import EXCHANGE
from app.market import service as market
from app.market.schemas.level_names import LEVEL_NAMES
from app.market.schemas.reading import BarsAnswer, BarsQuery, Timeframe
from app.quant import indicator_settings

HUNDREDTH = Decimal("0.01")
Kind = Literal["sma", "ema", "rsi", "macd", "bollinger", "atr", "vwap"]
NAMES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "sma": (("value", "SMA", "price"),),
    "ema": (("value", "EMA", "price"),),
    "rsi": (("value", "RSI", "ratio"),),
    "macd": (
        ("value", "MACD", "ratio"),
        ("signal", "MACD signal", "ratio"),
        ("histogram", "MACD histogram", "ratio"),
    ),
    "bollinger": (
        ("upper", "upper Bollinger band", "price"),
        ("value", "middle Bollinger band", "price"),
        ("lower", "lower Bollinger band", "price"),
    ),
    "atr": (("value", "ATR", "price"),),
    "vwap": (("value", "VWAP", "price"),),
}
"""Of each kind its lines: column, name, unit."""


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class OfSymbol(_Asked):
    """Of which instrument."""

    symbol: str = Field(min_length=1, max_length=40, description="Such as SPY or BTC/USD.")


class BarsAsked(OfSymbol):
    """Which bars."""

    timeframe: Timeframe = "M5"
    count: int = Field(default=10, ge=1, le=30, description="So many of the newest ones.")


class IndicatorAsked(OfSymbol):
    """Which indicator."""

    kind: Kind
    timeframe: Timeframe = "M5"
    period: int | None = Field(
        default=None, ge=1, le=indicator_settings.LONGEST,
        description="Bars; of sma, ema, rsi, bollinger and atr. Their usual ones when left out.",
    )  # fmt: skip


class ChangesAsked(_Asked):
    """Of which instruments."""

    symbols: list[str] = Field(min_length=1, max_length=5)


def look_tools(evidence: Evidence) -> list[Tool]:
    """Return the tools; what they find goes into the evidence."""
    return [
        evidence.tool(
            "get_bars",
            "The newest bars of an instrument, with highest, lowest and the change over all of them.",
            BarsAsked,
            _bars,
        ),
        evidence.tool(
            "get_indicators",
            "An indicator's newest value: moving averages, RSI, MACD, Bollinger bands, ATR, VWAP, "
            "on any timeframe.",
            IndicatorAsked,
            _indicator,
        ),
        evidence.tool(
            "get_changes",
            "How far instruments have moved since the previous day close, and the difference "
            "between two of them.",
            ChangesAsked,
            _changes,
        ),
        evidence.tool(
            "get_distances",
            "How far the newest price of an instrument is from each of its key levels.",
            OfSymbol,
            _distances,
        ),
    ]


# --- Bars ---


def bars_found(symbol: str, query: BarsQuery) -> tuple[BarsAnswer, dict[str, Any]]:
    """Return the newest bars of an instrument, and what each fact made of them is about."""
    found = market.chart_bars(symbol.upper(), query)
    simulated = ", simulated" if found.is_simulated else ""
    return found, {
        "symbol": found.symbol,
        "source": f"{len(found.bars)} bars of {found.symbol}, {query.timeframe}{simulated}",
        "link": desk_link(found.symbol),
        "frame": query.timeframe,
    }


def _bars(asked: BarsAsked) -> list[Fact]:
    query = BarsQuery(timeframe=asked.timeframe, count=asked.count)
    found, about = bars_found(asked.symbol, query)
    facts = [Fact("count", "bars", Decimal(len(found.bars)), "count", **about)]
    if not found.bars:
        return facts
    if found.as_of is not None:
        facts.append(Fact("at", "as of", found.as_of, "when", **about))
    facts += _over_all(found.bars, about)
    for number, bar in enumerate(reversed(found.bars), start=1):
        facts += _of_bar(number, bar, asked.timeframe, about)
    return facts


def _over_all(bars: list[Any], about: dict[str, Any]) -> list[Fact]:
    first, last = Decimal(repr(bars[0][1])), Decimal(repr(bars[-1][4]))
    n = len(bars)
    facts = [
        Fact("highest", "highest high", rounded(max(bar[2] for bar in bars)), "price", n=n, **about),
        Fact("lowest", "lowest low", rounded(min(bar[3] for bar in bars)), "price", n=n, **about),
        Fact("last", "last close", rounded(bars[-1][4]), "price", **about),
        Fact("move", "change over these bars", rounded(float(last - first)), "price", n=n,
             is_signed=True, **about),
    ]  # fmt: skip
    if first:
        share = ((last - first) / first * 100).quantize(HUNDREDTH)
        facts.append(
            Fact("percent", "change in percent", share, "percent", n=n, is_signed=True, **about)
        )
    return facts


def _of_bar(number: int, bar: Any, timeframe: str, about: dict[str, Any]) -> list[Fact]:
    """Return a bar's prices under names that tell it from the others: none may be told for another."""
    opened = market.instant(int(bar[0]) * 1_000_000)
    is_daily = timeframe in {"D1", "W1", "MN"}
    local = opened.astimezone(EXCHANGE)
    when = f"on {opened:%Y-%m-%d}" if is_daily else f"on {local:%Y-%m-%d} at {local:%H:%M}"
    prices = zip(("open", "high", "low", "close"), bar[1:5], strict=True)
    facts = [
        Fact(f"{number}.{name}", f"{name} {when}", rounded(price), "price", **about)
        for name, price in prices
    ]
    volume = Decimal(repr(bar[5])).quantize(Decimal(1))
    return [*facts, Fact(f"{number}.volume", f"volume {when}", volume, "count", **about)]


# --- Indicators ---


def _indicator(asked: IndicatorAsked) -> list[Fact]:
    settings = _settings(asked)
    query = BarsQuery(timeframe=asked.timeframe, count=1)
    found = market.read_indicator(asked.symbol.upper(), asked.kind, settings, query)
    row = dict(zip(found.columns, found.rows[-1], strict=True)) if found.rows else {}
    period = found.settings.get("period")
    simulated = ", simulated" if found.is_simulated else ""
    about: dict[str, Any] = {
        "symbol": found.symbol,
        "source": f"{asked.kind.upper()} of {found.symbol}, {asked.timeframe}, "
        + ", ".join(f"{name} {value}" for name, value in found.settings.items())
        + simulated,
        "link": desk_link(found.symbol),
        "frame": asked.timeframe,
    }
    note = found.reason or "there are too few bars of history"
    facts = []
    for column, name, unit in NAMES[asked.kind]:
        value = row.get(column)
        label, names = _named(name, period)
        facts.append(
            Fact(
                column, label, None if value is None else rounded(value), unit, names=names,
                is_signed=asked.kind == "macd", note=note if value is None else "", **about,
            )
        )  # fmt: skip
    if row:
        opened = market.instant(int(row["opened_at"] or 0) * 1_000_000)
        facts.append(Fact("bar", "bar", opened, "when", **about))
    return facts


def _settings(asked: IndicatorAsked) -> dict[str, Any]:
    known = indicator_settings.MODELS[asked.kind].model_fields
    return {"period": asked.period} if asked.period and "period" in known else {}


def _named(name: str, period: int | None) -> tuple[str, tuple[str, ...]]:
    if period is None:
        return name, ()
    return f"{name} ({period})", (name, f"{name} {period}", f"{name}({period})", f"{period} {name}")


# --- Changes and distances ---


def _changes(asked: ChangesAsked) -> list[Fact]:
    facts: list[Fact] = []
    moved: list[tuple[str, Decimal]] = []
    for number, symbol in enumerate(dict.fromkeys(map(str.upper, asked.symbols)), start=1):
        found, percent = _change(number, symbol)
        facts += found
        if percent is not None:
            moved.append((symbol, percent))
    if len(moved) == 2:  # noqa: PLR2004 - a difference is one of two
        (first, one), (second, other) = moved
        facts.append(
            Fact(
                "difference", f"difference of {first} to {second}", one - other, "percent",
                names=("difference",), source=f"Change of {first} less that of {second}, in points",
                is_signed=True, note="percentage points",
            )
        )  # fmt: skip
    return facts


def _change(number: int, symbol: str) -> tuple[list[Fact], Decimal | None]:
    price = market.read_price(symbol)
    close = market.read_levels(symbol).levels["pdc"]
    about: dict[str, Any] = {
        "symbol": price.symbol,
        "source": f"Price of {price.symbol} ({price.source}, {price.state}) against its previous day close",
        "link": desk_link(price.symbol),
    }
    now = rounded(price.price)
    facts = [
        Fact(f"{number}.price", "price", now, "price", names=("last price",),
             note="simulated" if price.is_simulated else "", **about),
        Fact(f"{number}.at", "as of", price.at, "when", **about),
    ]  # fmt: skip
    if not close.price:
        none = Fact(f"{number}.change", "change", None, "percent", note=close.reason or "", **about)
        return [*facts, none], None
    before = rounded(close.price)
    percent = ((now - before) / before * 100).quantize(HUNDREDTH)
    return [
        *facts,
        Fact(f"{number}.pdc", "previous day close", before, "price", names=("PDC", "yesterday's close"), **about),
        Fact(f"{number}.change", "change", percent, "percent", names=("change since the previous day close",), is_signed=True, **about),
        Fact(f"{number}.points", "change in points", now - before, "price", is_signed=True, **about),
    ], percent  # fmt: skip


def _distances(asked: OfSymbol) -> list[Fact]:
    price = market.read_price(asked.symbol.upper())
    now = rounded(price.price)
    about: dict[str, Any] = {
        "symbol": price.symbol,
        "source": f"Price of {price.symbol} less the level",
        "link": desk_link(price.symbol),
    }
    note = "simulated" if price.is_simulated else ""
    facts = [
        Fact("price", "price", now, "price", names=("last price",), note=note, **about),
        Fact("at", "as of", price.at, "when", **about),
    ]
    levels = market.read_levels(price.symbol).levels
    for key, (label, names) in LEVEL_NAMES.items():
        level = levels[key].price
        if level is None or key == "atr":
            continue
        value = rounded(level)
        distances = tuple(f"distance to {name}" for name in names)
        facts += [
            Fact(key, label, value, "price", names=names, **about),
            Fact(f"{key}.far", f"distance to {label}", now - value, "price", names=distances,
                 is_signed=True, **about),
        ]  # fmt: skip
    return facts
