"""Which instrument each row or card is, by the rules of the broker's page."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from app.screenshots.reading.cards import Card, expiry_of
from app.screenshots.reading.contracts import (
    Contract,
    parse_contract,
    parse_expiry,
    parse_remains,
    parse_ticker,
)
from app.screenshots.reading.dates import MONTHS, Day
from app.screenshots.reading.found import GUESSED, Found, Part
from app.screenshots.reading.lines import Line
from app.screenshots.reading.numbers import parse_number
from app.screenshots.reading.tables import Row, Table
from app.screenshots.schemas import Broker

# What only options have in their names, be it in pieces.
UNREAD = re.compile(r"(?i)\b(?:call|put)|\b(?:{})[a-z]*\s?\d|\d'\d\d\b".format("|".join(MONTHS)))
UNSURE = 0.3
INHERITED = 0.98
"""What a symbol is worth that stands in the row above."""
# Contracts stand below a row with their underlying's symbol.
GROUPED: tuple[Broker, ...] = ("tastytrade", "thinkorswim")
# There, the row of shares carries the company's name and never its symbol.
NAMED_SHARES: tuple[Broker, ...] = ("thinkorswim",)


def from_table(table: Table, broker: Broker | None, seen_on: date) -> list[Found]:
    """Return the positions of a table."""
    found: list[Found] = []
    group: Part | None = None
    since = 0.0
    for row in table.rows:
        one = _named(row.names, seen_on)
        _fill(one, row)
        own = one.ticker
        is_bare = not one.figures.keys() & {"quantity", "entry", "current"}
        if one.right is None and own and is_bare:
            group, since = own, row.top
            continue
        if own is None or (one.right is None and broker in NAMED_SHARES):
            if group is None or (one.right is None and is_bare):
                continue
            # A row without a name between the two may be another underlying's.
            is_other = any(since < height < row.top for height in table.strays)
            one.ticker = Part(group.value, UNSURE if is_other else group.confidence * INHERITED)
        elif broker not in GROUPED:
            group = None
        if one.right is None:
            _rest(one, row, broker, seen_on, has_own=own is not None)
        one.top, one.bottom = row.top, row.bottom
        found.append(one)
    return found


def _rest(one: Found, row: Row, broker: Broker | None, seen_on: date, *, has_own: bool) -> None:
    """Say what a row is in which no whole contract was read: shares, or what is left of an option."""
    # Where the symbol has a line of its own, the contract stands in the next one.
    line = row.names[1] if has_own and len(row.names) > 1 else row.names[0]
    if parse_remains(line.text, seen_on) or UNREAD.search(line.text):
        _remains(one, line, seen_on)
    elif has_own or broker in NAMED_SHARES or "share" in line.text.lower():
        sure = min(word.confidence for word in row.names[0].words)
        one.right = Part("shares", sure * (1 if "quantity" in one.figures else GUESSED))


def _remains(one: Found, line: Line, seen_on: date) -> None:
    """Take strike and right of an option whose day cannot be read; no more than was read."""
    remains = parse_remains(line.text, seen_on)
    if remains:
        _contract(one, remains, line)
    for part in (one.right, one.strike):
        if part:
            part.confidence *= GUESSED


def from_cards(cards: Iterable[Card], seen_on: date) -> list[Found]:
    """Return the positions of cards; a title with neither contract nor figure is none."""
    found = []
    for card in cards:
        one = _named([card.title], seen_on)
        for kind, word in card.pairs:
            one.take(kind, word)
        if one.is_option and (named := expiry_of(card, seen_on)):
            _date(one, *named)
        if one.ticker and (one.is_option or "quantity" in one.figures):
            one.right = one.right or Part("shares", one.figures["quantity"].confidence)
            one.top = card.title.top
            one.bottom = max(
                [card.title.bottom, *(word.top + word.height for _, word in card.pairs)]
            )
            found.append(one)
    return found


def _fill(one: Found, row: Row) -> None:
    """Put the figures of a row where its columns say."""
    for column in {each for each, _ in row.cells}:
        words = sorted((word for each, word in row.cells if each == column), key=lambda w: w.middle)
        if len(words) < len(column.kinds) and len(column.kinds) > 1:
            # Which of the two is missing is told by the height.
            lower = words[0].middle > (row.top + row.bottom) / 2
            one.take(column.kinds[1 if lower else 0], words[0])
            continue
        for kind, word in zip(column.kinds, words, strict=False):
            one.take(kind, word)
    for line in row.names[1:]:
        if len(line.words) == 1 and parse_number(line.text):
            one.take("quantity", line.words[0])


def _named(lines: list[Line], seen_on: date) -> Found:
    """Return the instrument that a name of one or several lines tells."""
    one = Found()
    for line in lines:
        contract = parse_contract(line.text, seen_on)
        if contract and not one.is_option:
            _contract(one, contract, line)
        elif one.is_option and one.expiry is None and (named := parse_expiry(line.text, seen_on)):
            sure = min(line.words[at].confidence for at in line.within(named[1]))
            _date(one, named[0], sure)
        elif one.ticker is None and line is lines[0]:
            _symbol(one, line)
    return one


def _symbol(one: Found, line: Line) -> None:
    """Take the symbol that a row begins with; a word of a company's name is none."""
    first = line.words[0]
    found = parse_ticker(first.text)
    is_apart = len(line.words) == 1 or line.words[1].left - first.right > first.height * 0.55
    if found and is_apart:
        one.ticker = Part(found[0], first.confidence * (GUESSED if found[1] else 1))


def _contract(one: Found, contract: Contract, line: Line) -> None:
    def part(name: str, value: object) -> Part | None:
        if value is None or name not in contract.spans:
            return None
        words = [line.words[at] for at in line.within(contract.spans[name])]
        worth = GUESSED if name in contract.repaired else 1.0
        return Part(value, worth * min(word.confidence for word in words))  # type: ignore[arg-type]

    one.right, one.strike = part("right", contract.right), part("strike", contract.strike)
    one.expiry, one.has_year = part("expiry", contract.expiry), contract.has_year
    one.is_certain = contract.is_certain
    one.ticker = part("ticker", contract.ticker) or one.ticker
    if contract.days is not None:
        one.figures["days"] = part("expiry", contract.days) or Part(str(contract.days), 0)


def _date(one: Found, named: Day, sure: float) -> None:
    """Take a day that stands beside the name; one with a year is worth more than one without."""
    if one.expiry is None or (named.has_year and not one.has_year):
        one.expiry = Part(named.day, sure)
        one.has_year, one.is_certain = named.has_year, named.is_certain
