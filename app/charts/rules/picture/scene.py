"""What a picture shows, and how it is laid out."""

from __future__ import annotations

from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from app.charts.rules.picture.canvas import Box, Canvas
from app.charts.rules.picture.look import Look
from app.charts.rules.picture.scales import PriceScale, TimeScale
from app.charts.rules.series import Lines
from app.charts.schemas import Document
from app.quant.bars import BarColumns

NARROW = 560
HEAD, FOOT = 54, 28
HEAD_NARROW = 70
LEAST_PANE, GAP = 54, 8
VOLUME_SHARE = 0.16
AIR_SHARE = 0.05
"""Free room to the right of the newest bar, as a share of the width."""


class Mark(NamedTuple):
    """A key level."""

    name: str
    price: float
    tone: str
    """resistance, support or pivot."""


class Size(NamedTuple):
    """How large a picture is, in pixels of the page, and how many of its own each has."""

    width: int
    height: int
    scale: float = 1.0

    @property
    def is_narrow(self) -> bool:
        """Whether it is for a phone."""
        return self.width < NARROW


class Scene(NamedTuple):
    """Everything that a picture is drawn from."""

    document: Document
    bars: BarColumns
    regular: NDArray[np.bool_]
    """Which of the bars lie in the market's regular hours."""
    lines: list[Lines]
    marks: list[Mark]
    zone: ZoneInfo
    is_daily: bool
    is_simulated: bool
    as_of: str
    """In words: as of when, in which zone."""
    words: dict[str, str]
    """The texts of the picture, in the reader's language."""


class Plan(NamedTuple):
    """Where everything of a picture lies."""

    scene: Scene
    look: Look
    canvas: Canvas
    size: Size
    price: PriceScale
    times: TimeScale
    panes: list[tuple[Lines, Box]]
    hidden: int
    """Indicators for whose panes there is no room."""
    digits: int
    edge: float
    """Where the column of prices begins."""
    taken: list[Box]
    """Where something is written already."""


def plan(scene: Scene, size: Size, look: Look) -> Plan:
    """Return where everything lies."""
    canvas = Canvas(size.width, size.height, size.scale, look.ground)
    left = 12
    edge = size.width - (78 if size.is_narrow else 204)
    top = HEAD_NARROW if size.is_narrow else HEAD
    bottom = size.height - FOOT
    own = [one for one in scene.lines if one.indicator.kind in ("rsi", "macd", "atr")]
    each = max(LEAST_PANE, (bottom - top) * 0.17)
    fitting = min(len(own), int((bottom - top) * 0.5 // (each + GAP)))
    main = Box(left, top, edge, bottom - fitting * (each + GAP))
    panes = [
        (lines, Box(left, y := main.bottom + GAP + number * (each + GAP), edge, y + each))
        for number, lines in enumerate(own[:fitting])
    ]
    step = main.width * (1 - AIR_SHARE) / max(1, len(scene.bars.close))
    times = TimeScale(main, scene.bars.opened_at.tolist(), step)
    prices = _prices(scene, main)
    ticks = prices.ticks()
    digits = _digits(ticks, prices)
    return Plan(
        scene, look, canvas, size, prices, times, panes, len(own) - fitting, digits, edge, []
    )


def _digits(ticks: list[float], prices: PriceScale) -> int:
    from app.charts.rules.picture.scales import digits_for

    step = ticks[1] - ticks[0] if len(ticks) > 1 else prices.high - prices.low
    return digits_for(step)


def _prices(scene: Scene, main: Box) -> PriceScale:
    """Return the scale of the bars; what is drawn near them fits in, what is far does not."""
    bars, shown = scene.bars, scene.document
    low, high = float(bars.low.min()), float(bars.high.max())
    span = (high - low) or high * 0.01
    near = [mark.price for mark in scene.marks if _near(mark.price, low, high, span * 0.25)]
    near += [price for price in _drawn(shown) if _near(price, low, high, span)]
    low, high = min([low, *near]), max([high, *near])
    air = max(0.03, shown.settings.yaxis_padding) * ((high - low) or span)
    floor = VOLUME_SHARE * (high - low) if shown.settings.shows_volume else 0.0
    return PriceScale(main, low - air - floor, high + air)


def _near(price: float, low: float, high: float, reach: float) -> bool:
    return low - reach <= price <= high + reach


def _drawn(document: Document) -> list[float]:
    found: list[float] = []
    for drawing in document.drawings:
        for name in ("price", "target", "entry", "stop"):
            value = getattr(drawing, name, None)
            if value is not None:
                found.append(float(value))
        for name in ("start", "end", "at"):
            point = getattr(drawing, name, None)
            if point is not None:
                found.append(float(point.price))
    return found
