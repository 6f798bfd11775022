"""What may be kept, and what is new in it. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.core.errors import ValidationError
from app.core.i18n import gettext
from app.market.rules.hours import NEW_YORK
from app.quant import frames
from app.quant.bars import MAX_PRICE, PRICE_UNITS, ScaledBars


class Parts(NamedTuple):
    """Bars to write, bars to change, and how many stay as they are."""

    new: ScaledBars
    changed: ScaledBars
    same: int


def check(bars: ScaledBars, timeframe: str, hours: frames.Hours, now: int) -> None:
    """Refuse bars that cannot be: the first one is named by its number, counted from 1.

    Raises:
        ValidationError: says which and why.
    """
    for wrong, reason in _faults(bars, timeframe, hours, now):
        if wrong.any():
            at = int(np.argmax(wrong))
            opened = np.datetime64(int(bars.opened_at[at]), "us")
            message = gettext(
                "bar %(number)s (%(opened)sZ): %(reason)s",
                number=at + 1,
                opened=opened,
                reason=reason,
            )
            raise ValidationError(message, field="bars", row=at + 1)


def _faults(
    bars: ScaledBars, timeframe: str, hours: frames.Hours, now: int
) -> list[tuple[NDArray[np.bool_], str]]:
    at = bars.opened_at
    prices = np.stack(bars[1:5]) if len(at) else np.zeros((4, 0), np.int64)
    found = frames.locate(hours, at)
    closed = hours.closes[found] if timeframe == "D1" else at + frames.MINUTE
    off_grid = hours.opens[found] != at if timeframe == "D1" else at % frames.MINUTE != 0
    return [
        (np.diff(at, prepend=at[:1] - 1) <= 0, gettext("does not follow the one before")),
        ((prices <= 0).any(axis=0), gettext("a price is not above zero")),
        ((prices > MAX_PRICE * PRICE_UNITS).any(axis=0), gettext("a price is too large")),
        (bars.high < bars.low, gettext("the high is below the low")),
        (
            ((prices < bars.low) | (prices > bars.high)).any(axis=0),
            gettext("open or close lies outside of low to high"),
        ),
        (
            ~np.isfinite(bars.volume) | (bars.volume < 0),
            gettext("the volume is no number from zero up"),
        ),
        (found == frames.NOWHERE, gettext("lies outside the hours of its exchange")),
        (off_grid, gettext("does not begin where a bar of its timeframe does")),
        (closed > now, gettext("has not closed yet")),
    ]


def sound(bars: ScaledBars, timeframe: str, hours: frames.Hours, now: int) -> NDArray[np.bool_]:
    """Return which bars can be kept."""
    good = np.ones(len(bars.opened_at), np.bool_)
    for wrong, _ in _faults(bars, timeframe, hours, now):
        good &= ~wrong
    return good


def at_openings(bars: ScaledBars, hours: frames.Hours, *, is_utc: bool) -> ScaledBars:
    """Return days that open somewhere in their date as days that open with their session.

    The date is that of UTC or of New York; a day without a session stays where it is.
    """
    seconds = (bars.opened_at // 1_000_000).tolist()
    zone = UTC if is_utc else NEW_YORK
    days = np.array([datetime.fromtimestamp(each, zone).toordinal() for each in seconds], np.int64)
    found = np.minimum(np.searchsorted(hours.days, days), len(hours.days) - 1)
    return bars._replace(
        opened_at=np.where(hours.days[found] == days, hours.opens[found], bars.opened_at)
    )


def compare(given: ScaledBars, kept: Any, source: str, *, replace: bool) -> Parts:
    """Say which of the given bars are new, and which differ from what is kept.

    Without `replace` a bar that another source has reported stays as it is.
    """
    old: ScaledBars = kept.bars
    if not len(old.opened_at):
        nothing = ScaledBars._make(column[:0] for column in given)
        return Parts(given, nothing, 0)
    places = np.minimum(np.searchsorted(old.opened_at, given.opened_at), len(old.opened_at) - 1)
    is_known = old.opened_at[places] == given.opened_at
    differs = np.zeros(len(places), np.bool_)
    for ours, theirs in zip(given[1:], old[1:], strict=True):
        differs |= ours != theirs[places]
    is_changed = is_known & differs
    if not replace:
        is_changed &= kept.source[places] == source
    return Parts(
        ScaledBars._make(column[~is_known] for column in given),
        ScaledBars._make(column[is_changed] for column in given),
        int(is_known.sum() - is_changed.sum()),
    )
