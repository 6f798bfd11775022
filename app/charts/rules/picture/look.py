"""Colours and fonts of a picture: the tokens that the pages have (wp-plugin/assets/trp.css)."""

from __future__ import annotations

import threading
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from PIL import ImageFont
from PIL.ImageFont import FreeTypeFont

FONTS = Path(__file__).resolve().parents[4] / "wp-plugin" / "assets" / "fonts"
FILES = {"text": "inter-latin-wght-normal.woff2", "price": "jetbrains-mono-latin-wght-normal.woff2"}
AXIS, SMALL, BODY, TITLE = 11, 12, 13, 18
Colour = tuple[int, int, int]


class Look(NamedTuple):
    """The colours of a theme."""

    ground: Colour
    surface: Colour
    raised: Colour
    line: Colour
    control: Colour
    text: Colour
    soft: Colour
    mute: Colour
    profit: Colour
    loss: Colour
    accent: Colour
    warn: Colour
    ai: Colour
    fill: Colour
    on_fill: Colour


def _look(text: str) -> Look:
    colours = [tuple(bytes.fromhex(one)) for one in text.split()]
    return Look(*colours)  # type: ignore[arg-type]


LOOKS = {
    "dark": _look(
        "060818 0a0e27 12173a 1c2247 5d668f eceef8 b0b7d3 8d95b8 00d97e ff6058 66aeff f0b74a "
        "b3a4ff 0a6ae0 ffffff"
    ),
    "light": _look(
        "ffffff f7f8fc eef0f7 e1e4ef 7d86a6 0a0e27 454d6b 5b6484 00714a c4211a 0059bf 855400 "
        "5a3fd0 0064d2 ffffff"
    ),
}
# Lines of indicators, in the order in which they were added: none is that of profit or loss.
SERIES = ("accent", "warn", "ai", "soft")


def blend(over: Colour, under: Colour, share: float) -> Colour:
    """Return `share` of one colour on another."""
    red, green, blue = (
        round(top * share + below * (1 - share)) for top, below in zip(over, under, strict=True)
    )
    return red, green, blue


def font(kind: str, size: float, weight: int = 400) -> FreeTypeFont:
    """Return a font; each thread has its own, because the library's are not shared safely."""
    return _font(threading.get_ident(), kind, round(size * 4) / 4, weight)


@lru_cache(maxsize=512)
def _font(_thread: int, kind: str, size: float, weight: int) -> FreeTypeFont:
    found = ImageFont.truetype(FONTS / FILES[kind], size)
    found.set_variation_by_axes([weight])
    return found
