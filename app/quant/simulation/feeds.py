"""Columns of bars on one time axis, handed to a robot one bar after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from app.quant import indicators, windows
from app.quant.bars import BarColumns
from app.quant.indicators import Indicator
from app.quant.robot import Robot, SymbolBars
from app.quant.simulation.broker import Bar

_SHOWN = ("opened_at", "session", "open", "high", "low", "close", "volume")


def history_bars(robot: Robot) -> int:
    """Return how many bars before the first new one make every value what it would have been."""
    longest = max((indicators.memory(one) for one in robot.indicators().values()), default=1)
    return robot.lookback + longest - 2


class Feed:
    """One symbol's new bars, as lists, and the deques that the robot sees."""

    __slots__ = ("bars", "new_count", "opened_at", "push", "row", "rows", "sessions", "symbol")

    def __init__(
        self,
        symbol: str,
        columns: BarColumns,
        declared: Mapping[str, Indicator],
        lookback: int,
        span: tuple[int, int],
    ) -> None:
        """Show the bars before `span` (first, end) at once, as far as they are looked back on."""
        first, end = span
        begin = max(first - lookback, 0)
        self.symbol = symbol
        self.row = -1
        """The last new bar that was gone over."""
        shown = [getattr(columns, name)[begin:end].tolist() for name in _SHOWN]
        closed = columns.rows(0, end)
        shown += [windows.compute(one, closed, begin).tolist() for one in declared.values()]
        self.bars = SymbolBars(lookback, declared)
        targets = [getattr(self.bars, name) for name in _SHOWN]
        targets += [self.bars[name] for name in declared]
        offset = first - begin
        for target, values in zip(targets, shown, strict=True):
            target.extend(values[:offset])
        new = [values[offset:] for values in shown]
        self.new_count = end - first
        self.opened_at: list[int] = new[0]
        self.sessions: list[int] = new[1]
        closed_at = columns.closed_at[first:end].tolist()
        self.rows: list[Bar] = list(zip(*new[2:7], new[0], closed_at, strict=True))
        self.push = _pusher([target.append for target in targets], new)


def _pusher(appends: list[Callable[[Any], None]], new: list[list[Any]]) -> Callable[[], object]:
    """Return a function that appends the next bar to every deque, without a step of Python."""
    appended = (map(append, values) for append, values in zip(appends, new, strict=True))
    return zip(*appended, strict=True).__next__


class Timeline(NamedTuple):
    """The new bars of all symbols in order of their opening."""

    symbols: list[int]
    """Which symbol each bar is of."""
    rows: list[int]
    is_last: list[bool]
    """Whether no other symbol has a bar that opens at the same time."""


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
    if len(feeds) == 1:
        count = feeds[0].new_count
        return Timeline([0] * count, list(range(count)), [True] * count)
    opened = np.concatenate([np.array(feed.opened_at, np.int64) for feed in feeds])
    symbol = np.concatenate([np.full(feed.new_count, at) for at, feed in enumerate(feeds)])
    row = np.concatenate([np.arange(feed.new_count) for feed in feeds])
    order = np.lexsort((symbol, opened))
    opened = opened[order]
    is_last = np.append(opened[1:] != opened[:-1], [True] * bool(len(opened)))
    return Timeline(symbol[order].tolist(), row[order].tolist(), is_last.astype(bool).tolist())
