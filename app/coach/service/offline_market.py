"""Answers about the market: levels, prices, indicators, bars, changes, charts."""

from __future__ import annotations

from typing import Any

from app.coach.rules import intents
from app.coach.rules.facts import Fact
from app.coach.service import offline_terms
from app.coach.service.asked import Asked
from app.coach.service.saying import number, when

MOST_COMPARED = 5
MARKETS = {"XNYS": "market", "CMES": "market of futures", "24/7": "market around the clock"}
USUAL = ("pdh", "pdl", "pdc", "pmh", "pml", "vwap", "pp", "r1", "s1")


def levels(asked: Asked) -> str:
    """Tell levels, or why there is none."""
    if not asked.symbol:
        return asked.which
    lines: list[str] = []
    for symbol in asked.symbols[:MOST_COMPARED] or (asked.symbol,):
        found = asked.look("get_key_levels", symbol=symbol)
        lines += [_level_line(symbol, found[key]) for key in asked.intent.levels]
        lines.append(f"As of {when(found['at'])}.")
    return "\n".join(lines)


def price(asked: Asked) -> str:
    """Tell the newest price."""
    if not asked.symbol:
        return asked.which
    lines = []
    for symbol in asked.symbols[:MOST_COMPARED] or (asked.symbol,):
        found = asked.look("get_current_price", symbol=symbol)
        said = f"{symbol}'s price is {number(found['price'])}, as of {when(found['at'])}."
        lines.append(f"{said} It is simulated." if found["price"].note else said)
    return "\n".join(lines)


def status(asked: Asked) -> str:
    """Tell whether a market trades."""
    venue = intents.venue_of(asked.text)
    found = asked.look("get_market_status", venue=venue)
    said = f"The {MARKETS[venue]} is {found['state'].value}."
    if "next" not in found:
        return said
    return f"{said} Next: {found['next'].note}, {when(found['next'])}."


def indicator(asked: Asked) -> str:
    """Tell an indicator's newest value."""
    if not asked.symbol:
        return asked.which
    intent = asked.intent
    wanted: dict[str, Any] = {"kind": intent.indicator, "period": intent.period}
    frame = intent.frame or ("D1" if "day" in asked.text.lower() else "M5")
    lines = []
    for symbol in asked.symbols[:MOST_COMPARED] or (asked.symbol,):
        found = asked.look("get_indicators", symbol=symbol, timeframe=frame, **wanted)
        bar = found.pop("bar", None)
        lines += [_indicator_line(symbol, fact, frame) for fact in found.values()]
        if bar is not None:
            lines.append(f"The bar began {when(bar)}.")
    return "\n".join(lines)


def bars(asked: Asked) -> str:
    """Tell what the newest bars did."""
    if not asked.symbol:
        return asked.which
    if offline_terms.is_meant(asked):
        return offline_terms.long_term(asked)
    frame, count = _span(asked)
    found = asked.look("get_bars", symbol=asked.symbol, timeframe=frame, count=count)
    if "last" not in found:
        return f"There are no bars of {asked.symbol} on {frame}."
    parts = [found[key] for key in ("highest", "lowest", "last", "move", "percent") if key in found]
    told = "\n".join(f"{asked.symbol}'s {fact.label} is {number(fact)}." for fact in parts)
    end = f"That is over {number(found['count'])} bars on {frame}"
    return f"{told}\n{end}, as of {when(found['at'])}." if "at" in found else f"{told}\n{end}."


def _span(asked: Asked) -> tuple[str, int]:
    text = intents.plain(asked.text)
    count = intents.count_of(asked.text)
    for word, frame in (
        ("week", "W1"),
        ("month", "MN"),
        ("day", "D1"),
        ("hour", "H1"),
        ("minute", "M1"),
    ):
        if word in text:
            return (asked.intent.frame or frame, min(count or 1, 30))
    return asked.intent.frame or "M5", min(count or 10, 30)


def change(asked: Asked) -> str:
    """Tell how far instruments have moved, and hold two of them against each other."""
    if not asked.symbol:
        return asked.which
    symbols = list(asked.symbols[:MOST_COMPARED] or (asked.symbol,))
    found = asked.look("get_changes", symbols=symbols)
    lines = [_change_line(found, row) for row in range(1, len(symbols) + 1)]
    if "difference" in found:
        fact = found["difference"]
        lines.append(f"The {fact.label} is {number(fact)}, in percentage points.")
    return "\n".join(lines)


def distance(asked: Asked) -> str:
    """Tell how far the price is from levels; from the nearest ones where none is named."""
    if not asked.symbol:
        return asked.which
    found = asked.look("get_distances", symbol=asked.symbol)
    wanted = [key for key in asked.intent.levels or _nearest(found) if key in found]
    lines = [f"{asked.symbol}'s price is {number(found['price'])}, as of {when(found['at'])}."]
    for key in wanted:
        level, far = found[key], found[f"{key}.far"]
        side = "below" if number(far).startswith("\u2212") else "above"
        lines.append(f"{asked.symbol}'s {_short(level)} is {number(level)}.")
        lines.append(f"The distance to {level.label} is {number(far)}: the price lies {side} it.")
    missing = [key for key in asked.intent.levels if key not in found]
    if missing:
        lines.append("Of the others there is no value at the moment.")
    return "\n".join(lines)


def _nearest(found: dict[str, Fact]) -> list[str]:
    far = {
        key.removesuffix(".far"): fact.value for key, fact in found.items() if key.endswith(".far")
    }
    return sorted(far, key=lambda key: abs(far[key]))[:3]  # type: ignore[arg-type]


def show(asked: Asked) -> str:
    """Have a chart shown, with the levels that were asked for."""
    if not asked.symbol:
        return asked.which
    wanted = list(asked.intent.levels)
    said = []
    if wanted:
        found = asked.look("get_key_levels", symbol=asked.symbol)
        said = [_level_line(asked.symbol, found[key]) for key in wanted]
        said.append(f"As of {when(found['at'])}.")
        wanted = [key for key in wanted if found[key].value is not None]
    timeframe = {"timeframe": asked.intent.frame} if asked.intent.frame else {}
    asked.look("show_chart", symbol=asked.symbol, levels=wanted, **timeframe)
    return "\n".join([f"Here is the chart of {asked.symbol}.", *said])


def draw(asked: Asked) -> str:
    """Propose lines at levels, or an indicator, for the member to put on the chart."""
    if not asked.symbol:
        return asked.which
    intent, symbol = asked.intent, asked.symbol
    if intent.indicator:
        settings = {"period": intent.period} if intent.period else {}
        operation = {"kind": "add_indicator", "indicator": intent.indicator, "settings": settings}
        asked.look("draw_on_chart", symbol=symbol, operations=[operation])
        return f"I can add {intent.indicator.upper()} to the chart of {symbol}: apply it, and undo it there."
    levels = asked.look("get_key_levels", symbol=symbol)
    shown = [levels[key] for key in intent.levels if levels[key].value is not None]
    lines = [_level_line(symbol, levels[key]) for key in intent.levels]
    if not shown:
        return "\n".join(lines)
    now = asked.look("get_current_price", symbol=symbol)["price"].value
    operations = [
        {
            "kind": "draw_support_resistance",
            "role": "support" if fact.value <= now else "resistance",  # type: ignore[operator]
            "price": str(fact.value),
            "label": _short(fact),
        }
        for fact in shown
    ]
    asked.look("draw_on_chart", symbol=symbol, operations=operations)
    lines.append(f"I can draw them on the chart of {symbol}: apply it, and undo it there.")
    return "\n".join(lines)


# --- Lines ---


def _short(fact: Fact) -> str:
    return fact.names[0] if fact.names and fact.names[0].isupper() else fact.label


def _level_line(symbol: str, fact: Fact) -> str:
    name = _short(fact)
    if fact.value is None:
        return f"{symbol} has no {name}: {fact.note}"
    return f"{symbol}'s {name} is {number(fact)}."


def _indicator_line(symbol: str, fact: Fact, frame: str) -> str:
    if fact.value is None:
        return f"{symbol} has no {fact.label} on {frame}: {fact.note}"
    return f"{symbol}'s {fact.label} on {frame} is {number(fact)}."


def _change_line(found: dict[str, Fact], row: int) -> str:
    price, moved = found[f"{row}.price"], found[f"{row}.change"]
    symbol = price.symbol
    if moved.value is None:
        return f"{symbol}'s price is {number(price)}; a change has no answer: {moved.note}"
    close, points = found[f"{row}.pdc"], found[f"{row}.points"]
    simulated = " It is simulated." if price.note else ""
    return (
        f"{symbol}'s price is {number(price)}, its previous day close {number(close)}: change "
        f"{number(moved)}, change in points {number(points)}.{simulated}"
    )
