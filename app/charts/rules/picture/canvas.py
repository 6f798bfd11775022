"""A canvas in the pixels of a page: shapes are drawn large and made small, texts sharp on top."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple, Required, TypedDict, Unpack

from PIL import Image, ImageDraw

from app.charts.rules.picture.look import Colour, font

FINER = 2
"""How much larger shapes are drawn than they are shown, so that slanted lines are smooth."""
Point = tuple[float, float]
ENDS = 2


class Box(NamedTuple):
    """A part of the picture, in pixels of the page."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """From left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From top to bottom."""
        return self.bottom - self.top

    def touches(self, other: Box) -> bool:
        """Whether two boxes share any place."""
        beside = self.right <= other.left or other.right <= self.left
        return not (beside or self.bottom <= other.top or other.bottom <= self.top)

    def holds(self, y: float) -> bool:
        """Whether a height lies inside."""
        return self.top <= y <= self.bottom


class Style(TypedDict, total=False):
    """How a text is written."""

    size: Required[float]
    kind: str
    weight: int
    anchor: str


class _Text(NamedTuple):
    at: Point
    text: str
    colour: Colour
    kind: str
    size: float
    weight: int
    anchor: str


class Canvas:
    """What is drawn so far. All positions are in pixels of the page, whatever the scale."""

    def __init__(self, width: int, height: int, scale: float, ground: Colour) -> None:
        self.width, self.height, self.scale = width, height, scale
        self._factor = scale * FINER
        size = (round(width * scale) * FINER, round(height * scale) * FINER)
        self._image = Image.new("RGB", size, ground)
        self._draw = ImageDraw.Draw(self._image)
        self._texts: list[_Text] = []

    def _at(self, x: float, y: float) -> tuple[int, int]:
        return round(x * self._factor), round(y * self._factor)

    def box(self, box: Box, colour: Colour, *, outline: bool = False, radius: float = 0) -> None:
        """Fill a box, or draw its edge."""
        left, top = self._at(box.left, box.top)
        right, bottom = self._at(box.right, box.bottom)
        place = (left, top, max(left, right - 1), max(top, bottom - 1))
        width = max(1, round(self._factor))
        if radius:
            rounded = radius * self._factor
            self._draw.rounded_rectangle(place, rounded, fill=colour)
        elif outline:
            self._draw.rectangle(place, outline=colour, width=width)
        else:
            self._draw.rectangle(place, fill=colour)

    def line(
        self,
        points: Sequence[Point],
        colour: Colour,
        width: float = 1,
        dash: tuple[float, float] | None = None,
    ) -> None:
        """Draw a line through points, dashed by lengths of stroke and gap."""
        if dash is not None:
            for start, end in pairwise(points):
                for part in _dashes(start, end, dash):
                    self.line(part, colour, width)
            return
        if len(points) == ENDS and 0 in _reach(points):
            self._straight(points[0], points[1], colour, width)
            return
        places = [(x * self._factor, y * self._factor) for x, y in points]
        self._draw.line(places, colour, max(1, round(width * self._factor)), joint="curve")

    def _straight(self, start: Point, end: Point, colour: Colour, width: float) -> None:
        """Draw a level or upright line on whole pixels of the picture, so that it is crisp."""
        (x0, x1), (y0, y1) = sorted((start[0], end[0])), sorted((start[1], end[1]))
        thick = max(1, round(width * self.scale)) * FINER
        if y0 == y1:
            top = round(y0 * self.scale - thick / FINER / 2) * FINER
            box = (*self._at(x0, 0)[:1], top, self._at(x1, 0)[0] - 1, top + thick - 1)
        else:
            left = round(x0 * self.scale - thick / FINER / 2) * FINER
            box = (left, self._at(0, y0)[1], left + thick - 1, self._at(0, y1)[1] - 1)
        self._draw.rectangle(
            (box[0], box[1], max(box[0], box[2]), max(box[1], box[3])), fill=colour
        )

    def dot(self, x: float, y: float, radius: float, colour: Colour) -> None:
        """Draw a filled circle."""
        left, top = self._at(x - radius, y - radius)
        right, bottom = self._at(x + radius, y + radius)
        self._draw.ellipse((left, top, right, bottom), fill=colour)

    def area(self, points: Iterable[Point], colour: Colour) -> None:
        """Fill what lies inside of points."""
        self._draw.polygon([(x * self._factor, y * self._factor) for x, y in points], fill=colour)

    def text(self, at: Point, text: str, colour: Colour, **style: Unpack[Style]) -> float:
        """Write a text and return how wide it is; the anchor is as Pillow names it."""
        kind, weight = style.get("kind", "text"), style.get("weight", 400)
        one = _Text(at, text, colour, kind, style["size"], weight, style.get("anchor", "lm"))
        self._texts.append(one)
        return text_width(text, one.size, kind, weight)

    def png(self) -> bytes:
        """Return the picture."""
        image = self._image.reduce(FINER)
        draw = ImageDraw.Draw(image)
        draw.fontmode = "L"
        for one in self._texts:
            place = (one.at[0] * self.scale, one.at[1] * self.scale)
            used = font(one.kind, one.size * self.scale, one.weight)
            draw.text(place, one.text, one.colour, font=used, anchor=one.anchor)
        target = io.BytesIO()
        dots = round(96 * self.scale)
        image.save(target, "PNG", compress_level=4, dpi=(dots, dots))
        return target.getvalue()


def _reach(points: Sequence[Point]) -> tuple[float, float]:
    return points[1][0] - points[0][0], points[1][1] - points[0][1]


def text_width(text: str, size: float, kind: str = "text", weight: int = 400) -> float:
    """Return how wide a text is, in pixels of the page."""
    return float(font(kind, size, weight).getlength(text))


def _dashes(start: Point, end: Point, dash: tuple[float, float]) -> Iterable[tuple[Point, Point]]:
    (x0, y0), (x1, y1) = start, end
    length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
    at = 0.0
    while at < length:
        stop = min(length, at + dash[0])
        yield (
            (x0 + (x1 - x0) * at / length, y0 + (y1 - y0) * at / length),
            (x0 + (x1 - x0) * stop / length, y0 + (y1 - y0) * stop / length),
        )
        at = stop + dash[1]
