"""Floor pivots: seven prices out of the high, the low and the close of what came before."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


class Pivots(NamedTuple):
    """The pivot point, three resistances above and three supports below."""

    pp: Values
    r1: Values
    r2: Values
    r3: Values
    s1: Values
    s2: Values
    s3: Values


def pivots(high: Values, low: Values, close: Values) -> Pivots:
    """Return the standard floor pivots of each high, low and close."""
    point = (high + low + close) / 3.0
    spread = high - low
    return Pivots(
        pp=point,
        r1=2.0 * point - low,
        r2=point + spread,
        r3=high + 2.0 * (point - low),
        s1=2.0 * point - high,
        s2=point - spread,
        s3=low - 2.0 * (high - point),
    )
