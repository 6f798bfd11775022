"""Where prices and times lie on a picture, and the round ones that are written at its edges."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from app.charts.rules.picture.canvas import Box
from app.core.types import DIGITS, EPOCH

FEW = 2
STEPS = (1, 2, 2.5, 5)
MINUTES = (1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720)


class PriceScale(NamedTuple):
    """Prices from the bottom to the top of a box."""

    box: Box
    low: float
    high: float

    def y(self, price: float) -> float:
        """Return the height of a price."""
        share = (price - self.low) / (self.high - self.low)
        return self.box.bottom - share * self.box.height

    def ticks(self, apart: float = 56) -> list[float]:
        """Return round prices that stand so many pixels apart, or more."""
        most = max(2, int(self.box.height / apart))
        rough = (self.high - self.low) / most
        power = 10.0 ** math.floor(math.log10(rough))
        step = next((each * power for each in STEPS if each * power >= rough), 10 * power)
        first = math.ceil(self.low / step)
        return [
            round(number * step, 10) for number in range(first, math.floor(self.high / step) + 1)
        ]


def digits_for(step: float, least: int = 2) -> int:
    """Return so many decimals that prices a step apart can be told from one another."""
    if step <= 0:
        return least
    digits = max(least, -math.floor(math.log10(step)))
    while digits < DIGITS and abs(round(step, digits) - step) > step * 1e-6:
        digits += 1
    return min(DIGITS, digits)


class TimeScale(NamedTuple):
    """Bars from left to right, each as wide as the other: no gap where nobody trades."""

    box: Box
    opened_at: Sequence[int]
    """Microseconds since 1970."""
    step: float
    """Pixels a bar."""

    def x_of(self, number: float) -> float:
        """Return the middle of a bar."""
        return self.box.left + (number + 0.5) * self.step

    def x(self, at: datetime) -> float:
        """Return where an instant lies; before and after the bars as if they went on."""
        us, known = (at - EPOCH) // timedelta(microseconds=1), self.opened_at
        if len(known) < FEW:
            return self.x_of(0)
        usual = max(1, min(after - before for before, after in pairwise(known)))
        if us < known[0]:
            return self.x_of((us - known[0]) / usual)
        number = bisect_right(known, us) - 1
        span = known[number + 1] - known[number] if number + 1 < len(known) else usual
        past = (us - known[number]) / span
        return self.x_of(number + past)


class TimeTick(NamedTuple):
    """A time that is written below the chart."""

    number: int
    text: str
    is_strong: bool
    """Whether a new day, month or year begins."""


def time_ticks(scale: TimeScale, zone: ZoneInfo, *, daily: bool, apart: float) -> list[TimeTick]:
    """Return times so many pixels apart, round by the clock of a zone."""
    local = [(EPOCH + timedelta(microseconds=each)).astimezone(zone) for each in scale.opened_at]
    found = _days(local) if daily else _hours(local, max(1.0, apart / scale.step))
    kept: list[TimeTick] = []
    for tick in found:
        far = not kept or (tick.number - kept[-1].number) * scale.step >= apart
        if far:
            kept.append(tick)
        elif tick.is_strong and not kept[-1].is_strong:
            kept[-1] = tick
    return kept


def _hours(local: list[datetime], least: float) -> list[TimeTick]:
    if len(local) < FEW:
        return [TimeTick(0, f"{local[0]:%H:%M}", is_strong=False)] if local else []
    steps = sorted((after - before).total_seconds() / 60 for before, after in pairwise(local))
    bar = max(1.0, steps[len(steps) // 2])
    every = next((each for each in MINUTES if each >= bar * least), None)
    found = []
    for number, at in enumerate(local):
        begins_day = number > 0 and at.date() != local[number - 1].date()
        if begins_day:
            found.append(TimeTick(number, f"{at.day} {at:%b}", is_strong=True))
        elif every is not None and (at.hour * 60 + at.minute) % every == 0:
            found.append(TimeTick(number, f"{at:%H:%M}", is_strong=False))
    return found


def _days(local: list[datetime]) -> list[TimeTick]:
    found = []
    for number, at in enumerate(local):
        before = local[number - 1] if number else None
        if before is not None and at.year != before.year:
            found.append(TimeTick(number, f"{at.year}", is_strong=True))
        elif before is not None and at.month != before.month:
            found.append(TimeTick(number, f"{at:%b}", is_strong=True))
        elif before is not None and at.isocalendar().week != before.isocalendar().week:
            found.append(TimeTick(number, f"{at.day}", is_strong=False))
    return found


def spread(wanted: Sequence[float], height: float, top: float, bottom: float) -> list[float]:
    """Return heights near the wanted ones, in their order, of which none overlaps another.

    Where there are more than there is room for, they overlap evenly.
    """
    order = sorted(range(len(wanted)), key=lambda each: wanted[each])
    room = min(height, (bottom - top) / max(1, len(wanted)))
    groups: list[list[float]] = []
    for each in order:
        groups.append([wanted[each], 1.0])
        _keep_inside(groups[-1], room, top, bottom)
        while len(groups) > 1 and _touch(groups[-2], groups[-1], room):
            middle, count = groups.pop()
            before = groups[-1]
            total = before[1] + count
            before[:] = [(before[0] * before[1] + middle * count) / total, total]
            _keep_inside(before, room, top, bottom)
    placed = [
        middle + (number - (count - 1) / 2) * room
        for middle, count in groups
        for number in range(int(count))
    ]
    found = [0.0] * len(wanted)
    for each, y in zip(order, placed, strict=True):
        found[each] = y
    return found


def _touch(upper: list[float], lower: list[float], room: float) -> bool:
    return lower[0] - upper[0] < (upper[1] + lower[1]) / 2 * room - 1e-9


def _keep_inside(group: list[float], room: float, top: float, bottom: float) -> None:
    half = group[1] * room / 2
    group[0] = min(max(group[0], top + half), bottom - half)
