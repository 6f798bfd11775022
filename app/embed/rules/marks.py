"""Small marks inside rows and cards: sparkline, interval, meter, heat."""

from __future__ import annotations

from dataclasses import dataclass

SPARK_WIDTH, SPARK_HEIGHT = 100, 28
HEAT_LIMITS = (0.0025, 0.0125, 0.025)
"""Monthly returns from which a cell gets its first, second and third step."""


@dataclass(frozen=True)
class Spark:
    """A line in a box of 100 x 28 with the start as its base."""

    path: str
    base: str
    tone: str
    """up or down: where it ends against its start."""

    @property
    def area(self) -> str:
        """The space between the line and its base."""
        return f"{self.path}V{self.base.split(',')[1].split('H')[0]}H0Z"


@dataclass(frozen=True)
class Interval:
    """Positions in percent on a scale of 0 to 100 percent."""

    start: str
    width: str
    mark: str


@dataclass(frozen=True)
class Bar:
    """How much of how much: `width` in percent."""

    width: str
    is_full: bool


@dataclass(frozen=True)
class Heat:
    """A cell of the months: -3 to 3, None without an answer."""

    month: int
    value: float | None
    step: int | None


def spark(values: list[float], most: int = 60) -> Spark | None:
    """Return the sparkline of cumulative results, which start from 0; None under two values.

    Of more than `most` values every second or third is drawn, and always the last.
    """
    step = -(-len(values) // most)
    values = values[:-1][:: max(step, 1)] + values[-1:]
    if len(values) < 2:  # noqa: PLR2004 - a line has two ends
        return None
    low, high = min(0.0, *values), max(0.0, *values)
    span = (high - low) or 1.0

    def y(value: float) -> str:
        return f"{(high - value) / span * SPARK_HEIGHT:.1f}"

    last = len(values) - 1
    points = " ".join(f"{i / last * SPARK_WIDTH:.3g},{y(v)}" for i, v in enumerate(values))
    return Spark(f"M{points}", f"M0,{y(0.0)}H{SPARK_WIDTH}", "up" if values[-1] >= 0 else "down")


def interval(value: float, low: float, high: float) -> Interval:
    """Return where a share and its interval lie, all given in percent."""
    start, end = max(0.0, low), min(100.0, high)
    return Interval(f"{start:.1f}", f"{max(end - start, 0.5):.1f}", f"{min(value, 99.0):.1f}")


def bar(part: int, whole: int) -> Bar:
    """Return the meter of `part` of `whole`."""
    share = min(part / whole, 1.0) if whole else 0.0
    return Bar(f"{share * 100:.0f}", is_full=whole > 0 and part >= whole)


def heat_step(value: float | None) -> int | None:
    """Return the step of a monthly return, -3 to 3."""
    if value is None:
        return None
    size = sum(abs(value) >= limit for limit in HEAT_LIMITS)
    return size if value >= 0 else -size
