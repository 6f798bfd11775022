"""Positions in a table: columns by their heads, rows by their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from app.screenshots.reading.contracts import parse_contract
from app.screenshots.reading.found import figure
from app.screenshots.reading.labels import Kind, find_labels
from app.screenshots.reading.lines import Line
from app.screenshots.reading.tesseract import Word

NEAR = 1.65
"""Lines of one cell are nearer to each other than this many sizes of the type; rows are not."""

LEAST_HEADS, LEAST_TOLD = 3, 2
"""Labels that make a line a table's head, and those of them that we ask for."""
SHORTEST = 3
HALVES: dict[Kind, Kind] = {"entry": "current", "current": "entry"}


@dataclass(frozen=True)
class Column:
    """A column by its head."""

    kinds: tuple[Kind, ...]
    """Two where each row has two lines: Last above Avg Price."""
    left: int
    right: int

    def distance(self, word: Word) -> float:
        """Return how far a word is from standing in this column, by its nearer edge or middle."""
        middles = abs((word.left + word.right) / 2 - (self.left + self.right) / 2)
        return min(abs(word.right - self.right), abs(word.left - self.left), middles)


@dataclass
class Row:
    """What stands in one row."""

    names: list[Line]
    cells: list[tuple[Column, Word]] = field(default_factory=list)

    @property
    def top(self) -> float:
        """Its upper edge, as far as its name goes."""
        return self.names[0].top

    @property
    def bottom(self) -> float:
        """Its lower edge, as far as its name goes."""
        return self.names[-1].bottom


@dataclass(frozen=True)
class Table:
    """A table of positions."""

    columns: list[Column]
    rows: list[Row]
    strays: list[int]
    """At what heights figures stand beside which no name was read."""


def find_table(lines: Sequence[Line], height: float, seen_on: date) -> Table | None:
    """Return the table of a page, or None where no line is a table's head."""
    head = _head(lines)
    if head is None:
        return None
    first, last = head, head
    while last + 1 < len(lines) and _is_more_head(lines[last], lines[last + 1], height):
        last += 1
    # A head of two lines whose middle cells stand between them comes as three.
    while first > 0 and _is_more_head(lines[first - 1], lines[first], height, is_above=True):
        first -= 1
    columns = _columns(lines[first : last + 1])
    return Table(columns, *_rows(lines[last + 1 :], columns, height, seen_on))


def _head(lines: Sequence[Line]) -> int | None:
    for number, line in enumerate(lines):
        kinds = {label.kind for label in find_labels([word.text for word in line.words])}
        told = kinds - {"other"}
        if (
            len(kinds) >= LEAST_HEADS
            and len(told) >= LEAST_TOLD
            and not any(map(figure, line.words))
        ):
            return number
    return None


def _is_more_head(upper: Line, lower: Line, height: float, *, is_above: bool = False) -> bool:
    line = upper if is_above else lower
    return lower.middle - upper.middle < NEAR * height and not any(map(figure, line.words))


def _columns(lines: Sequence[Line]) -> list[Column]:
    columns: list[Column] = []
    for line in lines:
        for kinds, left, right in _heads(line):
            at = _under(columns, left, right)
            if at is None:
                columns.append(Column(kinds, left, right))
            else:
                each = columns[at]
                columns[at] = Column(
                    each.kinds + kinds, min(each.left, left), max(each.right, right)
                )
    if not any("quantity" in column.kinds for column in columns):
        columns += _unread_quantity(max(lines, key=lambda line: len(_heads(line))))
    return _completed(columns, lines)


def _under(columns: Sequence[Column], left: int, right: int) -> int | None:
    found = (at for at, each in enumerate(columns) if each.left < right and left < each.right)
    return next(found, None)


def _completed(columns: list[Column], lines: Sequence[Line]) -> list[Column]:
    """Name the unread half of a head of two lines: above or below what was paid stands the price."""
    for line in lines:
        labels = find_labels([word.text for word in line.words])
        for number, word in enumerate(line.words):
            at = _under(columns, word.left, word.right)
            is_read = any(label.first <= number < label.end for label in labels)
            if is_read or at is None or len(columns[at].kinds) > 1:
                continue
            kind, each = columns[at].kinds[0], columns[at]
            if other := HALVES.get(kind):
                is_first = line.middle < max(one.middle for one in lines if one is not line)
                kinds = (other, kind) if is_first else (kind, other)
                columns[at] = Column(kinds, each.left, each.right)
    return columns


def _heads(line: Line) -> list[tuple[tuple[Kind, ...], int, int]]:
    """Return the heads of a line; Last/Avg Cost is one head of two kinds."""
    words: list[Word] = []
    for word in line.words:
        words += _split(word)
    found = []
    for label in find_labels([word.text for word in words]):
        own = words[label.first : label.end]
        found.append((label.kind, own[0].left, own[-1].right))
    merged: list[tuple[tuple[Kind, ...], int, int]] = []
    for kind, left, right in found:
        if merged and left - merged[-1][2] <= 1:
            kinds, start, _ = merged[-1]
            merged[-1] = ((*kinds, kind), start, right)
        else:
            merged.append(((kind,), left, right))
    return merged


def _unread_quantity(line: Line) -> list[Column]:
    """Return the one short head that no label fits: Qty is the shortest, and the worst to read."""
    labels = find_labels([word.text for word in line.words])
    rest = [
        word for at, word in enumerate(line.words)
        if len(word.text) <= SHORTEST and not any(label.first <= at < label.end for label in labels)
    ]  # fmt: skip
    return [Column(("quantity",), rest[0].left, rest[0].right)] if len(rest) == 1 else []


def _split(word: Word) -> list[Word]:
    """Return the two words of Value/Qty, but P/L whole."""
    first, _, second = word.text.partition("/")
    if min(len(first), len(second)) < SHORTEST:
        return [word]
    cut = word.left + round(word.width * (len(first) + 0.5) / len(word.text))
    return [
        word._replace(text=first, width=cut - word.left),
        word._replace(text=second, left=cut, width=word.right - cut),
    ]


def _rows(
    lines: Sequence[Line], columns: list[Column], height: float, seen_on: date
) -> tuple[list[Row], list[int]]:
    names: list[Line] = []
    cells: list[tuple[Column, Word]] = []
    for line in lines:
        name, own = _parted(line, columns, height, seen_on)
        cells += own
        if name:
            names.append(name)
    rows: list[Row] = []
    for name in names:
        if rows and name.middle - rows[-1].names[-1].middle < NEAR * height:
            rows[-1].names.append(name)
        else:
            rows.append(Row([name]))
    strays = []
    for column, word in cells:
        row = min(rows, key=lambda each: _apart(each, word), default=None)
        if row and _apart(row, word) < height * 0.8:
            row.cells.append((column, word))
        else:
            strays.append(word.top)
    return rows, strays


def _apart(row: Row, word: Word) -> float:
    return max(row.top - word.middle, word.middle - row.bottom, 0.0)


def _parted(
    line: Line, columns: list[Column], height: float, seen_on: date
) -> tuple[Line | None, list[tuple[Column, Word]]]:
    """Part a line into its name and its cells."""
    contract = parse_contract(line.text, seen_on)
    # What belongs to a contract's name is no figure, wherever it stands.
    named = set(line.within(contract.whole)) if contract else set()
    start = max(named, default=-1)
    cells, taken = [], set()
    figures = [column for column in columns if column.kinds[0] != "name"]
    for number, word in enumerate(line.words):
        if number <= start or not _is_cell(word) or not figures:
            continue
        nearest = min(figures, key=lambda each: each.distance(word))
        if nearest.distance(word) < height:
            cells.append((nearest, word))
            taken.add(number)
    return line.without(taken), cells


def _is_cell(word: Word) -> bool:
    return figure(word) is not None or "%" in word.text
