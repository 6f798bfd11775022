"""The look-ahead check: each decision again, on bars that end there.

What a robot decides at the close of a bar must not change when the later bars are taken away, nor
with a run that it has made before, nor when it starts anew with nothing but the state. Every bar
is tried on short data; on long data a sample, and the bars at which something was decided.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.quant.bars import BarColumns
from app.quant.chains import ChainColumns
from app.quant.robot import Robot
from app.quant.simulation.engine import Simulation
from app.quant.simulation.errors import RobotFaultError
from app.quant.simulation.feeds import history_bars
from app.quant.simulation.terms import Terms

SHORT = 400
"""So many bars are all tried."""
SAMPLE = 100
MOST_DECISIONS = 300
_BEYOND = 64

Kind = Callable[[], Robot]
Load = Callable[[], Kind]
"""Loads a robot's module anew and returns what makes a robot of it."""


class Leak(NamedTuple):
    """The first bar at which a decision depends on more than the bars up to it."""

    way: str
    """signals or on_bar."""
    bar: int
    opened_at: int
    fault: str
    """later_bars: it differs without them; earlier_run: it differs after another run; raised."""
    whole: Any
    alone: Any


# --- All decisions at once ---


def check_signals(load: Load, columns: BarColumns, *, seed: int = 0) -> Leak | None:
    """Replay `Robot.signals` on bars that end at each bar; None: it looks at nothing later."""
    kind = load()
    # A view like the pieces, so that whoever looks for what it is a view of does so here too.
    view = _cut_off(columns, len(columns.close))
    whole = _signals(kind(), view)
    again = _signals(kind(), view)
    for bar in np.flatnonzero(~_same(whole, again)).tolist():
        return _signal_leak("earlier_run", columns, bar, (whole[bar], again[bar]))
    moved = np.flatnonzero(whole[1:] != whole[:-1]) + 1
    for bar in _chosen(len(whole), moved, seed):
        try:
            alone = _signals(load()(), _cut_off(columns, bar + 1))[-1]
        except Exception as error:
            return _signal_leak("raised", columns, bar, (whole[bar], repr(error)))
        if not _same(whole[bar : bar + 1], np.array([alone])).all():
            return _signal_leak("later_bars", columns, bar, (whole[bar], alone))
    return None


def _signals(robot: Robot, columns: BarColumns) -> NDArray[np.float64]:
    signal = np.array(robot.signals(columns), np.float64)
    if signal.shape != columns.close.shape:
        message = f"signals gave {signal.shape} numbers for {len(columns.close)} bars"
        raise ValueError(message)
    return signal


def _same(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.bool_]:
    same: NDArray[np.bool_] = (one == other) | (np.isnan(one) & np.isnan(other))
    return same


def _cut_off(columns: BarColumns, end: int) -> BarColumns:
    """Return the first bars; what lies behind them in memory is not what follows in truth."""
    cut: list[Any] = []
    for column in columns:
        room = np.empty(end + _BEYOND, column.dtype)
        room[:end] = column[:end]
        room[end:] = room[end - 1] // 3
        cut.append(room[:end])
    return BarColumns(*cut)


def _signal_leak(fault: str, columns: BarColumns, bar: int, pair: tuple[Any, Any]) -> Leak:
    return Leak("signals", bar, int(columns.opened_at[bar]), fault, *pair)


def _chosen(count: int, decided: NDArray[np.int64], seed: int) -> list[int]:
    if count <= SHORT:
        return list(range(count))
    chance = np.random.default_rng(seed)
    if len(decided) > MOST_DECISIONS:
        decided = chance.choice(decided, MOST_DECISIONS, replace=False)
    sample = chance.choice(count, SAMPLE, replace=False)
    # The bar before a decision would know of it, too.
    chosen = np.concatenate((sample, decided, np.maximum(decided - 1, 0)))
    found: list[int] = np.unique(chosen).tolist()
    return found


# --- One bar after the other ---


def check_on_bar(
    load: Load,
    columns: Mapping[str, BarColumns],
    terms: Terms,
    *,
    seed: int = 0,
    chains: Mapping[str, ChainColumns] | None = None,
) -> Leak | None:
    """Replay `Robot.on_bar` piece by piece; None: it looks at nothing later and keeps nothing.

    Each piece ends at a bar that is tried. It is run by a robot that was loaded anew, from the
    state of the piece before, on bars, and chains of options, that end there.
    """
    kind = load()
    whole = _decisions(kind(), columns, terms, chains)
    again = _decisions(kind(), columns, terms, chains)
    times = _times(columns)
    for bar, opened_at in enumerate(times):
        if whole.get(opened_at) != again.get(opened_at):
            pair = (whole.get(opened_at), again.get(opened_at))
            return Leak("on_bar", bar, opened_at, "earlier_run", *pair)
    numbers = {opened_at: bar for bar, opened_at in enumerate(times)}
    decided = np.array([numbers[at] for at, orders in whole.items() if orders], np.int64)
    tried = (whole, _chosen(len(times), decided, seed), times)
    return _replay(load, columns, terms, tried, chains)


def _replay(
    load: Load,
    columns: Mapping[str, BarColumns],
    terms: Terms,
    expected: tuple[dict[int, Any], list[int], list[int]],
    chains: Mapping[str, ChainColumns] | None,
) -> Leak | None:
    whole, chosen, times = expected
    state: dict[str, Any] | None = None
    begin = 0
    for bar in chosen:
        robot = load()()
        cut = _window(columns, times[begin] if state else None, times[bar], history_bars(robot))
        alone: dict[int, Any] = {}
        state = _record(robot, cut, terms, alone, state, _quoted(chains, cut, state))
        for number in range(begin, bar + 1):
            pair = (whole.get(times[number]), alone.get(times[number]))
            if pair[0] != pair[1]:
                return Leak("on_bar", number, times[number], "later_bars", *pair)
        if state is None:
            return None  # stopped at the same bar with the same fault
        begin = bar + 1
    return None


def _quoted(
    chains: Mapping[str, ChainColumns] | None,
    cut: Mapping[str, BarColumns],
    state: dict[str, Any] | None,
) -> dict[str, ChainColumns] | None:
    """Return copies of the chains that were there when the last of some bars closed.

    They begin with the one that was seen last: a robot sees no older one.
    """
    if chains is None:
        return None
    seen = (state or {}).get("desk", {}).get("seen", {})
    return {
        symbol: one.until(
            int(cut[symbol].closed_at[-1]) if len(cut[symbol].close) else 0, seen.get(symbol, 0)
        )
        for symbol, one in chains.items()
    }


def _times(columns: Mapping[str, BarColumns]) -> list[int]:
    found: list[int] = np.unique(
        np.concatenate([one.opened_at for one in columns.values()])
    ).tolist()
    return found


def _window(
    columns: Mapping[str, BarColumns], first: int | None, last: int, history: int
) -> dict[str, BarColumns]:
    """Return copies of the bars up to one time, and no more before another than are needed."""
    found = {}
    for symbol, one in columns.items():
        end = int(np.searchsorted(one.opened_at, last, side="right"))
        begin = 0 if first is None else int(np.searchsorted(one.opened_at, first)) - history
        copies: list[Any] = [column.copy() for column in one.rows(max(begin, 0), end)]
        found[symbol] = BarColumns(*copies)
    return found


def _decisions(
    robot: Robot,
    columns: Mapping[str, BarColumns],
    terms: Terms,
    chains: Mapping[str, ChainColumns] | None,
) -> dict[int, Any]:
    found: dict[int, Any] = {}
    _record(robot, dict(columns), terms, found, None, chains)
    return found


def _record(
    robot: Robot,
    columns: dict[str, BarColumns],
    terms: Terms,
    found: dict[int, Any],
    state: dict[str, Any] | None,
    chains: Mapping[str, ChainColumns] | None,
) -> dict[str, Any] | None:
    """Run a robot and keep what it decided by the time of the bar; None: it was stopped."""
    decide = robot.on_bar

    def on_bar(bars: Any, book: Any) -> Any:
        newest = max(one.opened_at[-1] for one in bars.values() if one.opened_at)
        decisions = decide(bars, book)
        found[newest] = kept = [] if decisions is None else list(decisions)
        return kept

    robot.on_bar = on_bar  # type: ignore[method-assign]
    try:
        return Simulation(robot, terms, state, chains=chains).run(columns).state
    except RobotFaultError as error:
        found[error.bar_opened_at] = error.fault
        return None
