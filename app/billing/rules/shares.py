"""Sharing whole amounts: the parts always add up to what was shared."""

from __future__ import annotations

from collections.abc import Sequence

WHOLE = 10_000
"""A hundred percent in the unit of splits, hundredths of a percent."""


def share(total: int, weights: Sequence[int]) -> list[int]:
    """Share `total` (minor units, not negative) by `weights`, by largest remainder.

    The parts add up to the total, none is negative, and each differs from its exact share by less
    than one unit. Between equal remainders the earlier part gets the unit. No part is greater than
    its weight as long as the total is not greater than their sum, so a remainder can be shared by
    what is left of each.
    """
    whole = sum(weights)
    if total < 0 or whole <= 0 or min(weights) < 0:
        message = f"{total} cannot be shared by {list(weights)}"
        raise ValueError(message)
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda at: -(total * weights[at] % whole))
    for at in by_remainder[: total - sum(parts)]:
        parts[at] += 1
    return parts


def split(total: int, creator_bps: int) -> tuple[int, int]:
    """Share an amount without tax between creator and platform; returns both parts."""
    creator, platform = share(total, (creator_bps, WHOLE - creator_bps))
    return creator, platform


def part(total: int, bps: int) -> int:
    """Return so many hundredths of a percent of an amount, the fraction of a unit left out."""
    return total * bps // WHOLE
