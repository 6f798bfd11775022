"""Bars and sessions as short texts: what a page carries in an attribute and its script draws."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from app.quant.bars import BarColumns

SECOND = 1_000_000
FINE = 5
"""Decimals of pairs of currencies, and of prices below one."""
USUAL = 2
CHEAP = 1.0
DEAR_QUOTE = 20.0
"""Above this a pair of currencies is quoted with two decimals fewer: 155.123 yen."""


class Session(NamedTuple):
    """A session in seconds since 1970: regular hours, and those around them."""

    opens: int
    closes: int
    starts: int
    ends: int


def bars_text(bars: BarColumns) -> str:
    """Return bars as `time,open,high,low,close,volume;…`, times in seconds since 1970."""
    columns = [column.tolist() for column in (bars.open, bars.high, bars.low, bars.close)]
    rows = zip(bars.opened_at.tolist(), *columns, bars.volume.tolist(), strict=True)
    return ";".join(
        f"{at // SECOND},{a:.10g},{b:.10g},{c:.10g},{d:.10g},{volume:.8g}"
        for at, a, b, c, d, volume in rows
    )


def sessions_text(sessions: Iterable[Session]) -> str:
    """Return sessions as `opens,closes,starts,ends;…`."""
    return ";".join(",".join(str(edge) for edge in each) for each in sessions)


def digits_of(asset_class: str, level: float) -> int:
    """Return how many decimals the prices of an instrument are written with."""
    if asset_class == "forex":
        return FINE - 2 if level > DEAR_QUOTE else FINE
    return USUAL if level >= CHEAP else FINE


def short_hash(*parts: object) -> str:
    """Return a short text that differs where the parts do."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]
