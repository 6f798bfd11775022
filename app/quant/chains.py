"""Option chains as columns, and as a robot sees one.

A chain is what was quoted at one instant, such as a session's close. Who is given columns has all
of them in order of time; a robot is given the newest one that was there when its bar closed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.quant.options import contract_name

SNAPSHOT = np.dtype([("as_of", "<i8"), ("session", "<i8"), ("price", "<f8"), ("end", "<i8")])
"""When it was quoted (microseconds), of which session, the underlying's price (NaN: not told), and
where its rows end."""
FIGURES = ("bid", "ask", "last", "volume", "open_interest", "implied_volatility", "delta")
ROW = np.dtype(
    [("expiry", "<i8"), ("settles_at", "<i8"), ("is_call", "<i8"), ("strike", "<f8")]
    + [(name, "<f8") for name in FIGURES]
)
"""A contract: its date's ordinal, when its last session closes (microseconds), and what is quoted."""


class ChainColumns(NamedTuple):
    """The chains of one underlying, in order of time."""

    snapshots: NDArray[Any]
    rows: NDArray[Any]

    def count_until(self, at_us: int) -> int:
        """Return how many of them were there at an instant."""
        return int(np.searchsorted(self.snapshots["as_of"], at_us, side="right"))

    def until(self, at_us: int, after: int = 0) -> ChainColumns:
        """Return copies of those that were there at an instant, from the newest of another on."""
        first = max(self.count_until(after) - 1, 0)
        count = max(self.count_until(at_us), first)
        begin = int(self.snapshots["end"][first - 1]) if first else 0
        end = int(self.snapshots["end"][count - 1]) if count else 0
        heads = self.snapshots[first:count].copy()
        heads["end"] -= begin
        return ChainColumns(heads, self.rows[begin:end].copy())

    def rows_of(self, number: int) -> NDArray[Any]:
        """Return the contracts of one of them."""
        begin = int(self.snapshots["end"][number - 1]) if number else 0
        return self.rows[begin : int(self.snapshots["end"][number])]


class Quote(NamedTuple):
    """One contract of a chain; what is not told is NaN."""

    symbol: str
    """Its name, by which it is ordered: AAPL140719C00095000."""
    expiry: int
    """The date's ordinal."""
    right: Literal["C", "P"]
    strike: float
    bid: float
    ask: float
    last: float
    volume: float
    open_interest: float
    implied_volatility: float
    delta: float

    @property
    def middle(self) -> float:
        """What it is about worth, to choose by: nothing is ever filled at it."""
        return self.last if math.isnan(self.bid + self.ask) else (self.bid + self.ask) / 2


class Chain:
    """The options of an underlying as they were quoted at one instant."""

    def __init__(self, underlying: str, columns: ChainColumns, number: int) -> None:
        snapshot = columns.snapshots[number]
        self.underlying = underlying
        self.session = int(snapshot["session"])
        """The date's ordinal."""
        self.as_of = int(snapshot["as_of"])
        """Microseconds since 1970."""
        self.price = float(snapshot["price"])
        """The underlying's; NaN where it is not told."""
        # A copy: what was quoted later lies in other memory.
        self._rows: NDArray[Any] = columns.rows_of(number).copy()

    @cached_property
    def quotes(self) -> tuple[Quote, ...]:
        """All contracts, by expiry, strike and right."""
        return tuple(
            Quote(
                contract_name(self.underlying, expiry, "C" if is_call else "P", strike),
                expiry,
                "C" if is_call else "P",
                strike,
                *figures,
            )
            for expiry, _, is_call, strike, *figures in self._rows.tolist()
        )

    @cached_property
    def _by_symbol(self) -> dict[str, Quote]:
        return {each.symbol: each for each in self.quotes}

    def quote(self, symbol: str) -> Quote | None:
        """Return one contract; None where the chain does not have it."""
        return self._by_symbol.get(symbol)

    def settles_at(self, symbol: str) -> int | None:
        """Return when a contract's last session closes, in microseconds."""
        for quote, row in zip(self.quotes, self._rows, strict=True):
            if quote.symbol == symbol:
                return int(row["settles_at"])
        return None

    def expiries(self, nearest: int = 0, furthest: int = 10_000) -> list[int]:
        """Return the expiries (ordinals) that are so many days away, in order."""
        found = {each.expiry for each in self.quotes}
        return sorted(day for day in found if nearest <= day - self.session <= furthest)

    def of(self, expiry: int, right: Literal["C", "P"]) -> list[Quote]:
        """Return the calls or puts of an expiry, by strike."""
        return [each for each in self.quotes if each.expiry == expiry and each.right == right]


def join(
    snapshots: Sequence[tuple[int, int, float]], rows: Sequence[Sequence[tuple[Any, ...]]]
) -> ChainColumns:
    """Return chains of (as_of, session, price) and the rows of each, sorted in order of time."""
    ends = np.cumsum([len(each) for each in rows])
    heads = [(*head, int(end)) for head, end in zip(snapshots, ends, strict=True)]
    return ChainColumns(
        np.array(heads, SNAPSHOT), np.array([row for each in rows for row in each], ROW)
    )


def last_day(expiry: int) -> int:
    """Return the last day on which a contract may trade: Friday where it is dated Saturday."""
    return expiry - 1 if date.fromordinal(expiry).isoweekday() == 6 else expiry  # noqa: PLR2004 - Saturday
