"""Timeframes within sessions: where a bar belongs, when it closes, which bars there should be.

Bars of hours and minutes are counted from the opening of their session, so that a half day or a
change of the clocks moves them with it; before the opening they are counted back from it, after
the close on from it. None lies across the opening, the close or the end of a session. Bars of
days, weeks and months hold the regular hours only.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.quant.bars import BarColumns, ScaledBars, empty_columns, join, price_floats, select
from app.quant.sessions import UNIX_EPOCH_DAY

Instants = NDArray[np.int64]
MINUTE = 60_000_000
SPANS = {"M1": 1, "M5": 5, "M15": 15, "H1": 60, "H4": 240}
"""Minutes of the timeframes within a session."""
NOWHERE = -1


class Hours(NamedTuple):
    """The sessions of a venue as columns: from the first minute before the market to the last after.

    Where there is no trading outside the regular hours, `starts` are `opens` and `ends` `closes`.
    """

    days: NDArray[np.int32]
    starts: Instants
    opens: Instants
    closes: Instants
    ends: Instants


class Gap(NamedTuple):
    """Bars of regular hours that are not there, between two that are."""

    at: int
    """Number of the bar that follows the gap."""
    after: int
    """When the bar before it opened, in microseconds."""
    before: int
    """When the bar that follows it opened."""
    missing: int
    sessions: int
    """How many whole sessions are among them."""


def locate(hours: Hours, at: Instants) -> NDArray[np.intp]:
    """Return the number of the session that each instant lies in, `NOWHERE` outside of all."""
    found = np.searchsorted(hours.starts, at, side="right") - 1
    inside = (found >= 0) & (at < hours.ends[found])
    return np.where(inside, found, NOWHERE)


def is_regular(hours: Hours, found: NDArray[np.intp], at: Instants) -> NDArray[np.bool_]:
    """Whether each instant lies in the regular hours of its session."""
    inside: NDArray[np.bool_] = (hours.opens[found] <= at) & (at < hours.closes[found])
    inside &= found != NOWHERE
    return inside


def columns_of(bars: ScaledBars, hours: Hours, timeframe: str) -> BarColumns:
    """Return kept bars (M1 or D1) as columns, without those that lie in no session."""
    found = locate(hours, bars.opened_at)
    kept = found != NOWHERE
    if not kept.all():
        bars = ScaledBars._make(column[kept] for column in bars)
        found = found[kept]
    closed = hours.closes[found] if timeframe == "D1" else bars.opened_at + MINUTE
    prices = [price_floats(each) for each in bars[1:5]]
    return BarColumns._make([bars.opened_at, closed, hours.days[found], *prices, bars.volume])


def resample(
    minutes: BarColumns, hours: Hours, timeframe: str, *, extended: bool = False
) -> BarColumns:
    """Return larger bars made of smaller ones of the same sessions, unfinished ones included.

    `extended` keeps the hours before and after the market, for timeframes within a session.
    """
    found = locate(hours, minutes.opened_at)
    extended = extended and timeframe in SPANS
    kept = found != NOWHERE if extended else is_regular(hours, found, minutes.opened_at)
    if not kept.all():
        minutes, found = select(minutes, kept), found[kept]
    if not len(found):
        return empty_columns()
    if timeframe in SPANS:
        starts, ends = _stretches(hours, found, minutes.opened_at, SPANS[timeframe] * MINUTE)
        return _merge(minutes, starts, ends, hours.days[found])
    first = last = found
    if timeframe != "D1":
        first, last = (each[found] for each in period_sessions(hours, timeframe))
    return _merge(minutes, hours.opens[first], hours.closes[last], hours.days[last])


def regular_only(bars: BarColumns, hours: Hours) -> BarColumns:
    """Return the minutes of the regular hours."""
    kept = is_regular(hours, locate(hours, bars.opened_at), bars.opened_at)
    return bars if kept.all() else select(bars, kept)


def with_days(days: BarColumns, minutes: BarColumns, hours: Hours) -> BarColumns:
    """Return daily bars: those that are kept, and for other sessions those made of minutes."""
    made = resample(minutes, hours, "D1")
    return join([days, select(made, ~np.isin(made.session, days.session))])


def _stretches(
    hours: Hours, found: NDArray[np.intp], at: Instants, span: int
) -> tuple[Instants, Instants]:
    """Return start and end of the stretch of `span` that each instant lies in."""
    opens, closes = hours.opens[found], hours.closes[found]
    early, late = at < opens, at >= closes
    anchor = np.where(late, closes, opens)
    start = anchor + (at - anchor) // span * span
    limit = np.where(early, opens, np.where(late, hours.ends[found], closes))
    return np.maximum(start, hours.starts[found]), np.minimum(start + span, limit)


def _merge(
    bars: BarColumns, starts: Instants, ends: Instants, sessions: NDArray[np.int32]
) -> BarColumns:
    cuts = np.flatnonzero(np.concatenate([[True], starts[1:] != starts[:-1]]))
    lasts = np.append(cuts[1:], len(starts)) - 1
    return BarColumns(
        starts[cuts],
        ends[cuts],
        sessions[cuts],
        bars.open[cuts],
        np.maximum.reduceat(bars.high, cuts),
        np.minimum.reduceat(bars.low, cuts),
        bars.close[lasts],
        np.add.reduceat(bars.volume, cuts),
    )


def period_sessions(hours: Hours, timeframe: str) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return for each session the first and the last of its day, week (W1) or month (MN)."""
    every = np.arange(len(hours.days))
    if timeframe == "D1":
        return every, every
    days = hours.days.astype(np.int64)
    if timeframe == "W1":
        keys = days - (days - 1) % 7
    else:
        since_1970 = (days - UNIX_EPOCH_DAY).astype("datetime64[D]")
        keys = since_1970.astype("datetime64[M]").astype(np.int64)
    first = np.searchsorted(keys, keys, side="left")
    return first, np.searchsorted(keys, keys, side="right") - 1


def bounds(hours: Hours, timeframe: str, instant: int) -> tuple[int, int] | None:
    """Return when the bar that an instant lies in opens and closes; None outside the sessions."""
    at = np.array([instant], np.int64)
    found = locate(hours, at)
    if found[0] == NOWHERE:
        return None
    if timeframe in SPANS:
        start, end = _stretches(hours, found, at, SPANS[timeframe] * MINUTE)
        return int(start[0]), int(end[0])
    first, last = period_sessions(hours, timeframe)
    return int(hours.opens[first[found[0]]]), int(hours.closes[last[found[0]]])


# --- What should be there ---


def expected_bars(hours: Hours, timeframe: str) -> NDArray[np.int64]:
    """Return how many bars of regular hours each session has, of M1 to H4 or D1."""
    if timeframe not in SPANS:
        return np.ones(len(hours.days), np.int64)
    span = SPANS[timeframe] * MINUTE
    return -(-(hours.closes - hours.opens) // span)


def find_gaps(opened_at: Instants, hours: Hours, timeframe: str) -> list[Gap]:
    """Return where bars of regular hours are missing between the first and the last given.

    A minute without a trade has no bar, so a gap is a hint and no fault.
    """
    found = locate(hours, opened_at)
    regular = np.flatnonzero(is_regular(hours, found, opened_at))
    at, found = opened_at[regular], found[regular]
    # Each bar gets the number that it would have if none were missing.
    numbers = np.concatenate([[0], np.cumsum(expected_bars(hours, timeframe))])[found]
    if timeframe in SPANS:
        numbers = numbers + (at - hours.opens[found]) // (SPANS[timeframe] * MINUTE)
    steps = np.diff(numbers)
    return [
        Gap(
            int(regular[each + 1]),
            int(at[each]),
            int(at[each + 1]),
            int(steps[each]) - 1,
            max(0, int(found[each + 1] - found[each]) - 1),
        )
        for each in np.flatnonzero(steps > 1).tolist()
    ]
