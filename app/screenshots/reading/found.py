"""What was found on a picture for one position, before it is judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from app.screenshots.reading.labels import Kind
from app.screenshots.reading.numbers import Number, is_percent, parse_number
from app.screenshots.reading.tesseract import Word

GUESSED = 0.75
"""What a confidence is worth where a character was taken for another one."""


@dataclass
class Part:
    """A value and how sure it is."""

    value: Decimal | date | str
    confidence: float


@dataclass
class Found:
    """A position in the making."""

    ticker: Part | None = None
    right: Part | None = None
    strike: Part | None = None
    expiry: Part | None = None
    has_year: bool = False
    is_certain: bool = True
    """Whether the expiry can be no other day."""
    top: float = 0
    bottom: float = 0
    """Where it stands on the picture that was read."""
    figures: dict[Kind, Part] = field(default_factory=dict)

    @property
    def is_option(self) -> bool:
        """Whether it is a contract and not shares."""
        return self.right is not None and self.right.value != "shares"

    def number(self, kind: Kind) -> Decimal | None:
        """Return a figure."""
        part = self.figures.get(kind)
        return part.value if part and isinstance(part.value, Decimal) else None

    def take(self, kind: Kind, word: Word) -> bool:
        """Keep a word as a figure, if it is one and there is none yet."""
        number = figure(word)
        if number is None or kind in self.figures:
            return False
        worth = GUESSED if number.is_repaired else 1.0
        self.figures[kind] = Part(number.value, word.confidence * worth)
        return True


def figure(word: Word) -> Number | None:
    """Return the number that a word is; shares of hundred are none."""
    return None if is_percent(word.text) else parse_number(word.text)
