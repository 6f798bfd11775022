"""A proposal by plain rules, where no model is to be had: trend, range, and the levels in the way.

Its confidence is what chance alone gives: without a drift a price reaches a target before a stop as
often as the stop's distance has in both together. So it is also what a model is measured against.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.analysis.rules.market import Moment, rounded
from app.analysis.rules.proposing import NEAREST_RISK, Said, Sketch
from app.market.schemas.level_names import LEVEL_NAMES

RISK, REWARD = 1.5, 2.25
"""Stop and target, in average true ranges."""
NEAREST_LEVEL = 1.0
BEFORE = 0.1
"""A target stands so far before a level: many stand at it."""
HORIZON = 40
NEAR = 3.0
"""Levels within so many average true ranges are drawn."""
MOST_LEVELS = 4


def propose(moment: Moment) -> Said:
    """Return what plain rules make of a moment."""
    sign = _trend(moment)
    drawings = list(_levels(moment))
    if not sign:
        return Said(
            bias="neutral", confidence=0.5, horizon_bars=HORIZON, drawings=drawings,
            reasoning=_neutral(moment),
        )  # fmt: skip
    risk = RISK * moment.atr
    reward, at_level = _reward(moment, sign)
    entry, stop, target = (
        float(rounded(each, moment.digits))
        for each in (moment.price, moment.price - sign * risk, moment.price + sign * reward)
    )
    return Said(
        bias="long" if sign > 0 else "short",
        entry=entry, target=target, stop=stop,
        confidence=round(risk / (risk + reward), 4),
        horizon_bars=HORIZON,
        reasoning=_reasons(moment, sign, at_level),
        drawings=drawings,
    )  # fmt: skip


def _trend(moment: Moment) -> int:
    fast, slow = moment.indicators.get("fast"), moment.indicators.get("slow")
    if fast is None or slow is None:
        return 0
    if moment.price > fast > slow:
        return 1
    return -1 if moment.price < fast < slow else 0


def _reward(moment: Moment, sign: int) -> tuple[float, str]:
    """Return how far the target lies, and the level that it stands before, if any."""
    atr = moment.atr
    ways = {
        name: sign * (price - moment.price) - BEFORE * atr
        for name, price in moment.levels.items()
        if name in LEVEL_NAMES and name != "atr"
    }
    inside = {name: way for name, way in ways.items() if NEAREST_LEVEL * atr <= way < REWARD * atr}
    if not inside:
        return REWARD * atr, ""
    name = min(inside, key=lambda each: inside[each])
    return max(inside[name], NEAREST_RISK * atr), name


def _levels(moment: Moment) -> Iterator[Sketch]:
    near = sorted(
        (abs(price - moment.price), name, price)
        for name, price in moment.levels.items()
        if name in LEVEL_NAMES and name != "atr" and abs(price - moment.price) <= NEAR * moment.atr
    )
    for _, name, price in near[:MOST_LEVELS]:
        role = "support" if price <= moment.price else "resistance"
        yield Sketch(kind=role, price=price, label=_short(name))


def _short(name: str) -> str:
    label, names = LEVEL_NAMES[name]
    return next((each for each in names if each.isupper()), label)


def _reasons(moment: Moment, sign: int, at_level: str) -> str:
    symbol, digits = moment.symbol, moment.digits
    fast, slow = (rounded(moment.indicators[key] or 0.0, digits) for key in ("fast", "slow"))
    way, side = ("rises", "above") if sign > 0 else ("falls", "below")
    trend = f"{symbol} {way}: its price stands {side} its means, the faster mean {side} the slower."
    lines = [
        trend,
        f"{symbol}: price {rounded(moment.price, digits)}, EMA 20 {fast}, EMA 50 {slow}.",
    ]
    if moment.indicators.get("atr"):
        lines.append(f"{symbol}: ATR of the chart {rounded(moment.atr, digits)}.")
    lines.append("Stop and target are set by the average true range of the chart.")
    if at_level:
        level = rounded(moment.levels[at_level], digits)
        lines.append(f"The target stands just before {symbol}'s {_short(at_level)} {level}.")
    lines.append("The confidence is what chance alone would give; nothing here sees the future.")
    return "\n".join(lines)


def _neutral(moment: Moment) -> str:
    price = rounded(moment.price, moment.digits)
    return (
        f"{moment.symbol}: price {price}.\n"
        "There is no clear trend: the price and its means do not stand in order. The rules propose "
        "nothing, and so does this analysis."
    )
