"""How each demo robot trades the simulated market: short rules that see only the past."""

# ruff: noqa: PLR2004 - the numbers are the rules, and each docstring says them in words

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from app.admin.rules.market import SEED, STEPS, WARM_UP, Prices

LONG, SHORT = 1, -1
OPEN, CLOSE = 0, STEPS
"""Steps of a session at which its first and last price stand."""


class Trip(NamedTuple):
    """A position from entry to exit; sessions are numbers from the start of the record.

    `exit_session` is None while the position is open.
    """

    symbol: str
    direction: int
    entry_session: int
    entry_step: int
    exit_session: int | None
    exit_step: int


class Tape:
    """What is known of one symbol. Session 0 is the first one that anybody trades."""

    def __init__(self, symbol: str, prices: Prices) -> None:
        """Take the prices of the warm-up and of the record."""
        self.symbol = symbol
        self._prices = prices
        self._closes = [day[CLOSE] for day in prices]
        self.sessions = range(len(prices) - WARM_UP)

    def at(self, session: int, step: int) -> int:
        """Return the price at a step of a session."""
        return self._prices[session + WARM_UP][step]

    def day(self, session: int) -> list[int]:
        """Return the prices of a session."""
        return self._prices[session + WARM_UP]

    def closes(self, session: int, count: int) -> list[int]:
        """Return the last `count` closes up to and including that of `session`."""
        end = session + WARM_UP + 1
        return self._closes[end - count : end]

    def mean(self, session: int, count: int) -> float:
        """Return the mean of the last `count` closes."""
        return sum(self.closes(session, count)) / count

    def typical_move(self, session: int, count: int = 20) -> float:
        """Return the mean absolute change from close to close."""
        closes = self.closes(session, count + 1)
        return sum(abs(after - before) for before, after in pairwise(closes)) / count


Rule = Callable[[list[Tape]], Iterator[Trip]]
Decide = Callable[[Tape, int], bool]


def _held(tape: Tape, enter: Decide, leave: Callable[[Tape, int, int], bool]) -> Iterator[Trip]:
    """Hold long from the open after `enter` said yes to the open after `leave` did."""
    entry: int | None = None
    for session in tape.sessions[1:]:
        seen = session - 1
        if entry is None and enter(tape, seen):
            entry = session
        elif entry is not None and leave(tape, seen, session - entry):
            yield Trip(tape.symbol, LONG, entry, OPEN, session, OPEN)
            entry = None
    if entry is not None:
        yield Trip(tape.symbol, LONG, entry, OPEN, None, OPEN)


def slow_crossing(tapes: list[Tape]) -> Iterator[Trip]:
    """Long while the 10-day mean is above the 40-day one."""

    def is_up(tape: Tape, seen: int) -> bool:
        return tape.mean(seen, 10) > tape.mean(seen, 40)

    for tape in tapes:
        yield from _held(tape, is_up, lambda tape, seen, _: not is_up(tape, seen))


def gap_fade(tapes: list[Tape]) -> Iterator[Trip]:
    """Against a large opening gap, until it has closed or the session ends."""
    for tape in tapes:
        for session in tape.sessions:
            before, day = tape.at(session - 1, CLOSE), tape.day(session)
            gap = day[OPEN] - before
            if abs(gap) < 0.6 * tape.typical_move(session - 1):
                continue
            side = SHORT if gap > 0 else LONG
            closed = (step for step in range(2, CLOSE) if side * (day[step] - before) >= 0)
            yield Trip(tape.symbol, side, session, 1, session, next(closed, CLOSE))


def night_desk(tapes: list[Tape]) -> Iterator[Trip]:
    """Long overnight after a close in the lowest third of the day's range."""
    for tape in tapes:
        for session in tape.sessions:
            day = tape.day(session)
            if day[CLOSE] > min(day) + (max(day) - min(day)) / 3:
                continue
            is_over = session == tape.sessions[-1]
            yield Trip(tape.symbol, LONG, session, CLOSE, None if is_over else session + 1, OPEN)


def mean_harbor(tapes: list[Tape]) -> Iterator[Trip]:
    """Long far below the ten-day mean, until back at it or for eight sessions."""

    def is_low(tape: Tape, seen: int) -> bool:
        below = tape.mean(seen, 10) - tape.at(seen, CLOSE)
        return below > 1.6 * tape.typical_move(seen)

    def is_back(tape: Tape, seen: int, days: int) -> bool:
        return days >= 8 or tape.at(seen, CLOSE) >= tape.mean(seen, 10)

    for tape in tapes:
        yield from _held(tape, is_low, is_back)


def copper_line(tapes: list[Tape]) -> Iterator[Trip]:
    """Long above the highest close of ten sessions, out below the lowest of five."""

    def breaks_up(tape: Tape, seen: int) -> bool:
        return tape.at(seen, CLOSE) > max(tape.closes(seen - 1, 10))

    def breaks_down(tape: Tape, seen: int, _: int) -> bool:
        return tape.at(seen, CLOSE) < min(tape.closes(seen - 1, 5))

    for tape in tapes:
        yield from _held(tape, breaks_up, breaks_down)


def iron_quarter(tapes: list[Tape]) -> Iterator[Trip]:
    """Every 20 sessions into the two symbols with the best last 60."""
    held, span = 20, 60
    for session in tapes[0].sessions[::held]:
        gains = {
            tape: tape.at(session - 1, CLOSE) / tape.closes(session - 1, span)[0] for tape in tapes
        }
        end = session + held
        for tape in sorted(tapes, key=lambda tape: -gains[tape])[:2]:
            exit_session = end - 1 if end - 1 in tape.sessions else None
            yield Trip(tape.symbol, LONG, session, OPEN, exit_session, CLOSE)


def pivot_rail(tapes: list[Tape]) -> Iterator[Trip]:
    """Buys the first support, sells the first resistance of yesterday's range; flat by night."""
    for tape in tapes:
        for session in tape.sessions:
            before, day = tape.day(session - 1), tape.day(session)
            pivot = (max(before) + min(before) + before[CLOSE]) / 3
            support, resistance = 2 * pivot - max(before), 2 * pivot - min(before)
            for step in range(1, CLOSE - 2):
                side = LONG if day[step] <= support else SHORT if day[step] >= resistance else 0
                if side:
                    after = range(step + 1, CLOSE)
                    back = (later for later in after if side * (day[later] - pivot) >= 0)
                    yield Trip(tape.symbol, side, session, step, session, next(back, CLOSE))
                    break


def opening_range_30(tapes: list[Tape]) -> Iterator[Trip]:
    """With the side that leaves the range of the first half hour, until the close."""
    for tape in tapes:
        for session in tape.sessions:
            day = tape.day(session)
            room = 0.35 * tape.typical_move(session - 1)
            high, low = max(day[0], day[1]) + room, min(day[0], day[1]) - room
            for step in range(2, 8):
                side = LONG if day[step] > high else SHORT if day[step] < low else 0
                if side:
                    yield Trip(tape.symbol, side, session, step, session, CLOSE)
                    break


def first_pullback(tapes: list[Tape]) -> Iterator[Trip]:
    """Long at the first dip after a strong morning, until the close."""
    for tape in tapes:
        for session in tape.sessions:
            day = tape.day(session)
            if day[4] - day[OPEN] < 0.4 * tape.typical_move(session - 1):
                continue
            dips = (step for step in range(5, 10) if day[step] < day[step - 1])
            step = next(dips, None)
            if step is not None:
                yield Trip(tape.symbol, LONG, session, step, session, CLOSE)


def vol_lantern(tapes: list[Tape]) -> Iterator[Trip]:
    """After the narrowest session of five, with the side that leaves its range."""
    for tape in tapes:
        for session in tape.sessions:
            ranges = [max(day) - min(day) for day in map(tape.day, range(session - 5, session))]
            if ranges[-1] > min(ranges):
                continue
            before, day = tape.day(session - 1), tape.day(session)
            for step in range(1, CLOSE - 1):
                side = LONG if day[step] > max(before) else SHORT if day[step] < min(before) else 0
                if side:
                    yield Trip(tape.symbol, side, session, step, session, CLOSE)
                    break


def twin_ferry(tapes: list[Tape]) -> Iterator[Trip]:
    """One long, one short while the ratio of two symbols is far from its 20-day mean."""
    one, other = tapes
    entry, side = 0, 0
    for session in one.sessions[1:]:
        past = zip(one.closes(session - 1, 20), other.closes(session - 1, 20), strict=True)
        ratios = np.array([first / second for first, second in past])
        far = float((ratios[-1] - ratios.mean()) / (ratios.std() or 1.0))
        if not side and abs(far) > 1.7:
            entry, side = session, SHORT if far > 0 else LONG
        elif side and (side * far > -0.3 or session - entry >= 15):
            yield Trip(one.symbol, side, entry, OPEN, session, OPEN)
            yield Trip(other.symbol, -side, entry, OPEN, session, OPEN)
            side = 0
    if side:
        yield Trip(one.symbol, side, entry, OPEN, None, OPEN)
        yield Trip(other.symbol, -side, entry, OPEN, None, OPEN)


def null_coin(tapes: list[Tape]) -> Iterator[Trip]:
    """Whatever the coin says."""
    for number, tape in enumerate(tapes):
        for session in tape.sessions:
            # A generator a session: more sessions do not change the tosses of the earlier ones.
            coin = np.random.default_rng([SEED, 1000 + number, session])
            if coin.random() < 0.45:
                start, end = sorted(coin.choice(STEPS + 1, size=2, replace=False).tolist())
                side = LONG if coin.random() < 0.5 else SHORT
                yield Trip(tape.symbol, side, session, start, session, end)


RULES: dict[str, tuple[Rule, tuple[str, ...]]] = {
    "slow_crossing": (slow_crossing, ("ALDER.SIM", "BIRCH.SIM", "CEDAR.SIM", "NORTH.SIM")),
    "gap_fade": (gap_fade, ("FINCH.SIM", "WREN.SIM")),
    "night_desk": (night_desk, ("NORTH.SIM", "SOUTH.SIM")),
    "mean_harbor": (mean_harbor, ("QUILL.SIM", "PIXEL.SIM", "SOUTH.SIM")),
    "copper_line": (copper_line, ("COPPER.SIM", "BARGE.SIM", "BIRCH.SIM", "WREN.SIM")),
    "iron_quarter": (
        iron_quarter,
        ("ALDER.SIM", "BIRCH.SIM", "CEDAR.SIM", "QUILL.SIM", "PIXEL.SIM", "FINCH.SIM",
         "COPPER.SIM", "FERRY.SIM"),
    ),
    "pivot_rail": (pivot_rail, ("SOUTH.SIM",)),
    "opening_range_30": (opening_range_30, ("CEDAR.SIM",)),
    "first_pullback": (first_pullback, ("QUILL.SIM", "PIXEL.SIM")),
    "vol_lantern": (vol_lantern, ("FINCH.SIM", "WREN.SIM")),
    "twin_ferry": (twin_ferry, ("FERRY.SIM", "BARGE.SIM")),
    "null_coin": (null_coin, ("NORTH.SIM", "SOUTH.SIM")),
}  # fmt: skip
"""Which rule a robot follows on which symbols."""


def trips_of(plugin_id: str, prices: dict[str, Prices]) -> list[Trip]:
    """Return everything that a robot does, in order of entry."""
    rule, symbols = RULES[plugin_id]
    trips = rule([Tape(symbol, prices[symbol]) for symbol in symbols])
    return sorted(trips, key=lambda trip: (trip.entry_session, trip.entry_step, trip.symbol))
