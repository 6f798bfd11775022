"""Axes: round steps for values, evenly spaced labels for days."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.core.formatters import compact_money, day, month, percent, signed_percent

MAX_STEPS = 5
NEAR, MARGIN = 0.6, 0.1
MANY_DAYS = 120
"""Spans longer than this that end in another year get month and year as labels."""


@dataclass(frozen=True)
class Tick:
    """A labelled value; `at` is its distance from the top in percent."""

    at: str
    label: str


@dataclass(frozen=True)
class Axis:
    """A range of values with its round steps inside."""

    low: float
    high: float
    step: float
    unit: str
    """percent, or the code of a currency."""

    def at(self, value: float) -> float:
        """Return the distance of `value` from the top, 0 to 1."""
        return (self.high - value) / (self.high - self.low)

    def ticks(self) -> list[Tick]:
        """Return all round values inside, lowest first."""
        first = math.ceil(self.low / self.step - 1e-9)
        last = math.floor(self.high / self.step + 1e-9)
        values = [index * self.step for index in range(first, last + 1)]
        return [Tick(f"{self.at(value) * 100:.2f}", self._label(value)) for value in values]

    def _label(self, value: float) -> str:
        if self.unit != "percent":
            return compact_money(round(value, 8), self.unit)
        digits = max(0, -math.floor(math.log10(self.step) + 1e-9))
        # Steps of 2.5 need one digit more than their size says.
        digits += not math.isclose(self.step, round(self.step, digits))
        return signed_percent(round(value, 8), digits) if round(value, 8) else percent(0, 0)


def nice_step(span: float, most: int = MAX_STEPS) -> float:
    """Return the smallest of 1, 2, 2.5 or 5 times a power of ten that needs at most `most`."""
    raw = span / most
    power = 10.0 ** math.floor(math.log10(raw))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw * 0.9999)


def value_axis(values: Sequence[float], reference: float, unit: str, most: int = MAX_STEPS) -> Axis:
    """Return an axis that holds all values and the reference, with 3 to 6 ticks."""
    low, high = min(reference, *values), max(reference, *values)
    if math.isclose(low, high):
        margin = abs(reference) * 0.01 or 1.0
        low, high = low - margin, high + margin
    step = nice_step(high - low, most)
    return Axis(_end(low, step, math.floor), _end(high, step, math.ceil), step, unit)


def _end(value: float, step: float, to_step: Callable[[float], int]) -> float:
    """Return the near round value, or a little more than `value` when it is far: no empty band."""
    round_value = to_step(round(value / step, 9)) * step
    gap = round_value - value
    return round_value if abs(gap) <= step * NEAR else value + math.copysign(step * MARGIN, gap)


def day_labels(first: date, last: date, count: int) -> list[str]:
    """Return labels of `count` days at equal distances, the first and the last among them."""
    span = (last - first).days
    if span == 0:
        return [str(day(first))]
    wanted = min(count, span + 1)
    days = [first + timedelta(days=round(span * index / (wanted - 1))) for index in range(wanted)]
    if span > MANY_DAYS and first.year != last.year:
        return [month(value) for value in days]
    return [str(day(value, "short")) for value in days]
