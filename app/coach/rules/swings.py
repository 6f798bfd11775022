"""Turning points of bars. Pure."""

from __future__ import annotations

from collections.abc import Sequence

SIDES = 2
"""Bars on each side that a turning point must stand out from."""


def turns(values: Sequence[float], sides: int = SIDES) -> list[int]:
    """Return where values are higher than the `sides` before and not lower than those after, in order.

    For swing lows the values are given with their sign turned. What the newest bars are is not known
    before `sides` more have closed.
    """
    return [
        at
        for at in range(sides, len(values) - sides)
        if all(values[at] > each for each in values[at - sides : at])
        and all(values[at] >= each for each in values[at + 1 : at + 1 + sides])
    ]
