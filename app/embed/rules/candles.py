"""Candles with the trades on them: geometry for the server's drawing, numbers for the script's."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from app.embed.rules.axes import Axis, Tick, day_labels, value_axis

MOST_CANDLES = 160
BOX = 1000
BODY = 0.62
"""How much of its place a candle's body takes."""


@dataclass(frozen=True)
class Candle:
    """Prices of a stretch of time."""

    at: datetime
    open: float
    high: float
    low: float
    close: float


@dataclass(frozen=True)
class Deal:
    """An entry or an exit: where it stands, and what the script writes beside it."""

    at: datetime
    price: float
    is_entry: bool
    is_buy: bool
    text: str = ""


@dataclass(frozen=True)
class Mark:
    """A deal on the drawing, in percent of its width and height."""

    x: str
    y: str
    is_buy: bool
    is_entry: bool


@dataclass(frozen=True)
class CandleChart:
    """Paths of wicks and bodies, axes and marks."""

    wicks: str
    rising: str
    falling: str
    marks: list[Mark]
    ticks: list[Tick]
    days: list[str]
    first: Decimal
    last: Decimal


def merged(candles: Sequence[Candle], most: int = MOST_CANDLES) -> list[Candle]:
    """Return at most `most` candles: neighbours become one, and no high and no low is lost."""
    size = max(1, -(-len(candles) // most))
    return [
        Candle(
            part[0].at,
            part[0].open,
            max(each.high for each in part),
            min(each.low for each in part),
            part[-1].close,
        )
        for part in (candles[at : at + size] for at in range(0, len(candles), size))
    ]


def candle_chart(
    candles: Sequence[Candle], deals: Sequence[Deal], currency: str = "USD"
) -> CandleChart | None:
    """Return the drawing; None when there is nothing to draw."""
    drawn = merged(candles)
    if not drawn:
        return None
    low, high = min(each.low for each in drawn), max(each.high for each in drawn)
    prices = [each.price for each in deals if each.price > 0]
    scale = value_axis([low, high, *prices], low, currency)
    return CandleChart(
        wicks=_wicks(drawn, scale),
        rising=_bodies(drawn, scale, rising=True),
        falling=_bodies(drawn, scale, rising=False),
        marks=[_mark(each, drawn, scale) for each in deals],
        ticks=scale.ticks(),
        days=day_labels(drawn[0].at.date(), drawn[-1].at.date(), 5),
        first=_price(drawn[0].open),
        last=_price(drawn[-1].close),
    )


def candle_data(candles: Sequence[Candle], deals: Sequence[Deal]) -> dict[str, object]:
    """Return the same for the script: seconds since 1970, numbers as text."""
    drawn = merged(candles)
    times = [each.at for each in drawn]
    return {
        "kind": "candles",
        "candles": [
            [
                _seconds(each.at),
                *(f"{value:.6g}" for value in (each.open, each.high, each.low, each.close)),
            ]
            for each in drawn
        ],
        # A mark needs a candle of its own time.
        "marks": [
            {
                "time": _seconds(times[_place(each.at, times)]),
                "buy": each.is_buy,
                "entry": each.is_entry,
                "text": each.text,
            }
            for each in sorted(deals, key=lambda each: each.at)
        ]
        if drawn
        else [],
    }


def _price(value: float) -> Decimal:
    return Decimal(f"{value:.6g}")


def _seconds(at: datetime) -> int:
    return int(at.astimezone(UTC).timestamp())


def _place(at: datetime, times: Sequence[datetime]) -> int:
    return max(0, bisect_right(times, at) - 1)


def _x(index: int, count: int) -> float:
    return (index + 0.5) / count * BOX


def _wicks(candles: Sequence[Candle], scale: Axis) -> str:
    count = len(candles)
    return "".join(
        f"M{_x(index, count):.1f},{scale.at(each.high) * BOX:.1f}V{scale.at(each.low) * BOX:.1f}"
        for index, each in enumerate(candles)
    )


def _bodies(candles: Sequence[Candle], scale: Axis, *, rising: bool) -> str:
    count = len(candles)
    half = BOX / count * BODY / 2
    return "".join(
        f"M{_x(index, count) - half:.1f},{scale.at(each.open) * BOX:.1f}"
        f"H{_x(index, count) + half:.1f}V{scale.at(each.close) * BOX:.1f}"
        f"H{_x(index, count) - half:.1f}Z"
        for index, each in enumerate(candles)
        if (each.close >= each.open) == rising
    )


def _mark(deal: Deal, candles: Sequence[Candle], scale: Axis) -> Mark:
    place = _place(deal.at, [each.at for each in candles])
    return Mark(
        x=f"{_x(place, len(candles)) / BOX * 100:.2f}",
        y=f"{scale.at(deal.price) * 100:.2f}",
        is_buy=deal.is_buy,
        is_entry=deal.is_entry,
    )
