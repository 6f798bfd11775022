"""Curves over days: equity or return above, drawdown below, and the same as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from app.core.formatters import month
from app.embed.rules.axes import Axis, Tick, day_labels, nice_step, value_axis

BOX = 1000
"""Side of the stretched viewBox that paths are drawn in."""
MOST_POINTS = 300
GAP_DAYS = 4
"""A weekend with a holiday; a longer time without a point is drawn flat."""
_STYLES = {"back": "backtest"}
Point = tuple[date, float]


@dataclass(frozen=True)
class Series:
    """A named curve: `style` is live, paper or back (how it is drawn, never colour alone)."""

    name: str
    style: str
    points: Sequence[Point]


@dataclass(frozen=True)
class Drawdown:
    """How far below its peak each close was, 0 or more, in percent or in a currency."""

    unit: str
    points: Sequence[Point]


@dataclass(frozen=True)
class Line:
    """A series as an SVG path."""

    name: str
    style: str
    path: str
    last: float


@dataclass(frozen=True)
class Strip:
    """The drawdown below a curve: filled from 0 down."""

    path: str
    area: str
    ticks: list[Tick]
    deepest: float
    unit: str


@dataclass(frozen=True)
class MonthRow:
    """A month's last value and the change since the start."""

    month: str
    value: float
    change: float | None


@dataclass(frozen=True)
class Chart:
    """Everything that the template needs to draw, describe and tabulate a chart."""

    lines: list[Line]
    ticks: list[Tick]
    zero: str
    days: list[str]
    unit: str
    first: float
    last: float
    rows: list[MonthRow]
    strip: Strip | None = None


def chart(
    series: Sequence[Series],
    *,
    reference: float,
    unit: str,
    drawdown: Drawdown | None = None,
    axis: Axis | None = None,
    labels: int = 5,
) -> Chart | None:
    """Return the chart of the series, or None when no series has two points.

    `axis` makes charts that invite comparison share their range.
    """
    drawn = [each for each in series if len(each.points) >= 2]  # noqa: PLR2004 - two ends
    if not drawn:
        return None
    values = [value for each in drawn for _day, value in each.points]
    scale = axis or value_axis(values, reference, unit)
    first = min(each.points[0][0] for each in drawn)
    last = max(each.points[-1][0] for each in drawn)
    lead = drawn[0].points
    return Chart(
        lines=[
            Line(each.name, each.style, _path(each.points, scale, first, last), each.points[-1][1])
            for each in drawn
        ],
        ticks=scale.ticks(),
        zero=f"{scale.at(reference) * 100:.2f}",
        days=day_labels(first, last, labels),
        unit=unit,
        first=lead[0][1],
        last=lead[-1][1],
        rows=month_rows(lead, unit, reference),
        strip=_strip(drawdown, first, last) if drawdown else None,
    )


def chart_data(
    series: Sequence[Series], drawdown: Drawdown | None = None, reference: float | None = None
) -> dict[str, object]:
    """Return the same for the script that draws it with pointer and zoom; numbers as text."""

    def pairs(points: Sequence[Point], digits: int) -> list[list[str]]:
        return [[on.isoformat(), f"{value:.{digits}f}"] for on, value in points]

    return {
        "kind": "equity",
        "reference": "" if reference is None else f"{reference:.2f}",
        "series": [
            {
                "name": each.name,
                "style": _STYLES.get(each.style, each.style),
                "points": pairs(each.points, 2),
            }
            for each in series
        ],
        # As shares; a drawdown in money is left to the drawing of the server.
        "drawdown": (
            pairs([(on, value / 100) for on, value in drawdown.points], 6)
            if drawdown and drawdown.unit == "percent"
            else []
        ),
    }


def _thin(points: Sequence[Point]) -> Sequence[Point]:
    """Keep the lowest and the highest of each stretch: no peak and no drop is lost."""
    if len(points) <= MOST_POINTS:
        return points
    size = -(-len(points) * 2 // MOST_POINTS)
    kept = {points[0], points[-1]}
    for start in range(0, len(points), size):
        stretch = points[start : start + size]
        kept.add(min(stretch, key=lambda point: point[1]))
        kept.add(max(stretch, key=lambda point: point[1]))
    return sorted(kept)


def _flat_between(points: Sequence[Point]) -> list[Point]:
    """Days without a point change nothing, so a long pause is a flat line and not a slope."""
    filled = [points[0]]
    for (before, value), point in pairwise(points):
        if (point[0] - before).days > GAP_DAYS:
            filled.append((point[0] - timedelta(days=1), value))
        filled.append(point)
    return filled


def _path(points: Sequence[Point], scale: Axis, first: date, last: date) -> str:
    days = max((last - first).days, 1)
    places = (
        f"{(on - first).days / days * BOX:.1f},{scale.at(value) * BOX:.1f}"
        for on, value in _flat_between(_thin(points))
    )
    return "M" + " ".join(places)


def _strip(drawdown: Drawdown, first: date, last: date) -> Strip:
    below = [(on, -value) for on, value in drawdown.points]
    deepest = min(value for _day, value in below)
    size = -deepest or 1.0
    step = nice_step(size, 4)
    scale = Axis(-step * -(-size // step), 0.0, step, drawdown.unit)
    path = _path(below, scale, first, last)
    end = f"{(below[-1][0] - first).days / max((last - first).days, 1) * BOX:.1f}"
    start = path[1:].split(",", 1)[0]
    ticks = scale.ticks()
    return Strip(
        path, f"{path} L{end},0 L{start},0Z", [ticks[-1], ticks[0]], deepest, drawdown.unit
    )


def month_rows(points: Sequence[Point], unit: str, reference: float) -> list[MonthRow]:
    """Return the last value of each month and its change in percent since the start.

    A return is its own change; money that starts from nothing has none.
    """
    ends = {month(on): value for on, value in points}

    def change(value: float) -> float | None:
        if unit == "percent":
            return value - reference
        return (value / reference - 1) * 100 if reference else None

    return [MonthRow(name, value, change(value)) for name, value in ends.items()]


def cumulative_returns(equity: Sequence[float], pnl: Sequence[float]) -> list[float]:
    """Return the compounded return in percent after each close, from equity and cumulative P&L.

    A day's base is what the close would have been without its result, so that an account that
    joins or a deposit is no gain.
    """
    wealth, before, result = 1.0, 0.0, []
    for close, total in zip(equity, pnl, strict=True):
        base = close - (total - before)
        wealth *= 1 + (total - before) / base if base > 0 else 1
        before = total
        result.append((wealth - 1) * 100)
    return result


def falls(pnl: Sequence[Point]) -> list[Point]:
    """Return how far each cumulative P&L is below its highest so far, which starts from 0."""
    peak, result = 0.0, []
    for on, value in pnl:
        peak = max(peak, value)
        result.append((on, peak - value))
    return result
