"""The invented market as a provider."""

from __future__ import annotations

from datetime import datetime

from app.core.types import EPOCH
from app.market.rules import SIMULATED, simulated
from app.market.schemas import Instrument
from app.quant import frames
from app.quant.bars import ScaledBars, scaled, select

_DAY = 86_400_000_000


class SimulatedProvider:
    """Bars that are invented, the same ones each time they are asked for."""

    name = SIMULATED

    def __init__(self, seed: str, hours: frames.Hours) -> None:
        self._seed, self._hours = seed, hours

    def has(self, instrument: Instrument) -> bool:
        """Whether the instrument is an invented one."""
        return instrument.symbol in simulated.BY_SYMBOL

    def fetch_bars(
        self, instrument: Instrument, timeframe: str, start: datetime, end: datetime
    ) -> ScaledBars:
        """Return the bars that open in a stretch of time."""
        listing = simulated.BY_SYMBOL[instrument.symbol]
        first, before = (int((each - EPOCH).total_seconds() * 1e6) for each in (start, end))
        if timeframe == "M1":
            return simulated.minutes(listing, self._seed, self._hours, first, before)
        # Whole sessions, so that a day is made of all its minutes.
        bars = simulated.minutes(listing, self._seed, self._hours, first, before + _DAY)
        days = frames.resample(frames.columns_of(bars, self._hours, "M1"), self._hours, "D1")
        inside = (days.opened_at >= first) & (days.opened_at < before)
        return scaled(select(days, inside))
