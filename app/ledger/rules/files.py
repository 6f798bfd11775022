"""A file of fills: CSV as spreadsheets and brokers write it, read row by row in flat memory."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from app.core.i18n import gettext, lazy_gettext, listed, ngettext
from app.ledger.errors import UnusableFileError
from app.ledger.rules.fills import Refusal
from app.ledger.schemas import FillIn

REQUIRED = ("external_id", "executed_at", "symbol", "side", "qty", "price", "fee", "currency")
OPTIONAL = ("fee_currency", "asset_class", "multiplier")
FORMULA = frozenset("=+-@\t\r")
TEXT_FIELDS = ("external_id", "symbol")
"""Columns in which a formula could hide; the others take only numbers, times and codes."""
BLOCK = 1 << 20
BINARY_STARTS = {
    b"PK\x03\x04": lazy_gettext("The file is an Excel or ZIP file: save it as CSV (UTF-8)."),
    b"\xd0\xcf\x11\xe0": lazy_gettext("The file is an old Excel file: save it as CSV (UTF-8)."),
    b"\x1f\x8b": lazy_gettext("The file is compressed: unpack it first."),
    b"%PDF": lazy_gettext("The file is a PDF file."),
    b"\xff\xfe": lazy_gettext("The file is in UTF-16: save it as CSV in UTF-8."),
    b"\xfe\xff": lazy_gettext("The file is in UTF-16: save it as CSV in UTF-8."),
}


class Row(NamedTuple):
    """One record of the file: a fill to be checked, or why it is none. The header is row 1."""

    number: int
    fill: FillIn | None
    refusal: Refusal | None


def check_bytes(file: BinaryIO) -> None:
    """Read the whole file once, before anything is written, and go back to its beginning.

    Raises:
        UnusableFileError: it is empty, binary or not UTF-8.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    done = 0
    while block := file.read(BLOCK):
        if done == 0:
            _check_start(block)
        if b"\x00" in block:
            raise _unusable(gettext("The file is binary, not text."))
        try:
            decoder.decode(block)
        except UnicodeDecodeError as error:
            # `error.start` may count a few bytes kept from the block before.
            place = done + error.start
            message = gettext("The file is not valid UTF-8 near byte %(place)s.", place=place)
            raise _unusable(message) from error
        done += len(block)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        message = gettext("The file is not valid UTF-8: it ends in the middle of a sign.")
        raise _unusable(message) from error
    if done == 0:
        raise _unusable(gettext("The file is empty."))
    file.seek(0)


def _check_start(block: bytes) -> None:
    for start, message in BINARY_STARTS.items():
        if block.startswith(start):
            raise _unusable(str(message))


def _unusable(message: str) -> UnusableFileError:
    return UnusableFileError(message, field="file")


def read_rows(file: BinaryIO) -> Iterator[Row]:
    """Yield the rows of a checked file.

    Raises:
        UnusableFileError: the first line does not name the columns.
    """
    # `newline=""` leaves line ends inside quotes to the CSV reader.
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        delimiter = _delimiter(text)
        reader = csv.reader(text, delimiter=delimiter)
        header = _read_header(next(reader, []))
        yield from _read_records(reader, header)
    finally:
        text.detach()


def _delimiter(text: io.TextIOWrapper) -> str:
    line = text.readline(4096)
    text.seek(0)
    found: str = max(",;\t", key=line.count)
    return found


def _read_header(cells: list[str]) -> list[str]:
    names = [cell.strip().lower().replace(" ", "_") for cell in cells]
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        message = gettext(
            "The first line must name the columns; missing: %(missing)s. "
            "Needed are %(needed)s; allowed besides are %(allowed)s.",
            missing=listed(missing),
            needed=listed(REQUIRED),
            allowed=listed(OPTIONAL),
        )
        raise _unusable(message)
    twice = sorted(
        {name for name in names if name in REQUIRED + OPTIONAL and names.count(name) > 1}
    )
    if twice:
        message = gettext("The first line names a column twice: %(names)s.", names=listed(twice))
        raise _unusable(message)
    return names


def _read_records(reader: Iterator[list[str]], header: list[str]) -> Iterator[Row]:
    width = len(header)
    places = [header.index(name) if name in header else None for name in FillIn._fields]
    number = 1
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            reason = gettext("cannot be read as CSV (%(error)s)", error=error)
            yield Row(number, None, Refusal("row", reason))
            continue
        if not cells or (len(cells) == 1 and not cells[0].strip()):
            continue
        if len(cells) != width:
            reason = ngettext(
                "has %(num)s cell, the first line has %(width)s",
                "has %(num)s cells, the first line has %(width)s",
                len(cells),
                width=width,
            )
            yield Row(number, None, Refusal("row", reason))
            continue
        fill = FillIn._make([None if place is None else cells[place] for place in places])
        formula = _find_formula(fill)
        yield Row(number, None, formula) if formula else Row(number, fill, None)


def _find_formula(fill: FillIn) -> Refusal | None:
    for field, cell in zip(TEXT_FIELDS, (fill.external_id, fill.symbol), strict=True):
        if cell and cell[0] in FORMULA:
            reason = gettext('begins with "%(sign)s", as a formula does', sign=cell[0])
            return Refusal(field, reason)
    return None
