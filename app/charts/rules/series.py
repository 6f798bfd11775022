"""The lines of a chart's indicators, as they are drawn and written into files."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.charts.schemas import Indicator
from app.quant import chart_lines
from app.quant.bars import BarColumns
from app.quant.levels import profile

Values = NDArray[np.float64]
NAMES = {"volume_profile": "Profile", "bollinger": "Bollinger"}
NUMBERS = ("period", "fast", "slow", "signal", "deviations")


class Lines(NamedTuple):
    """An indicator's values by the name of each line; of a volume profile its rows."""

    indicator: Indicator
    lines: dict[str, Values]

    @property
    def title(self) -> str:
        """What the indicator is called on the chart: RSI 14."""
        settings = self.indicator.settings
        told = [settings.get(name) for name in NUMBERS]
        numbers = ", ".join(f"{one:g}" for one in told if isinstance(one, int | float))
        name = NAMES.get(self.indicator.kind, self.indicator.kind.upper())
        return f"{name} {numbers}".strip()


def lines_of(indicator: Indicator, bars: BarColumns, regular: NDArray[np.bool_]) -> Lines:
    """Return an indicator over bars; `regular` says which lie in the market's regular hours."""
    if indicator.kind == "volume_profile":
        return Lines(indicator, _profile(indicator, bars))
    found = chart_lines.lines(indicator.kind, indicator.settings, bars, regular)
    return Lines(indicator, found)


def _profile(indicator: Indicator, bars: BarColumns) -> dict[str, Values]:
    rows, area = indicator.settings["rows"], indicator.settings["value_area"]
    found = profile.volume_profile(bars.high, bars.low, bars.volume, int(rows), float(area))
    if found is None:
        return {}
    lines = np.array([found.val, found.poc, found.vah])
    return {"edges": found.edges, "volume": found.volume, "area": lines}
