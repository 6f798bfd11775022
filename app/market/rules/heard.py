"""What is made of what a live provider says: open minutes, closed ones, what comes twice. Pure."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

MINUTE = 60
"""Seconds."""
REMEMBERED = 64
"""Closed minutes of an instrument that are remembered, to know a repeated or corrected one."""
MOST_PIECES = 20_000
"""Trades of one minute whose names are remembered."""


class Heard(NamedTuple):
    """What a provider has said of a minute of an instrument."""

    kind: Literal["piece", "open", "closed"]
    """A trade or second of the minute; the minute so far; the minute as it ended."""
    instrument_id: int
    minute: int
    """When the minute began, in seconds since 1970."""
    open: float
    high: float
    low: float
    close: float
    volume: float
    at: int = 0
    """Of a piece: when it traded, in any unit that sorts."""
    key: Hashable = None
    """Of a piece: what it is known by when it comes twice."""


class Told(NamedTuple):
    """A bar as it is told to open charts."""

    instrument_id: int
    minute: int
    prices: tuple[float, float, float, float]
    volume: float
    is_closed: bool


@dataclass
class _Open:
    minute: int
    first: int
    last: int
    prices: list[float]
    volume: float
    keys: set[Hashable] = field(default_factory=set)


@dataclass
class _Series:
    open: _Open | None = None
    closed: OrderedDict[int, Told] = field(default_factory=OrderedDict)

    @property
    def newest_closed(self) -> int:
        """Return the newest minute that has closed."""
        return max(self.closed, default=-1)


class Minutes:
    """The present minutes of all instruments."""

    def __init__(self) -> None:
        self._series: dict[int, _Series] = {}
        self.refused = 0
        """How much of what was heard was no bar, or came too late."""

    def take(self, heard: Heard) -> Told | None:
        """Take in what was heard; return the bar to be told, None where nothing is new."""
        if not _is_sound(heard):
            self.refused += 1
            return None
        series = self._series.setdefault(heard.instrument_id, _Series())
        if heard.kind == "closed":
            return self._close(series, heard)
        if heard.minute <= series.newest_closed or _is_before(series.open, heard.minute):
            self.refused += 1
            return None
        return _fold(series, heard) if heard.kind == "piece" else _replace(series, heard)

    def _close(self, series: _Series, heard: Heard) -> Told | None:
        told = _told(heard, is_closed=True)
        if series.closed.get(heard.minute) == told:
            return None
        series.closed[heard.minute] = told
        while len(series.closed) > REMEMBERED:
            series.closed.pop(min(series.closed))
        if series.open is not None and series.open.minute <= heard.minute:
            series.open = None
        return told

    def forget(self, instrument_id: int) -> None:
        """Forget an instrument that nobody wants any more."""
        self._series.pop(instrument_id, None)

    def knows(self, instrument_id: int, minute: int) -> bool:
        """Whether the end of a minute has been told and is remembered."""
        series = self._series.get(instrument_id)
        return series is not None and minute in series.closed

    def newest_closed(self, instrument_id: int) -> int | None:
        """Return when the newest closed minute of an instrument began."""
        series = self._series.get(instrument_id)
        return series.newest_closed if series is not None and series.closed else None


def _is_before(kept: _Open | None, minute: int) -> bool:
    return kept is not None and minute < kept.minute


def _is_sound(heard: Heard) -> bool:
    prices = heard[3:7]
    return (
        all(isinstance(each, int | float) and math.isfinite(each) for each in heard[3:8])
        and min(prices) > 0
        and heard.volume >= 0
        and heard.high >= max(prices)
        and heard.low <= min(prices)
        and heard.minute % MINUTE == 0
    )


def _told(heard: Heard, *, is_closed: bool) -> Told:
    prices = (heard.open, heard.high, heard.low, heard.close)
    return Told(heard.instrument_id, heard.minute, prices, heard.volume, is_closed)


def _replace(series: _Series, heard: Heard) -> Told | None:
    told = _told(heard, is_closed=False)
    kept = series.open
    if kept is not None and kept.minute == heard.minute and kept.volume > heard.volume:
        return None  # an older state of the same minute
    series.open = _Open(heard.minute, heard.at, heard.at, list(told.prices), heard.volume)
    return told


def _fold(series: _Series, heard: Heard) -> Told | None:
    kept = series.open
    if kept is None or kept.minute != heard.minute:
        prices = [heard.open, heard.high, heard.low, heard.close]
        kept = series.open = _Open(heard.minute, heard.at, heard.at, prices, 0.0)
    elif heard.key is not None and heard.key in kept.keys:
        return None
    if heard.key is not None and len(kept.keys) < MOST_PIECES:
        kept.keys.add(heard.key)
    if heard.at < kept.first:
        kept.first, kept.prices[0] = heard.at, heard.open
    if heard.at >= kept.last:
        kept.last, kept.prices[3] = heard.at, heard.close
    kept.prices[1] = max(kept.prices[1], heard.high)
    kept.prices[2] = min(kept.prices[2], heard.low)
    kept.volume += heard.volume
    opened, high, low, close = kept.prices
    whole = (opened, high, low, close)
    return Told(heard.instrument_id, heard.minute, whole, kept.volume, is_closed=False)


def silence_limit(base: float, *, is_regular: bool, is_around_the_clock: bool) -> float:
    """Return after how many seconds without a word an open market counts as silent.

    `base` holds for regular hours, when something trades each minute. Before and after the market,
    and at night where trading never stops, many minutes pass without a trade.
    """
    if is_around_the_clock:
        return 2 * base
    return base if is_regular else 5 * base


def backoff(failures: int, base: float, longest: float, chance: float) -> float:
    """Return how long to wait after so many failures in a row; `chance` from 0 to 1 spreads it."""
    wait = min(longest, base * 2.0 ** min(max(failures - 1, 0), 16))
    return wait * (0.5 + chance / 2)


State = Literal["live", "delayed", "stale", "closed"]


def worst(states: Sequence[str]) -> str:
    """Return which of the states of several connections is told for all of them."""
    order = ("down", "stale", "live")
    return min(states, key=order.index, default="down")


HEARTBEAT = "trp:heartbeat:feed"
"""Key in Redis: the feed is alive."""
LINES = "trp:feed:lines"
"""Hash in Redis: how each connection to the market stands, by its name."""
LINE_OF = "trp:feed:line-of"
"""Hash in Redis: which connection brings an instrument, by its id."""
