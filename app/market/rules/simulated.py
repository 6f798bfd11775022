"""An invented market: deterministic from a seed, with sessions, gaps, quiet minutes and volume. Pure.

Nobody can mistake its symbols for real ones, and every bar of it carries the source "simulated".
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.market.rules import SIMULATED_PREFIX
from app.quant import frames
from app.quant.bars import PRICE_UNITS, ScaledBars

FIRST_DAY = 737_425  # 2020-01-01: every price follows from there
CENT = 1_000_000  # in units of 1e-8
_SESSIONS_A_YEAR = 252
_MINUTES_A_DAY = 1440
STRAYS_A_DAY = 6
"""How often, about, the price at another venue strays further than trading there costs."""
THIN_TRADES = 0.55
"""Which part of the minutes before and after the market sees a trade …"""
THIN_VOLUME = 0.03
"""… and how many of the units of a usual minute."""


@dataclass(frozen=True)
class Listing:
    """An invented instrument: where it starts, how it drifts and swings in a year."""

    symbol: str
    asset_class: str
    level: float
    drift: float
    swing: float
    volume: float
    """Units traded in a usual minute."""
    follows: str = ""
    """The same thing at another venue: its price is near that one's, and mostly not the same."""


LISTINGS = (
    Listing(f"{SIMULATED_PREFIX}ATED-A", "equity", 120.0, 0.09, 0.18, 9_000),
    Listing(f"{SIMULATED_PREFIX}ATED-B", "equity", 48.0, 0.02, 0.32, 4_000),
    Listing(f"{SIMULATED_PREFIX}ATED-C", "equity", 260.0, -0.03, 0.26, 2_500),
    Listing(f"{SIMULATED_PREFIX}/USD", "crypto", 900.0, 0.05, 0.6, 3.5),
    Listing(f"{SIMULATED_PREFIX}-USD", "crypto", 900.0, 0.05, 0.6, 3.5, f"{SIMULATED_PREFIX}/USD"),
)
BY_SYMBOL = {listing.symbol: listing for listing in LISTINGS}


def dice(seed: str, *parts: object) -> np.random.Generator:
    """Return a source of chance that is the same for the same seed and parts."""
    digest = hashlib.sha256(":".join([seed, *map(str, parts)]).encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))


def day_closes(listing: Listing, seed: str, count: int) -> NDArray[np.float64]:
    """Return the close before the first session and those of the first `count` sessions."""
    # Longer draws begin with the shorter ones, so yesterday's close stays what it was.
    noise = dice(seed, listing.symbol, "days").standard_normal(count)
    step = listing.swing / np.sqrt(_SESSIONS_A_YEAR)
    moves = listing.drift / _SESSIONS_A_YEAR - step * step / 2 + step * noise
    closes: NDArray[np.float64] = listing.level * np.exp(np.concatenate([[0.0], np.cumsum(moves)]))
    return closes


def session_minutes(
    listing: Listing, seed: str, hours: frames.Hours, at: int, closes: tuple[float, float]
) -> ScaledBars:
    """Return the minute bars of session number `at`, whose closes before and at its end are given."""
    roll = dice(seed, listing.symbol, int(hours.days[at]))
    opens, ends = int(hours.opens[at]), int(hours.closes[at])
    count = (ends - opens) // frames.MINUTE
    swing = listing.swing / np.sqrt(_SESSIONS_A_YEAR)
    # Part of a day's move happens while the market is closed: the gap at the opening.
    before, after = np.log(closes)
    is_open_all_day = hours.starts[at] == hours.opens[at] and count == _MINUTES_A_DAY
    gap = 0.0 if is_open_all_day else 0.35 * (after - before) + 0.3 * swing * roll.standard_normal()
    busy = _busyness(count, flat=is_open_all_day)
    steps = roll.standard_normal(count) * np.sqrt(busy / busy.sum()) * swing * 0.9
    walk = np.cumsum(steps)
    share = np.cumsum(busy) / busy.sum()
    path = before + gap + walk + share * (after - before - gap - walk[-1])
    close = np.exp(path)
    opening = np.concatenate([[np.exp(before + gap)], close[:-1]])
    reach = np.abs(roll.standard_normal((2, count))) * swing / np.sqrt(count) * 0.6
    high = np.maximum(opening, close) * (1 + reach[0])
    low = np.minimum(opening, close) * (1 - reach[1])
    volume = np.ceil(listing.volume * 100 * busy * roll.gamma(2.0, 0.5, count)) / 100
    if listing.asset_class == "equity":
        volume = np.ceil(volume)
    # Some minutes pass without a trade; the first and the last never do.
    kept = roll.random(count) > 0.01 / busy
    kept[[0, -1]] = True
    at_minutes = opens + frames.MINUTE * np.arange(count, dtype=np.int64)
    prices = [_cents(each)[kept] for each in (opening, high, low, close)]
    return ScaledBars._make([at_minutes[kept], *prices, volume[kept]])


def early_minutes(
    listing: Listing, seed: str, hours: frames.Hours, at: int, ends: tuple[float, float]
) -> ScaledBars:
    """Return the bars before the market: from near the close before to the opening, both given."""
    roll = dice(seed, listing.symbol, int(hours.days[at]), "early")
    begin, end = np.log(ends)
    # Part of the night's move has happened before anybody trades.
    begin += 0.5 * (end - begin) + 0.1 * _day_swing(listing) * roll.standard_normal()
    return _thin_minutes(listing, roll, (int(hours.starts[at]), int(hours.opens[at])), begin, end)


def late_minutes(
    listing: Listing, seed: str, hours: frames.Hours, at: int, close: float
) -> ScaledBars:
    """Return the bars after the market, which begin at its close."""
    roll = dice(seed, listing.symbol, int(hours.days[at]), "late")
    begin = np.log(close)
    end = begin + 0.15 * _day_swing(listing) * roll.standard_normal()
    return _thin_minutes(listing, roll, (int(hours.closes[at]), int(hours.ends[at])), begin, end)


def _thin_minutes(
    listing: Listing,
    roll: np.random.Generator,
    span: tuple[int, int],
    begin: float,
    end: float,
) -> ScaledBars:
    """Return bars on a way between two prices (as logarithms), with little volume and many gaps."""
    count = (span[1] - span[0]) // frames.MINUTE
    if count <= 0:
        return _no_bars()
    share = np.arange(1, count + 1) / count
    walk = np.cumsum(roll.standard_normal(count)) * _day_swing(listing) * 0.3 / np.sqrt(count)
    close = np.exp(begin + walk + share * (end - begin - walk[-1]))
    opening = np.concatenate([[np.exp(begin)], close[:-1]])
    reach = np.abs(roll.standard_normal((2, count))) * _day_swing(listing) / np.sqrt(count) * 0.2
    high = np.maximum(opening, close) * (1 + reach[0])
    low = np.minimum(opening, close) * (1 - reach[1])
    volume = np.ceil(listing.volume * THIN_VOLUME * roll.gamma(1.0, 1.0, count) + 1)
    kept = roll.random(count) < THIN_TRADES
    at_minutes = span[0] + frames.MINUTE * np.arange(count, dtype=np.int64)
    prices = [_cents(each)[kept] for each in (opening, high, low, close)]
    return ScaledBars._make([at_minutes[kept], *prices, volume[kept]])


def _day_swing(listing: Listing) -> float:
    return listing.swing / float(np.sqrt(_SESSIONS_A_YEAR))


def _no_bars() -> ScaledBars:
    empty = np.empty(0, np.int64)
    return ScaledBars(empty, empty, empty, empty, empty, np.empty(0))


def _busyness(count: int, *, flat: bool) -> NDArray[np.float64]:
    """Return how busy each minute is, 1 on average: most after the opening and before the close."""
    if flat:
        return np.ones(count)
    place = np.linspace(-1, 1, count)
    shape: NDArray[np.float64] = 0.6 + 1.2 * place**4 + 0.6 * np.exp(-(place + 1) * 12)
    shape /= shape.mean()
    return shape


def _cents(prices: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.maximum(np.rint(prices * 100).astype(np.int64), 1) * CENT


def whole_session(
    listing: Listing, seed: str, hours: frames.Hours, at: int, closes: tuple[float, float]
) -> ScaledBars:
    """Return the minutes of a session with those before and after the market, where it has any."""
    regular = session_minutes(listing, seed, hours, at, closes)
    parts = [regular]
    if hours.starts[at] < hours.opens[at]:
        opening = int(regular.open[0]) / PRICE_UNITS
        parts.insert(0, early_minutes(listing, seed, hours, at, (closes[0], opening)))
    if hours.closes[at] < hours.ends[at]:
        parts.append(late_minutes(listing, seed, hours, at, int(regular.close[-1]) / PRICE_UNITS))
    return ScaledBars._make(np.concatenate(columns) for columns in zip(*parts, strict=True))


def _at_other_venue(listing: Listing, seed: str, bars: ScaledBars) -> ScaledBars:
    """Return bars of the same minutes at prices that stray from those given, and come back."""
    day, minute = np.divmod(bars.opened_at // frames.MINUTE, _MINUTES_A_DAY)
    gaps = {each: _gaps(listing, seed, each) for each in np.unique(day).tolist()}
    table = np.array([gaps[each] for each in sorted(gaps)]).reshape(-1, _MINUTES_A_DAY)
    row = np.searchsorted(sorted(gaps), day)
    # A bar opens where the one before it has closed.
    before, after = 1 + table[row, np.maximum(minute - 1, 0)], 1 + table[row, minute]
    opening, high, low, close = (each / PRICE_UNITS for each in bars[1:5])
    prices = (
        opening * before,
        high * np.maximum(before, after),
        low * np.minimum(before, after),
        close * after,
    )
    return ScaledBars._make([bars.opened_at, *map(_cents, prices), bars.volume])


def _gaps(listing: Listing, seed: str, day: int) -> NDArray[np.float64]:
    """Return by what share the price strays in each minute of a day: a little, at times far."""
    roll = dice(seed, listing.symbol, day, "gaps")
    gaps = 0.0002 * roll.standard_normal(_MINUTES_A_DAY)
    for _ in range(int(roll.poisson(STRAYS_A_DAY))):
        begin, half_life = int(roll.integers(_MINUTES_A_DAY)), roll.uniform(4, 25)
        height = roll.uniform(0.003, 0.009) * roll.choice([-1, 1])
        gaps[begin:] += height * 0.5 ** (np.arange(_MINUTES_A_DAY - begin) / half_life)
    return gaps


def minutes(listing: Listing, seed: str, hours: frames.Hours, start: int, end: int) -> ScaledBars:
    """Return the minute bars that open from `start` on and before `end`, in microseconds."""
    if listing.follows:
        bars = minutes(BY_SYMBOL[listing.follows], seed, hours, start, end)
        return _at_other_venue(listing, seed, bars)
    first = int(np.searchsorted(hours.days, FIRST_DAY))
    low = max(first, int(np.searchsorted(hours.ends, start, side="right")))
    high = min(len(hours.days), int(np.searchsorted(hours.starts, end, side="left")))
    if high <= low:
        return _no_bars()
    closes = day_closes(listing, seed, high - first)
    parts = [
        whole_session(
            listing, seed, hours, at, (float(closes[at - first]), float(closes[at - first + 1]))
        )
        for at in range(low, high)
    ]
    whole = ScaledBars._make(np.concatenate(columns) for columns in zip(*parts, strict=True))
    inside = (whole.opened_at >= start) & (whole.opened_at < end)
    return ScaledBars._make(column[inside] for column in whole)
