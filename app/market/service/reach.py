"""From when to when the kept bars of an instrument reach."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from app.market.queries.series import series_of


class Span(NamedTuple):
    """When the first and the newest bar opened."""

    first_at: datetime
    newest_at: datetime


def kept_spans(instrument_id: int) -> dict[str, Span]:
    """Return by kept timeframe (M1, D1) how far the bars of an instrument reach."""
    return {
        timeframe: Span(found.first_at, found.newest_at)
        for (_, timeframe), found in series_of([instrument_id]).items()
    }
