"""Highs, lows and closes of the parts of sessions, for all sessions of many minutes at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.quant import frames
from app.quant.bars import BarColumns

BEFORE, REGULAR, AFTER = range(3)
"""The parts of a session: before the market, its regular hours, after it."""


class Parts(NamedTuple):
    """Stretches of minutes that lie in one part of one session, in order of time."""

    session: NDArray[np.int32]
    """Date ordinals."""
    part: NDArray[np.int8]
    begin: NDArray[np.intp]
    """Number of the first minute of each."""
    end: NDArray[np.intp]
    """Number after the last minute of each."""
    high: NDArray[np.float64]
    low: NDArray[np.float64]
    close: NDArray[np.float64]

    def only(self, part: int) -> Parts:
        """Return the stretches of one part: at most one for each session."""
        kept = self.part == part
        return Parts._make(column[kept] for column in self)


def split(minutes: BarColumns, hours: frames.Hours) -> Parts:
    """Return the stretches of minutes; minutes that lie in no session must not be among them."""
    session, part, begins, ends = edges(minutes, hours)
    if not len(begins):
        real = np.empty(0, np.float64)
        return Parts(session, part, begins, ends, real, real, real)
    return Parts(
        session,
        part,
        begins,
        ends,
        np.maximum.reduceat(minutes.high, begins),
        np.minimum.reduceat(minutes.low, begins),
        minutes.close[ends - 1],
    )


def edges(
    minutes: BarColumns, hours: frames.Hours
) -> tuple[NDArray[np.int32], NDArray[np.int8], NDArray[np.intp], NDArray[np.intp]]:
    """Return session, part, begin and end of each stretch.

    The edges of the sessions are looked for among the minutes and not the other way round: there
    are hundreds of times fewer of them.
    """
    at = minutes.opened_at
    if not len(at):
        none = np.empty(0, np.intp)
        return np.empty(0, np.int32), np.empty(0, np.int8), none, none
    first = int(np.searchsorted(hours.ends, at[0], side="right"))
    last = int(np.searchsorted(hours.starts, at[-1], side="right"))
    cuts = np.stack([each[first:last] for each in (hours.starts, hours.opens, hours.closes)])
    begins = np.searchsorted(at, cuts.T.ravel())
    ends = np.append(begins[1:], len(at))
    kept = ends > begins
    days = np.repeat(hours.days[first:last], 3)[kept]
    parts = np.tile(np.arange(3, dtype=np.int8), last - first)[kept]
    return days, parts, begins[kept], ends[kept]
