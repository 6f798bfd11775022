"""Words of a picture as lines of text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median

from app.screenshots.reading.tesseract import Word

LEAST = 0.15
"""Words of which the reader is less sure are dirt."""

WEAK = 0.6
"""Below it, a second look is asked."""


@dataclass(frozen=True)
class Line:
    """Words at one height, from left to right."""

    words: tuple[Word, ...]

    @cached_property
    def text(self) -> str:
        """All of it."""
        return " ".join(word.text for word in self.words)

    @property
    def top(self) -> int:
        """Its upper edge."""
        return min(word.top for word in self.words)

    @property
    def bottom(self) -> int:
        """Its lower edge."""
        return max(word.top + word.height for word in self.words)

    @property
    def left(self) -> int:
        """Its left edge."""
        return self.words[0].left

    @property
    def middle(self) -> float:
        """The height of its middle."""
        return median(word.middle for word in self.words)

    def within(self, span: tuple[int, int]) -> list[int]:
        """Return which words stand in a part of the text."""
        found, at = [], 0
        for number, word in enumerate(self.words):
            end = at + len(word.text)
            if at < span[1] and end > span[0]:
                found.append(number)
            at = end + 1
        return found

    def without(self, numbers: set[int]) -> Line | None:
        """Return the line without some words; None: nothing is left."""
        rest = tuple(word for at, word in enumerate(self.words) if at not in numbers)
        return Line(rest) if rest else None


def type_size(words: Sequence[Word]) -> float:
    """Return the size of most of the type: figures and capitals are seven tenths of it."""
    heights = [word.height for word in words if word.confidence >= LEAST]
    return median(heights) / 0.72 if heights else 1.0


def lines_of(words: Sequence[Word], height: float) -> list[Line]:
    """Return the lines from top to bottom; `height` is the size of the type."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda each: each.middle):
        if word.confidence < LEAST or word.height > 4 * height:
            continue
        row = rows[-1] if rows else None
        if row and word.middle - median(each.middle for each in row) < height * 0.4:
            row.append(word)
        else:
            rows.append([word])
    return [Line(tuple(_joined(sorted(row, key=lambda each: each.left), height))) for row in rows]


def added(words: Sequence[Word], more: Sequence[Word]) -> list[Word]:
    """Return the words, better read where a second look is surer, and those that only it saw."""
    kept = [word for word in words if not any(_is_better(other, word) for other in more)]
    return [*kept, *(word for word in more if not any(_meets(word, each) for each in kept))]


def _is_better(one: Word, word: Word) -> bool:
    is_in_place = (
        abs(one.middle - word.middle) < 0.3 * word.height and one.height < 1.5 * word.height
    )
    return word.confidence < WEAK < one.confidence and is_in_place and _meets(one, word)


def _meets(one: Word, other: Word) -> bool:
    return (
        one.left < other.right
        and other.left < one.right
        and one.top < other.top + other.height
        and other.top < one.top + one.height
    )


def _joined(words: list[Word], height: float) -> list[Word]:
    """Join a sign that stands alone with the figure after it."""
    done: list[Word] = []
    for word in words:
        last = done[-1] if done else None
        is_near = last is not None and word.left - last.right < height * 0.5
        if last and is_near and last.text in {"-", "+", "$", "-$", "+$", "—", "–", "("}:  # noqa: RUF001 - strokes that a minus is read as
            top = min(last.top, word.top)
            bottom = max(last.top + last.height, word.top + word.height)
            done[-1] = Word(
                last.text + word.text, last.left, top, word.right - last.left, bottom - top,
                min(last.confidence, word.confidence),
            )  # fmt: skip
        else:
            done.append(word)
    return done
