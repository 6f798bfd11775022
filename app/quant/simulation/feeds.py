"""Columns of bars on one time axis, handed to a robot one bar after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from operator import length_hint
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.quant import indicators, windows
from app.quant.bars import BarColumns
from app.quant.indicators import Indicator
from app.quant.robot import BAR_COLUMNS, Robot, SymbolBars

_WHOLE = range(5, 8)
"""Which of the packed columns are whole numbers: the times and the session."""


def history_bars(robot: Robot) -> int:
    """Return how many bars before the first new one make every value what it would have been."""
    longest = max((indicators.memory(one) for one in robot.indicators().values()), default=1)
    return robot.lookback + longest - 2


class Feed:
    """One symbol's new bars, unpacked some at a time, and those that the robot sees.

    What the robot is given is filled after each bar; the bars that follow are in the feed alone.
    """

    __slots__ = ("_ahead", "_begin", "_packed", "bars", "columns", "new_count", "push", "symbol")

    def __init__(
        self,
        symbol: str,
        columns: BarColumns,
        declared: Mapping[str, Indicator],
        lookback: int,
        span: tuple[int, int],
        asked: list[str] | None = None,
    ) -> None:
        """Show the bars before `span` (first, end) at once, as far as they are looked back on."""
        first, end = span
        begin = max(first - lookback, 0)
        self.symbol = symbol
        self.bars = SymbolBars(lookback, declared, asked)
        closed = columns.rows(0, end)
        found = {name: getattr(columns, name)[begin:end] for name in BAR_COLUMNS}
        found |= {
            f"i:{name}": windows.compute(one, closed, begin) for name, one in declared.items()
        }
        before = {name: values[: first - begin] for name, values in found.items()}
        self.bars.past.extend(self._pack(before))
        self.columns = {name: values[first - begin :] for name, values in found.items()}
        self.new_count = end - first
        self._begin = 0
        self._packed: list[bytes] = []
        self._ahead = iter(self._packed)
        self.push: Callable[[], object] = _pusher([])

    @property
    def row(self) -> int:
        """The last new bar that was gone over; -1: none yet."""
        return self._begin + len(self._packed) - length_hint(self._ahead) - 1

    def opened(self) -> NDArray[np.int64]:
        """Return when the new bars opened."""
        found: NDArray[np.int64] = self.columns["opened_at"]
        return found

    def last(self) -> Any:
        """Return the last bar that was gone over, as the broker takes it; its session is [7]."""
        return self.bars.row.unpack(self.bars.past[-1])

    def load(self, count: int) -> Iterator[tuple[float, float, float, int]]:
        """Unpack the next bars; return high, low, close and session of each."""
        begin = self.row + 1
        self._packed = self._pack(
            {name: values[begin : begin + count] for name, values in self.columns.items()}
        )
        self._begin, self._ahead = begin, iter(self._packed)
        self.bind()
        looked_at = (self.columns[name] for name in ("high", "low", "close", "session"))
        return zip(*(values[begin : begin + count].tolist() for values in looked_at), strict=True)

    def bind(self) -> None:
        """Let `push` show the next bar, in every column that the robot has asked for."""
        at, end = self.row + 1, self._begin + len(self._packed)
        shown: list[Any] = [map(self.bars.past.append, self._ahead)]
        for name, column in self.bars.made.items():
            shown.append(map(column.append, self.columns[name][at:end].tolist()))
        self.push = _pusher(shown)

    def _pack(self, columns: Mapping[str, NDArray[Any]]) -> list[bytes]:
        kinds = [(name, "<i8" if at in _WHOLE else "<f8") for at, name in enumerate(columns)]
        packed = np.empty(len(columns["close"]), kinds)
        for name, values in columns.items():
            packed[name] = values
        rows: list[bytes] = packed.view(f"V{packed.itemsize}").tolist()
        return rows


def _pusher(shown: list[Any]) -> Callable[[], object]:
    """Return a function that appends the next bar to every deque, without a step of Python."""
    return zip(*shown, strict=True).__next__


class Timeline(NamedTuple):
    """The new bars of all symbols in order of their opening."""

    symbols: NDArray[np.int64]
    """Which symbol each bar is of."""
    is_last: NDArray[np.bool_]
    """Whether no other symbol has a bar that opens at the same time."""

    def rows(self, begin: int, end: int) -> list[tuple[int, bool]]:
        """Return some of the bars."""
        span = slice(begin, end)
        return list(zip(*(values[span].tolist() for values in self), strict=True))


def spans(
    columns: Mapping[str, BarColumns], after: int, until: int | None
) -> dict[str, tuple[int, int]]:
    """Return where each symbol's new bars begin and end: opened after one time, closed by another.

    Raises:
        ValueError: bars that are not in order of time.
    """
    found = {}
    for symbol, bars in columns.items():
        if len(bars.opened_at) > 1 and not bool(np.all(np.diff(bars.opened_at) > 0)):
            message = f"the bars of {symbol} are not in order of time"
            raise ValueError(message)
        first = int(np.searchsorted(bars.opened_at, after, side="right"))
        end = len(bars.opened_at)
        if until is not None:
            end = int(np.searchsorted(bars.closed_at, until, side="right"))
        found[symbol] = (first, max(first, end))
    return found


def timeline(feeds: list[Feed]) -> Timeline:
    """Put the new bars of all symbols on one time axis; those of one time in order of symbols."""
    opened = np.concatenate([feed.opened() for feed in feeds])
    symbol = np.concatenate([np.full(feed.new_count, at) for at, feed in enumerate(feeds)])
    order = np.lexsort((symbol, opened))
    opened = opened[order]
    is_last = np.append(opened[1:] != opened[:-1], [True] * bool(len(opened)))
    return Timeline(symbol[order], is_last.astype(bool))
