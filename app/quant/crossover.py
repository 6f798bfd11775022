"""Moving averages that cross, over columns of prices, decided exactly.

The averages of whole numbers are compared as `fast_sum x slow` against `slow_sum x fast`, so that
a touch is a touch: with floating averages rounding noise turns some of them into crosses.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_UNITS = 1e8
_PART = 32_768


def cross_changes(
    values: NDArray[np.float64], fast: int, slow: int, *, short: bool = False
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Find where the fast average crosses the slow one strictly, and the position wanted then.

    +1 after a cross above; after one below 0, or -1 with `short`. Prices count with 8 decimals.

    Raises:
        ValueError: unless 1 <= fast < slow.
    """
    if not 1 <= fast < slow:
        message = f"the fast average ({fast}) must be shorter than the slow one ({slow})"
        raise ValueError(message)
    sides = np.empty(max(len(values) - slow + 1, 0), np.int8)
    # A part at a time in memory that is used again: it stays in the processor's cache.
    width = min(_PART, len(sides)) + slow
    rooms = (np.empty(width), np.empty(width, np.int64), np.empty(width, np.int64))
    for begin in range(0, len(sides), _PART):
        side = sides[begin : begin + _PART]
        _find_sides(values[begin : begin + len(side) + slow - 1], (fast, slow), side, rooms)
    crossed = np.flatnonzero(sides[1:] * sides[:-1] < 0) + 1
    wanted = sides[crossed].astype(np.float64)
    return crossed + slow - 1, wanted if short else np.maximum(wanted, 0.0)


def _find_sides(
    values: NDArray[np.float64],
    lengths: tuple[int, int],
    side: NDArray[np.int8],
    rooms: tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]],
) -> None:
    """Write on which side of the slow average the fast one is: 1, -1, or 0 where they touch."""
    fast, slow = lengths
    scaled, total, longer = (room[: len(values) + 1] for room in rooms)
    scaled[0] = 0.0
    np.multiply(values, _UNITS, out=scaled[1:])
    np.rint(scaled, out=scaled)
    np.copyto(total, scaled, casting="unsafe")
    np.cumsum(total, out=total)
    longer = longer[: len(side)]
    np.subtract(total[slow:], total[:-slow], out=longer)
    longer *= fast
    shorter = total[slow:] - total[slow - fast : -fast]
    shorter *= slow
    np.greater(shorter, longer, out=side.view(bool))
    side -= shorter < longer
