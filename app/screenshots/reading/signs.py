"""Minus signs that were seen but not read: short strokes before a figure, found in the picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.screenshots.reading.numbers import parse_number
from app.screenshots.reading.tesseract import Word

REACH = 0.85
"""How far before a figure its sign stands, in heights of the figure."""
INK = 60
"""How much darker than its surroundings (of 255) a stroke is."""
THICKEST, SHORTEST = 0.3, 0.2
"""Of a minus, in heights of the figure: a plus is higher, a point is shorter."""
MIDDLE = (0.35, 0.8)
"""Where its middle is between the top and the foot of the figure."""
GROUND = 80
"""The percentile of brightness that is surely paper."""
SEEN = 0.9
"""What a confidence is worth with a sign that the reader itself has not seen."""


def with_signs(words: Sequence[Word], picture: Image.Image) -> list[Word]:
    """Return the words, and a minus before each figure that has one on the picture."""
    pixels = np.asarray(picture.convert("L"), dtype=np.int16)
    return [_signed(word, words, pixels) for word in words]


def _signed(word: Word, words: Sequence[Word], pixels: NDArray[np.int16]) -> Word:
    if not (word.text[0].isdigit() or word.text[0] in "$.") or parse_number(word.text) is None:
        return word
    left = max(0, round(word.left - REACH * word.height))
    left = max([left, *(other.right + 1 for other in words if _is_before(other, word))])
    top, bottom = max(0, word.top - 2), word.top + word.height + 2
    if not begins_with_minus(pixels[top:bottom, left : word.right], word.height):
        return word
    return word._replace(text=f"-{word.text}", confidence=word.confidence * SEEN)


def begins_with_minus(patch: NDArray[np.int16], height: int) -> bool:
    """Whether the first shape in a piece of a picture is a short level stroke at mid height."""
    inked = patch < np.percentile(patch, GROUND) - INK if patch.size else np.zeros((0, 0), bool)
    filled = np.concatenate(([False], inked.any(axis=0), [False]))
    turns = np.flatnonzero(filled[1:] != filled[:-1])
    if len(turns) <= 2:  # noqa: PLR2004 - one shape is the figure itself
        return False
    shape = inked[:, turns[0] : turns[1]]
    rows = np.flatnonzero(shape.any(axis=1))
    high, wide = rows[-1] - rows[0] + 1, turns[1] - turns[0]
    middle = (rows[0] + rows[-1]) / 2 / len(patch)
    is_stroke = high <= THICKEST * height and wide >= SHORTEST * height and wide > high
    return bool(is_stroke and MIDDLE[0] < middle < MIDDLE[1])


def _is_before(other: Word, word: Word) -> bool:
    return abs(other.middle - word.middle) < word.height * 0.7 and other.left < word.left
