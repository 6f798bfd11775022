"""The invented market as it happens: the same bars as its provider gives, tick by tick."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from app.core import clock
from app.market.clients.live import Ear
from app.market.rules import SIMULATED, simulated
from app.market.rules.heard import Heard
from app.market.rules.simulated_ticks import MinuteBar, Way, way
from app.market.schemas import Instrument
from app.market.service.sessions import microseconds
from app.quant import frames
from app.quant.bars import PRICE_UNITS, ScaledBars
from app.quant.frames import MINUTE

STEP_SECONDS = 0.2
MOST_MINUTES = 30
"""Minutes that are told afterwards when the process could not run for a while."""


class _Playing(NamedTuple):
    minute: int
    """Microseconds since 1970."""
    bar: MinuteBar | None
    way: Way | None


class SimulatedLive:
    """The invented market: deterministic, at the pace of the clock."""

    name = SIMULATED
    market = SIMULATED
    is_delayed = False

    def __init__(self, seed: str, hours_of: Callable[[str], frames.Hours]) -> None:
        self._seed, self._hours_of = seed, hours_of
        self._playing: dict[int, _Playing] = {}
        self._told: dict[int, int] = {}
        # The bars of a session are drawn once, not with each tick.
        self._session = lru_cache(maxsize=16)(self._draw_session)

    def has(self, instrument: Instrument) -> bool:
        """Whether the instrument is an invented one."""
        return instrument.symbol in simulated.BY_SYMBOL

    def name_of(self, instrument: Instrument) -> str:
        """Return the symbol."""
        return instrument.symbol

    async def listen(self, ear: Ear) -> None:
        """Tell what happens, for ever."""
        self._playing.clear()
        self._told.clear()
        ear.connected()
        while True:
            now = microseconds(clock.now())
            heard = [one for each in ear.wanted.values() for one in self.said(each, now)]
            if heard:
                ear.hear(heard)
            await asyncio.sleep(STEP_SECONDS)

    def said(self, instrument: Instrument, now: int) -> Iterator[Heard]:
        """Yield what has happened since this was asked last: ends of minutes, then the open one."""
        minute = now // MINUTE * MINUTE
        playing = self._playing.get(instrument.id)
        if playing is None or playing.minute != minute:
            if playing is not None:
                yield from self._ended(instrument, playing.minute, minute)
            playing = self._playing[instrument.id] = self._begin(instrument, minute)
            self._told.pop(instrument.id, None)
        if playing.bar is None or playing.way is None:
            return
        at = int(np.searchsorted(playing.way.at, now, side="right")) - 1
        if at < 0 or self._told.get(instrument.id) == at:
            return
        self._told[instrument.id] = at
        yield _so_far(instrument.id, playing.bar, playing.way, at)

    def _ended(self, instrument: Instrument, first: int, until: int) -> Iterator[Heard]:
        for minute in range(max(first, until - MOST_MINUTES * MINUTE), until, MINUTE):
            bar, _ = self._find(instrument, minute)
            if bar is not None:
                yield _whole(instrument.id, bar)

    def _begin(self, instrument: Instrument, minute: int) -> _Playing:
        bar, is_thin = self._find(instrument, minute)
        if bar is None:
            return _Playing(minute, None, None)
        return _Playing(minute, bar, way(instrument.symbol, self._seed, bar, is_thin=is_thin))

    def _find(self, instrument: Instrument, minute: int) -> tuple[MinuteBar | None, bool]:
        """Return the bar of a minute, and whether it lies outside of the regular hours."""
        hours = self._hours_of(instrument.venue)
        session = int(frames.locate(hours, np.array([minute]))[0])
        if session == frames.NOWHERE:
            return None, False
        begin = int(hours.starts[session])
        bars = self._session(instrument.symbol, instrument.venue, begin, int(hours.ends[session]))
        at = int(np.searchsorted(bars.opened_at, minute))
        if at == len(bars.opened_at) or int(bars.opened_at[at]) != minute:
            return None, False
        opened, high, low, close = (int(column[at]) for column in bars[1:5])
        row = MinuteBar(minute, opened, high, low, close, float(bars.volume[at]))
        return row, not int(hours.opens[session]) <= minute < int(hours.closes[session])

    def _draw_session(self, symbol: str, venue: str, start: int, end: int) -> ScaledBars:
        listing = simulated.BY_SYMBOL[symbol]
        return simulated.minutes(listing, self._seed, self._hours_of(venue), start, end)


def _whole(instrument_id: int, bar: MinuteBar) -> Heard:
    opened, high, low, close = (each / PRICE_UNITS for each in bar[1:5])
    minute = bar.opened_at // 1_000_000
    return Heard("closed", instrument_id, minute, opened, high, low, close, bar.volume)


def _so_far(instrument_id: int, bar: MinuteBar, ticks: Way, at: int) -> Heard:
    high, low, close = (
        int(each[at]) / PRICE_UNITS for each in (ticks.high, ticks.low, ticks.close)
    )
    minute, opened = bar.opened_at // 1_000_000, bar.open / PRICE_UNITS
    return Heard("open", instrument_id, minute, opened, high, low, close, float(ticks.volume[at]))
