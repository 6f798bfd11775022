"""Pure: clicks of the calls to action, and how far those go who follow one."""

from __future__ import annotations

from dataclasses import dataclass

from app.quant.stats import wilson_interval

PLACES = ("pricing", "home", "other")
"""Where plans stand on a site: its page of plans, its front page, any other page."""
SOURCE = "pricing"
"""What a checkout that was begun from the plans names as its source, wherever they stand."""


@dataclass(frozen=True)
class Reached:
    """How many got as far as a step, of those who took the one before, with the 95 % interval."""

    count: int
    of: int
    ratio: float | None
    low: float | None
    high: float | None


def reached(count: int, of: int) -> Reached:
    """Return a step as a share of the one before.

    Formula: count / of; Wilson's score interval. Unit: ratio. Empty case: None where nobody took
    the step before, or where more are known to have taken this one: then the one before was not
    counted in full, and no share of it means anything.
    """
    bounds = wilson_interval(count, of) if count <= of else None
    if bounds is None:
        return Reached(count, of, None, None, None)
    return Reached(count, of, count / of, *bounds)
