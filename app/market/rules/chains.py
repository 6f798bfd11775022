"""Reading a CSV file of an option chain. Pure."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from app.core.i18n import gettext
from app.market.schemas import ChainFile, OptionQuote, RowFault

NEEDED = ("expiry", "strike", "right")
PRICES = ("bid", "ask", "open", "high", "low", "close")
COUNTS = ("volume", "open_interest")
FIGURES = ("implied_volatility", "delta", "gamma", "vega", "theta", "rho")
MAX_PRICE = Decimal(10**9)
MAX_COUNT = 10**15
_UNIT = Decimal(1).scaleb(-8)
_EXPIRY = re.compile(r"[0-9]{8}|[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")


class _BadCellError(Exception):
    """A cell that cannot be read: its column and why."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field, self.reason = field, reason


def parse_chain_file(lines: Iterable[str], session: date) -> ChainFile:
    """Read the contracts from the lines of a CSV file with a header.

    Needed: expiry, strike, right. Read where they are there: bid, ask, open, high, low, close,
    volume, open_interest, implied_volatility, delta, gamma, vega, theta, rho. A row without
    expiry, strike and right is the underlying. Bad rows are told and left out.
    """
    price: Decimal | None = None
    quotes: dict[tuple[date, Decimal, str], OptionQuote] = {}
    faults: list[RowFault] = []
    row = 0
    try:
        reader = csv.DictReader(_lowered(lines), strict=True, restkey="", restval=None)
        missing = [name for name in NEEDED if name not in (reader.fieldnames or ())]
        if missing:
            reason = gettext("there is no such column; needed: %(names)s", names=", ".join(NEEDED))
            return ChainFile(None, [], [RowFault(1, missing[0], reason)])
        for row, cells in enumerate(reader, start=2):
            try:
                if _is_underlying(cells):
                    price = _read(cells, "close", _price)
                    continue
                _take(quotes, _quote(cells, session))
            except _BadCellError as error:
                faults.append(RowFault(row, error.field, error.reason))
    except csv.Error as error:
        faults.append(RowFault(row + 1, "", gettext("is not valid CSV (%(error)s)", error=error)))
    if not quotes and not faults:
        faults.append(RowFault(2, "", gettext("there are no contracts")))
    return ChainFile(price, [quotes[key] for key in sorted(quotes)], faults)


def _take(quotes: dict[tuple[date, Decimal, str], OptionQuote], quote: OptionQuote) -> None:
    key = (quote.expiry, quote.strike, quote.option_right)
    if key in quotes:
        raise _BadCellError("", gettext("repeats a contract that is there already"))
    quotes[key] = quote


def _lowered(lines: Iterable[str]) -> Iterable[str]:
    """Give the lines with the header in lower case."""
    for at, line in enumerate(lines):
        yield line.lower() if at == 0 else line


def _is_underlying(cells: dict[str, Any]) -> bool:
    return not any((cells[name] or "").strip() for name in NEEDED)


def _quote(cells: dict[str, Any], session: date) -> OptionQuote:
    if cells.get("") or None in cells.values():
        raise _BadCellError("", gettext("has another number of fields than the header"))
    expiry = _expiry(cells["expiry"].strip())
    if expiry < session:
        reason = gettext("%(expiry)s lies before the session", expiry=expiry)
        raise _BadCellError("expiry", reason)
    right = cells["right"].strip().upper()[:1]
    if cells["right"].strip().upper() not in {"C", "P", "CALL", "PUT"}:
        reason = gettext("%(given)s is neither C nor P", given=repr(cells["right"][:20]))
        raise _BadCellError("right", reason)
    strike = _read(cells, "strike", _price)
    if not strike:
        raise _BadCellError("strike", gettext("must be above zero"))
    prices = {name: _read(cells, name, _price) for name in PRICES}
    high, low = prices["high"], prices["low"]
    if high is not None and low is not None and high < low:
        raise _BadCellError(
            "high", gettext("%(high)s is below the low of %(low)s", high=high, low=low)
        )
    bid, ask = prices["bid"], prices["ask"]
    if bid is not None and ask is not None and ask < bid:
        raise _BadCellError("ask", gettext("%(ask)s is below the bid of %(bid)s", ask=ask, bid=bid))
    return OptionQuote(
        expiry,
        strike,
        right,
        **prices,
        **{name: _read(cells, name, _count) for name in COUNTS},
        **{name: _read(cells, name, _figure) for name in FIGURES},
    )


def _expiry(text: str) -> date:
    if _EXPIRY.fullmatch(text):
        with suppress(ValueError):
            return date.fromisoformat(text)
    reason = gettext("%(given)s is not a date such as 2026-01-16", given=repr(text[:40]))
    raise _BadCellError("expiry", reason)


def _read(cells: dict[str, Any], name: str, read: Callable[[str, str], Any]) -> Any:
    """Return a cell's value; None where it is empty or there is no such column."""
    text = (cells.get(name) or "").strip()
    if not text:
        return None
    if not _NUMBER.fullmatch(text):
        raise _BadCellError(name, gettext("%(given)s is not a number", given=repr(text[:40])))
    return read(name, text)


def _price(name: str, text: str) -> Decimal:
    value = Decimal(text)
    if value < 0:
        raise _BadCellError(name, gettext("%(given)s is below zero", given=text))
    if value > MAX_PRICE:
        raise _BadCellError(name, gettext("%(given)s is too large for a price", given=text))
    return value.quantize(_UNIT, ROUND_HALF_EVEN)


def _count(name: str, text: str) -> int:
    value = Decimal(text)
    if not 0 <= value <= MAX_COUNT or value != int(value):
        raise _BadCellError(name, gettext("%(given)s is not a count", given=text))
    return int(value)


def _figure(name: str, text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise _BadCellError(name, gettext("%(given)s is not a number", given=text))
    return value
