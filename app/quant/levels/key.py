"""The key levels at one instant, each with the bars that it came from or why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from app.quant import frames
from app.quant.bars import BarColumns, select
from app.quant.levels import means, profile, sessions, vwap
from app.quant.levels.pivots import Pivots, pivots

ATR_BARS = 14
ATR_WARM_UP = 250
"""Daily bars that the average true range has seen; what came before would still weigh 4e-8."""
OPENING_MINUTES = 30
AREA_SHARE = 0.7
PROFILE_ROWS = 100
BANDS = (1, 2, 3)
WEEKS = (50, 200)
WARM = 3
"""An exponential mean over n bars is warm after so many times n: the first weighs 0.3 % then."""


class Origin(NamedTuple):
    """The bars that a level came from; instants are microseconds."""

    timeframe: str
    first: int
    """When the first of them opened."""
    last: int
    """When the last of them closed."""
    bar_count: int
    at: int | None = None
    """Of a high or a low: when its bar opened."""


class WarmUp(NamedTuple):
    """How far an indicator with a long past has come in."""

    bars: int
    wanted: int
    is_done: bool


class Level(NamedTuple):
    """A price, or why there is none."""

    price: float | None
    reason: str | None = None
    bars: Origin | None = None
    warm_up: WarmUp | None = None


@dataclass(frozen=True)
class Place:
    """Where on the calendar levels are asked for."""

    hours: frames.Hours
    session: int
    """Number of the session that is on, else of the next one."""
    now: int
    has_volume: bool = True
    """An index has none, whatever its bars say."""

    @property
    def day(self) -> int:
        """The day of the session."""
        return int(self.hours.days[self.session])


Levels = dict[str, Level]


def _origin(bars: BarColumns, timeframe: str, at: int | None = None) -> Origin:
    opened = None if at is None else int(bars.opened_at[at])
    return Origin(
        timeframe, int(bars.opened_at[0]), int(bars.closed_at[-1]), len(bars.opened_at), opened
    )


def _extremes(bars: BarColumns, timeframe: str) -> tuple[Level, Level, Level]:
    """Return high, low and close of bars."""
    top, bottom = int(np.argmax(bars.high)), int(np.argmin(bars.low))
    return (
        Level(float(bars.high[top]), None, _origin(bars, timeframe, top)),
        Level(float(bars.low[bottom]), None, _origin(bars, timeframe, bottom)),
        Level(float(bars.close[-1]), None, _origin(bars, timeframe)),
    )


def _none(names: tuple[str, ...], reason: str) -> Levels:
    return dict.fromkeys(names, Level(None, reason))


# --- What holds for a whole session ---


def session_levels(
    place: Place, days: BarColumns, minutes: BarColumns, *, long_profile: str | None = None
) -> Levels:
    """Return the levels that do not change while a session is on.

    `days` are the daily bars before the session, `minutes` those of the session before it;
    `long_profile` asks for the volume profile of the days instead: D1 the last 250, W1 or MN all.
    """
    before = select(days, days.session < place.day)
    found = _day_before(place, before, minutes)
    found |= _period_before(place, before, "W1", ("pwh", "pwl", "pwc"))
    found |= _period_before(place, before, "MN", ("pmoh", "pmol", "pmoc"))
    found |= _pivots(found, ("pdh", "pdl", "pdc"), "")
    found |= _pivots(found, ("pwh", "pwl", "pwc"), "w")
    found["atr"] = daily_atr(place, before)
    for weeks in WEEKS:
        found[f"ema{weeks}w"] = weekly_ema(place, before, weeks)
    found |= _profile(place, before, minutes, long_profile)
    return found


def _day_before(place: Place, days: BarColumns, minutes: BarColumns) -> Levels:
    names = ("pdh", "pdl", "pdc")
    if place.session == 0:
        return _none(names, "no_session_before")
    day = int(place.hours.days[place.session - 1])
    kept = select(days, days.session == day)
    if not len(kept.opened_at):
        return _none(names, "no_bars_of_session_before")
    levels = _extremes(kept, "D1")
    inside = select(minutes, minutes.session == day)
    inside = frames.regular_only(inside, place.hours)
    # A kept day may know more than the minutes: they tell of its high only where they reach it.
    if len(inside.opened_at):
        told = _extremes(inside, "M1")
        levels = tuple(  # type: ignore[assignment]
            minute if minute.price == daily.price else daily
            for minute, daily in zip(told, levels, strict=True)
        )
    return dict(zip(names, levels, strict=True))


def _period_before(
    place: Place, days: BarColumns, timeframe: str, names: tuple[str, str, str]
) -> Levels:
    """Return high, low and close of the week (W1) or the month (MN) before that of the session."""
    first, _ = frames.period_sessions(place.hours, timeframe)
    begin = int(first[place.session])
    if begin == 0:
        return _none(names, "no_session_before")
    since = int(first[begin - 1])
    wanted = place.hours.days[since:begin]
    inside = select(days, (days.session >= wanted[0]) & (days.session <= wanted[-1]))
    if not len(inside.opened_at):
        return _none(names, "no_bars_of_period_before")
    if len(inside.opened_at) < len(wanted):
        return _none(names, "sessions_are_missing")
    return dict(zip(names, _extremes(inside, "D1"), strict=True))


def _pivots(found: Levels, of: tuple[str, str, str], prefix: str) -> Levels:
    high, low, close = (found[name] for name in of)
    names = tuple(prefix + name for name in Pivots._fields)
    if high.price is None or low.price is None or close.price is None:
        return _none(names, str(high.reason))
    prices = pivots(np.float64(high.price), np.float64(low.price), np.float64(close.price))  # type: ignore[arg-type]
    origin = None if close.bars is None else close.bars._replace(at=None)
    return {
        name: Level(float(value), None, origin) for name, value in zip(names, prices, strict=True)
    }


def daily_atr(place: Place, days: BarColumns, n: int = ATR_BARS) -> Level:
    """Return Wilder's average true range of the daily bars before a session, in price."""
    bars = days.rows(max(0, len(days.opened_at) - ATR_WARM_UP))
    count = len(bars.opened_at)
    warm = WarmUp(count, ATR_WARM_UP, count >= ATR_WARM_UP)
    if count <= n:
        return Level(None, "too_few_days", None, warm)
    if int(bars.session[-1]) != int(place.hours.days[place.session - 1]):
        return Level(None, "no_bars_of_session_before", None, warm)
    value = float(means.atr(bars.high, bars.low, bars.close, n)[-1])
    return Level(value, None, _origin(bars, "D1"), warm)


def weekly_ema(place: Place, days: BarColumns, n: int) -> Level:
    """Return the exponential mean of the closes of n whole weeks before that of the session."""
    weeks = frames.resample(days, place.hours, "W1")
    first, _ = frames.period_sessions(place.hours, "W1")
    opened = place.hours.opens[first[place.session]]
    weeks = select(weeks, weeks.opened_at < opened)
    count = len(weeks.opened_at)
    warm = WarmUp(count, WARM * n, count >= WARM * n)
    if count < n:
        return Level(None, "too_few_weeks", None, warm)
    begin = int(first[place.session])
    if int(weeks.closed_at[-1]) != int(place.hours.closes[begin - 1]):
        return Level(None, "no_bars_of_period_before", None, warm)
    return Level(float(means.ema(weeks.close, n)[-1]), None, _origin(weeks, "W1"), warm)


def _profile(
    place: Place, days: BarColumns, minutes: BarColumns, long_profile: str | None
) -> Levels:
    names = ("poc", "vah", "val")
    if not place.has_volume:
        return _none(names, "index_without_volume")
    if long_profile:
        bars, timeframe = days, "D1"
        if long_profile == "D1":
            bars = days.rows(max(0, len(days.opened_at) - ATR_WARM_UP))
    else:
        day = int(place.hours.days[place.session - 1]) if place.session else -1
        bars = frames.regular_only(select(minutes, minutes.session == day), place.hours)
        timeframe = "M1"
    if not len(bars.opened_at):
        return _none(names, "no_minutes_of_session_before" if timeframe == "M1" else "no_days")
    made = profile.volume_profile(bars.high, bars.low, bars.volume, PROFILE_ROWS, AREA_SHARE)
    if made is None:
        return _none(names, "nothing_traded")
    origin = _origin(bars, timeframe)
    prices = (made.poc, made.vah, made.val)
    return {name: Level(price, None, origin) for name, price in zip(names, prices, strict=True)}


# --- What changes by the minute ---


def minute_levels(place: Place, minutes: BarColumns) -> Levels:
    """Return the levels of the session that is on, from its minutes that have closed by now."""
    own = select(minutes, (minutes.session == place.day) & (minutes.closed_at <= place.now))
    parts = sessions.split(own, place.hours)
    found = _before_market(place, own, parts)
    regular = frames.regular_only(own, place.hours)
    found |= _opening_range(place, regular)
    return found | _vwap(place, regular)


def _before_market(place: Place, own: BarColumns, parts: sessions.Parts) -> Levels:
    names = ("pmh", "pml")
    start, opens = place.hours.starts[place.session], place.hours.opens[place.session]
    if start == opens:
        return _none(names, "no_pre_market")
    if place.now < start:
        return _none(names, "pre_market_not_begun")
    early = parts.only(sessions.BEFORE)
    if not len(early.begin):
        return _none(names, "no_bars_before_market")
    high, low, _ = _extremes(own.rows(int(early.begin[0]), int(early.end[0])), "M1")
    return {"pmh": high, "pml": low}


def _opening_range(place: Place, regular: BarColumns) -> Levels:
    names = ("orh", "orl")
    opens = int(place.hours.opens[place.session])
    end = opens + OPENING_MINUTES * frames.MINUTE
    if place.now < end:
        return _none(names, "opening_range_not_over")
    bars = select(regular, regular.opened_at < end)
    if not len(bars.opened_at):
        return _none(names, "no_bars_of_opening")
    high, low, _ = _extremes(bars, "M1")
    return {"orh": high, "orl": low}


def _vwap(place: Place, regular: BarColumns) -> Levels:
    bands = [f"vwap_{side}{band}" for band in BANDS for side in ("upper", "lower")]
    names = ("vwap", *bands)
    if not place.has_volume:
        return _none(names, "index_without_volume")
    if not len(regular.opened_at):
        is_early = place.now < place.hours.opens[place.session]
        return _none(names, "session_not_begun" if is_early else "no_bars_of_session")
    typical = (regular.high + regular.low + regular.close) / 3.0
    made = vwap.last(typical, regular.volume)
    if made is None:
        return _none(names, "nothing_traded")
    price, deviation = made
    origin = _origin(regular, "M1")
    found = {"vwap": Level(price, None, origin)}
    for band in BANDS:
        found[f"vwap_upper{band}"] = Level(price + band * deviation, None, origin)
        found[f"vwap_lower{band}"] = Level(price - band * deviation, None, origin)
    return found
