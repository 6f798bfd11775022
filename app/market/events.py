"""What the market tells the slices above."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class BarsCorrected:
    """Bars that were there have changed, or older ones than the newest have come in late.

    A split or dividend that became known changes all of them: then both counts are 0.

    What was made of the bars from `from_at` to `to_at` (when they open) may be wrong now.
    """

    instrument_id: int
    symbol: str
    timeframe: str
    from_at: datetime
    to_at: datetime
    corrected: int
    late: int
