"""Plots over any figure (prices, strikes, days): curves, marks, dots, and the same as a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from app.embed.rules.axes import Tick, value_axis
from app.embed.rules.charts import BOX

MOST_ROWS = 25
Say = Callable[[float], str]
XY = tuple[float, float]


@dataclass(frozen=True)
class Curve:
    """A named curve: `style` is live, paper or back (how it is drawn, never colour alone)."""

    name: str
    style: str
    points: Sequence[XY]


@dataclass(frozen=True)
class Spot:
    """A place across the plot that is worth a line: a breakeven, the present price."""

    x: float
    label: str


@dataclass(frozen=True)
class Dot:
    """A named point with the way that led to it, the oldest first."""

    name: str
    at: XY
    trail: Sequence[XY] = ()


@dataclass(frozen=True)
class DrawnCurve:
    """A curve as an SVG path."""

    name: str
    style: str
    path: str


@dataclass(frozen=True)
class DrawnSpot:
    """A mark, by its distances from the left and the top in percent."""

    x: str
    y: str
    label: str
    anchor: str
    path: str = ""


@dataclass(frozen=True)
class Row:
    """A line of the table beneath: what the plot shows at one place."""

    x: str
    values: list[str | None]


@dataclass(frozen=True)
class Plot:
    """Everything that the template needs to draw, describe and tabulate a plot."""

    curves: list[DrawnCurve]
    ticks: list[Tick]
    labels: list[str]
    zero: str | None
    across: str | None
    """Where an upright reference stands, in percent from the left."""
    spots: list[DrawnSpot]
    dots: list[DrawnSpot]
    rows: list[Row]
    names: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Frame:
    """How a plot is labelled, and which references it shows."""

    say_x: Say
    say_y: Say
    zero: float | None = None
    across: float | None = None
    labels: int = 5


def plot(
    curves: Sequence[Curve], frame: Frame, spots: Sequence[Spot] = (), dots: Sequence[Dot] = ()
) -> Plot | None:
    """Return the plot of curves and dots, or None when there is nothing to draw a line through."""
    drawn = [each for each in curves if len(each.points) > 1]
    points = [point for each in drawn for point in each.points]
    points += [point for dot in dots for point in (dot.at, *dot.trail)]
    if not points:
        return None
    box = _Box(points, frame)
    rows = _rows(drawn, frame) if drawn else [_dot_row(dot, frame) for dot in dots]
    return Plot(
        curves=[DrawnCurve(each.name, each.style, box.path(each.points)) for each in drawn],
        ticks=[Tick(f"{box.y(value) * 100:.2f}", frame.say_y(value)) for value in box.ticks],
        labels=box.labels(frame),
        zero=None if frame.zero is None else f"{box.y(frame.zero) * 100:.2f}",
        across=None if frame.across is None else f"{box.x(frame.across) * 100:.2f}",
        spots=[box.spot(each) for each in spots if box.left <= each.x <= box.right],
        dots=[box.dot(each) for each in dots],
        rows=rows,
        names=[each.name for each in drawn],
    )


class _Box:
    """The range of a plot, and where things lie in it."""

    def __init__(self, points: Sequence[XY], frame: Frame) -> None:
        xs = [x for x, _ in points] + ([] if frame.across is None else [frame.across])
        ys = [y for _, y in points]
        axis = value_axis(ys, ys[0] if frame.zero is None else frame.zero, "percent")
        self.axis, self.left, self.right = axis, min(xs), max(xs)
        if frame.across is not None:
            # The reference stays off the edge, and so do the names of dots.
            room = (self.right - self.left) * 0.1 or 1.0
            self.left, self.right = self.left - room, self.right + room
        first, last = -(-axis.low // axis.step), (axis.high + axis.step * 1e-9) // axis.step
        self.ticks = [number * axis.step for number in range(int(first), int(last) + 1)]

    def x(self, value: float) -> float:
        return (value - self.left) / ((self.right - self.left) or 1.0)

    def y(self, value: float) -> float:
        return self.axis.at(value)

    def path(self, points: Sequence[XY]) -> str:
        places = (f"{self.x(x) * BOX:.1f},{self.y(y) * BOX:.1f}" for x, y in points)
        return "M" + " ".join(places)

    def labels(self, frame: Frame) -> list[str]:
        if self.left == self.right:
            return [frame.say_x(self.left)]
        span, count = self.right - self.left, frame.labels - 1
        return [frame.say_x(self.left + span * number / count) for number in range(count + 1)]

    def spot(self, spot: Spot) -> DrawnSpot:
        at = self.x(spot.x)
        return DrawnSpot(f"{at * 100:.2f}", "0", spot.label, _anchor(at))

    def dot(self, dot: Dot) -> DrawnSpot:
        at = self.x(dot.at[0])
        path = self.path([*dot.trail, dot.at]) if dot.trail else ""
        return DrawnSpot(
            f"{at * 100:.2f}", f"{self.y(dot.at[1]) * 100:.2f}", dot.name, _anchor(at), path
        )


def _anchor(at: float) -> str:
    return "end" if at > 0.75 else "start"  # noqa: PLR2004 - the last quarter has no room to its right


def _rows(curves: Sequence[Curve], frame: Frame) -> list[Row]:
    known = [dict(each.points) for each in curves]
    places = sorted({x for each in known for x in each})
    step = -(-len(places) // MOST_ROWS)
    return [
        Row(
            frame.say_x(x),
            [None if x not in each else frame.say_y(each[x]) for each in known],
        )
        for x in places[::step]
    ]


def _dot_row(dot: Dot, frame: Frame) -> Row:
    return Row(dot.name, [frame.say_x(dot.at[0]), frame.say_y(dot.at[1])])
