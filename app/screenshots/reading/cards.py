"""Positions as cards or a plain list: a title, and below it labels with their figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from app.screenshots.reading.contracts import parse_contract, parse_expiry, parse_ticker
from app.screenshots.reading.dates import Day
from app.screenshots.reading.found import figure
from app.screenshots.reading.labels import Kind, find_labels
from app.screenshots.reading.lines import Line
from app.screenshots.reading.tesseract import Word

BELOW = 2.2
"""A figure stands at most this many heights below its label."""


@dataclass
class Card:
    """A title with what belongs to it."""

    title: Line
    pairs: list[tuple[Kind, Word]] = field(default_factory=list)
    notes: list[Line] = field(default_factory=list)
    """Lines that are neither: an expiry may stand there."""


def find_cards(lines: Sequence[Line], height: float, seen_on: date) -> list[Card]:
    """Return the cards of a page, in their order."""
    cards: list[Card] = []
    for number, line in enumerate(lines):
        labels = find_labels([word.text for word in line.words])
        if labels and cards:
            for label in labels:
                own = line.words[label.first : label.end]
                if word := _figure_of(own, line, lines[number + 1 : number + 3], height):
                    cards[-1].pairs.append((label.kind, word))
        elif _is_title(line, seen_on):
            cards.append(Card(line))
        elif cards:
            cards[-1].notes.append(line)
    return cards


def _is_title(line: Line, seen_on: date) -> bool:
    contract = parse_contract(line.text, seen_on)
    if contract:
        return contract.ticker is not None
    return len(line.words) == 1 and parse_ticker(line.text) is not None


def _figure_of(
    label: Sequence[Word], line: Line, below: Sequence[Line], height: float
) -> Word | None:
    """Return the figure that a label names: below it, or right of it on the same line."""
    left, right = label[0].left, label[-1].right
    for lower in below:
        if lower.middle - line.middle > BELOW * height:
            break
        for word in lower.words:
            if abs(word.left - left) < height * 0.8 and _is_value(word):
                return word
    after = [word for word in line.words if word.left > right]
    return after[0] if after and _is_value(after[0]) else None


def _is_value(word: Word) -> bool:
    return figure(word) is not None or is_full_date(word.text)


def is_full_date(text: str) -> bool:
    """Whether it is a day with a year, by strokes."""
    return text.count("/") > 1


def expiry_of(card: Card, seen_on: date) -> tuple[Day, float] | None:
    """Return the day that a card names beside its title, and how sure it is."""
    told = [word for kind, word in card.pairs if kind == "expiry"]
    for words in [*([word] for word in told), *(list(note.words) for note in card.notes)]:
        line = Line(tuple(words))
        if found := parse_expiry(line.text, seen_on):
            named, span = found
            return named, min(line.words[at].confidence for at in line.within(span))
    return None
