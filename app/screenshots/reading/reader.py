"""The way from a picture to the positions on it."""

from __future__ import annotations

from datetime import date
from typing import Any

from PIL import Image

from app.screenshots.errors import UnreadableError
from app.screenshots.reading import tesseract
from app.screenshots.reading.cards import find_cards
from app.screenshots.reading.found import Found
from app.screenshots.reading.judging import judged
from app.screenshots.reading.labels import whose
from app.screenshots.reading.lines import WEAK, Line, added, lines_of, type_size
from app.screenshots.reading.naming import from_cards, from_table
from app.screenshots.reading.preparing import opened, prepared
from app.screenshots.reading.signs import with_signs
from app.screenshots.reading.tables import find_table
from app.screenshots.reading.tesseract import Word
from app.screenshots.schemas import Broker, Reading, Seen, SeenPosition, Unreadable

LEAST_WORDS = 4
"""Fewer are dirt that looks like letters."""


def read(content: bytes | Image.Image, seen_on: date) -> Reading:
    """Return the positions on a picture; none, and why, where nothing can be read.

    `seen_on` is the day on which the picture was taken: an expiry without a year is the next such
    day. Called in workers and commands only: it takes seconds.

    Raises:
        ReaderAwayError: Tesseract is not installed, or does not answer in time.
    """
    try:
        picture = prepared(opened(content))
    except UnreadableError as error:
        return Reading(reason=error.reason)
    words = with_signs(tesseract.words(picture), picture)
    reading = _understood(words, seen_on, picture.height)
    if words and _is_doubtful(reading):
        more = with_signs(tesseract.words(picture, tesseract.BLOCK), picture)
        second = _understood(added(words, more), seen_on, picture.height)
        reading = max(reading, second, key=_worth)
    return reading


def _understood(words: list[Word], seen_on: date, height: int) -> Reading:
    size = type_size(words)
    lines = lines_of(words, size)
    broker, sure = whose("\n".join(line.text for line in lines))
    positions = judged(_found(lines, size, broker, seen_on), seen_on, height)
    return Reading(
        broker=Seen[Broker](value=broker, confidence=round(sure, 3)),
        positions=positions,
        reason=None if positions else _reason(lines),
    )


def _is_doubtful(reading: Reading) -> bool:
    """Whether a second look may help: nothing was found, or something is missing or weak."""
    return not reading.positions or any(
        value.confidence < WEAK for one in reading.positions for value in _values(one)
    )


def _worth(reading: Reading) -> float:
    return sum(value.confidence for one in reading.positions for value in _values(one))


def _values(one: SeenPosition) -> tuple[Seen[Any], ...]:
    contract = () if one.right.value == "shares" else (one.strike, one.expiry)
    return (one.ticker, one.right, *contract, one.quantity, one.entry_price, one.current_price)


def _found(lines: list[Line], size: float, broker: Broker | None, seen_on: date) -> list[Found]:
    table = find_table(lines, size, seen_on)
    found = from_table(table, broker, seen_on) if table else []
    return found or from_cards(find_cards(lines, size, seen_on), seen_on)


def _reason(lines: list[Line]) -> Unreadable:
    return "no_positions" if sum(len(line.words) for line in lines) >= LEAST_WORDS else "no_text"
