"""Volume by price: where most was traded, and around it the area of most of the volume."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


class Profile(NamedTuple):
    """Rows of prices from below upwards, and the lines that come out of them."""

    edges: Values
    """One more than there are rows."""
    volume: Values
    poc: float
    """The point of control: the middle of the row with most volume."""
    vah: float
    """Upper end of the value area."""
    val: float
    """Lower end of it."""
    share: float
    """What the value area holds of the whole volume."""


def volume_profile(
    high: Values, low: Values, volume: Values, rows: int = 24, value_area: float = 0.7
) -> Profile | None:
    """Return how much was traded at which price; None where nothing was.

    The volume of a bar is spread evenly over the prices that it reached. The value area begins at
    the row with most volume (the lower of two) and takes in the larger of the two neighbours, row
    by row (the upper of two equal ones), until it holds its share.
    """
    if not len(volume) or not volume.sum() > 0:
        return None
    bottom, top = float(low.min()), float(high.max())
    if top <= bottom:
        return Profile(
            np.array([bottom, top]), np.array([volume.sum()]), bottom, bottom, bottom, 1.0
        )
    edges = np.linspace(bottom, top, rows + 1)
    traded = np.diff(_below(edges, high, low, volume))
    begin, end = _area(traded, value_area)
    most = _most(traded)
    return Profile(
        edges,
        traded,
        poc=float((edges[most] + edges[most + 1]) / 2.0),
        vah=float(edges[end]),
        val=float(edges[begin]),
        share=float(traded[begin:end].sum() / traded.sum()),
    )


def _below(edges: Values, high: Values, low: Values, volume: Values) -> Values:
    """Return how much was traded below each edge."""
    spread = high - low
    flat = spread <= 0
    # Edges are no round numbers: a price that lies on one belongs to the row above it.
    slack = 1e-10 * float(edges[-1])
    sums = np.zeros(len(edges))
    wide, span = volume[~flat], spread[~flat]
    for at, edge in enumerate(edges.tolist()):
        share = np.clip((edge - low[~flat]) / span, 0.0, 1.0)
        sums[at] = (wide * share).sum() + volume[flat & (low < edge - slack)].sum()
    # A bar without a spread at the very top belongs to the last row.
    sums[-1] = volume.sum()
    return np.maximum.accumulate(sums)


def _most(traded: Values) -> int:
    # Rows that differ by rounding alone are equal.
    return int(np.argmax(traded >= traded.max() * (1.0 - 1e-9)))


def _area(traded: Values, value_area: float) -> tuple[int, int]:
    begin = _most(traded)
    end, held = begin + 1, float(traded[begin])
    wanted = value_area * float(traded.sum())
    while held < wanted and (begin > 0 or end < len(traded)):
        above = float(traded[end]) if end < len(traded) else -1.0
        below = float(traded[begin - 1]) if begin > 0 else -1.0
        if above >= below:
            end += 1
            held += above
        else:
            begin -= 1
            held += below
    return begin, end
