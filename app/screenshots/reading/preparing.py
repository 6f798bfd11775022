"""Makes a picture of a page easy to read for a machine: pure functions on pictures."""

from __future__ import annotations

import io
import warnings

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from app.screenshots.errors import UnreadableError

MOST_PIXELS = 40_000_000
"""A phone's long screenshot has 15 million."""
LEAST_SIDE = 24
LINE_HEIGHT = 25.0
"""Of figures and capitals: what Tesseract reads best."""
USUAL_LINE = 10.0
MOST_PREPARED = 16_000_000
EDGE = 40
"""How much two neighbours must differ to be the edge of a letter (of 255)."""
QUIET = 12
DARK = 110
LEAST_EDGES = 2
STRIPS = 24
LINES = (5, 120)
"""How high a line of text may be, in pixels."""


def opened(content: bytes | Image.Image) -> Image.Image:
    """Return the picture as it is meant to be looked at, in plain colours.

    Raises:
        UnreadableError: this is no picture, or one that is too large or too small to read.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = (
                Image.open(io.BytesIO(content), formats=("PNG", "JPEG", "WEBP"))
                if isinstance(content, bytes)
                else content
            )
        if picture.width * picture.height > MOST_PIXELS:
            raise UnreadableError("too_large")
        if min(picture.size) < LEAST_SIDE:
            raise UnreadableError("too_small")
        return ImageOps.exif_transpose(_on_white(picture))
    except Image.DecompressionBombError as error:
        raise UnreadableError("too_large") from error
    except (OSError, ValueError, SyntaxError) as error:
        raise UnreadableError("no_picture") from error


def prepared(picture: Image.Image) -> Image.Image:
    """Return the picture grey, dark on light, with full contrast, its text at a legible height.

    Raises:
        UnreadableError: it shows nothing.
    """
    dark = is_dark(picture)
    grey = strongest(picture, dark=dark)
    if dark:
        grey = ImageOps.invert(grey)
    low, high = _range(grey)
    if high - low < QUIET:
        raise UnreadableError("blank")
    grey = ImageOps.autocontrast(grey, cutoff=(0.1, 0.1))
    return scaled(grey, line_height(grey))


def is_dark(picture: Image.Image) -> bool:
    """Whether most of the picture is dark, as pages in dark colours are."""
    return float(np.median(np.asarray(picture.convert("L")))) < DARK


def strongest(picture: Image.Image, *, dark: bool) -> Image.Image:
    """Return the picture grey so that coloured text stands out.

    Red on black becomes light, red on white dark, where the usual mixture makes both dim.
    """
    colours = np.asarray(picture.convert("RGB"))
    return Image.fromarray(colours.max(axis=2) if dark else colours.min(axis=2))


def line_height(grey: Image.Image) -> float:
    """Return how high most pieces of text are, in pixels; the usual height where none is found.

    Looks at narrow strips: in the whole width, cells that stand between two lines would join them.
    """
    values = np.asarray(grey, dtype=np.int16)
    edges = np.abs(np.diff(values, axis=1)) > EDGE
    runs = np.concatenate([_runs(strip) for strip in np.array_split(edges, STRIPS, axis=1)])
    lines = runs[(runs >= LINES[0]) & (runs <= LINES[1])]
    return float(np.median(lines)) if lines.size else USUAL_LINE


def _runs(strip: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return how many rows with the edges of letters follow each other, for each time they do."""
    inked = np.concatenate(([False], strip.sum(axis=1) >= LEAST_EDGES, [False]))
    turns = np.flatnonzero(inked[1:] != inked[:-1])
    return turns[1::2] - turns[::2]


def scaled(grey: Image.Image, height: float) -> Image.Image:
    """Return the picture at a size where lines that are `height` high are well legible."""
    factor = min(4.0, max(0.4, LINE_HEIGHT / height))
    pixels = grey.width * grey.height
    factor = min(factor, (MOST_PREPARED / pixels) ** 0.5)
    size = (max(1, round(grey.width * factor)), max(1, round(grey.height * factor)))
    return grey.resize(size, Image.Resampling.LANCZOS)


def _on_white(picture: Image.Image) -> Image.Image:
    """Return it in plain colours; what is transparent is white, as on a page."""
    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        layers = picture.convert("RGBA")
        ground = Image.new("RGBA", layers.size, "white")
        # The orientation is told in the picture's own facts: they must survive.
        flat = Image.alpha_composite(ground, layers).convert("RGB")
        flat.info.update(picture.info)
        return flat
    return picture.convert("RGB")


def _range(grey: Image.Image) -> tuple[int, int]:
    low, high = grey.getextrema()
    return int(low), int(high)  # type: ignore[arg-type]
