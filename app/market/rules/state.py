"""Whether a market trades at an instant, and how fresh a price is. Pure."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from app.quant.frames import Hours

LIVE_SECONDS = 90
"""A minute bar is told when it has closed, and may take half a minute to come."""
DELAYED_SECONDS = 1_200
"""Free sources are a quarter of an hour behind."""


class Moment(NamedTuple):
    """What a market is at an instant; instants are microseconds."""

    state: str
    """pre_market, open, after_hours or closed."""
    next_state: str | None
    next_at: int | None
    at: int | None
    """Number of the session that is on, else of the next one; None after the last known."""
    is_half_day: bool


def moment(hours: Hours, now: int) -> Moment:
    """Say what a market is at an instant and what it will be next."""
    at = int(np.searchsorted(hours.ends, now, side="right"))
    if at == len(hours.days):
        return Moment("closed", None, None, None, is_half_day=False)
    start, opens, closes, end = (
        int(each[at]) for each in (hours.starts, hours.opens, hours.closes, hours.ends)
    )
    follows = int(hours.starts[at + 1]) if at + 1 < len(hours.days) else None
    steps = [("closed", start), ("pre_market", opens), ("open", closes), ("after_hours", end)]
    # A stretch of no length is none: what trades around the clock neither opens nor closes.
    states = [
        (state, until)
        for (state, until), since in zip(steps, [-1, start, opens, closes], strict=True)
        if until > since
    ]
    following = "closed" if follows != end else "open"
    here = next(number for number, (_, until) in enumerate(states) if now < until)
    state, until = states[here]
    after = states[here + 1][0] if here + 1 < len(states) else following
    changes = after != state
    return Moment(
        state,
        after if changes else None,
        until if changes else None,
        at,
        is_half_day=_is_short(hours, at),
    )


def _is_short(hours: Hours, at: int) -> bool:
    lengths = (hours.closes - hours.opens)[max(0, at - 250) : at + 250]
    return bool(hours.closes[at] - hours.opens[at] < np.median(lengths))


def price_state(market: str, age_seconds: float) -> str:
    """Say how fresh a price is: live, delayed, stale, or closed where nobody trades."""
    if age_seconds <= LIVE_SECONDS:
        return "live"
    if market == "closed":
        return "closed"
    return "delayed" if age_seconds <= DELAYED_SECONDS else "stale"
