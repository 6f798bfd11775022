"""Which key levels a chart shows, what each is called in short, and in which tone: one rule for all.

The desk in the browser and the picture that a model is given ask here, so that both show the same.
"""

from __future__ import annotations

from collections.abc import Iterable

from app.charts.schemas import Document, Settings

SHORT = {
    "r3": "R3", "r2": "R2", "r1": "R1", "pp": "PP", "s1": "S1", "s2": "S2", "s3": "S3",
    "pdh": "PDH", "pdl": "PDL", "pdc": "PDC", "pmh": "PMH", "pml": "PML", "orh": "ORH", "orl": "ORL",
    "vwap": "VWAP",
    "vwap_upper1": "VWAP+1", "vwap_lower1": "VWAP\u22121",
    "vwap_upper2": "VWAP+2", "vwap_lower2": "VWAP\u22122",
    "vwap_upper3": "VWAP+3", "vwap_lower3": "VWAP\u22123",
    "pwh": "PWH", "pwl": "PWL", "pwc": "PWC", "pmoh": "PMoH", "pmol": "PMoL", "pmoc": "PMoC",
    "wr3": "WR3", "wr2": "WR2", "wr1": "WR1", "wpp": "WPP", "ws1": "WS1", "ws2": "WS2", "ws3": "WS3",
    "ema50w": "EMA 50W", "ema200w": "EMA 200W",
    "poc": "POC", "vah": "VAH", "val": "VAL",
}  # fmt: skip
"""Every level that is a line on a chart; the average true range is a distance and none."""
LONG = ("D1", "W1", "MN")
OF_LONG = (
    "pwh", "pwl", "pwc", "pmoh", "pmol", "pmoc", "wr1", "wpp", "ws1", "ema50w", "ema200w",
    "poc", "vah", "val", "pp",
)  # fmt: skip
"""What says something on a chart of days, weeks or months."""
TURNING = frozenset({"pp", "wpp", "vwap", "poc", "pdc", "pwc", "pmoc", "ema50w", "ema200w"})
"""Prices around which a market turns: they are neither support nor resistance."""


def shown_levels(document: Document, marks: Iterable[str] = ()) -> list[str]:
    """Return the names of the levels that a chart shows, with those that somebody speaks of.

    Who has chosen none by hand is shown those that say something on bars of that length.
    """
    chosen = document.settings.levels
    is_usual = set(chosen) == set(Settings().levels)
    shown = OF_LONG if is_usual and document.timeframe in LONG else chosen
    return [name for name in dict.fromkeys((*shown, *marks)) if name in SHORT]


def level_tone(name: str, price: float, last: float) -> str:
    """Return resistance for what lies above the last price, support below it, or pivot."""
    if name in TURNING:
        return "pivot"
    return "resistance" if price >= last else "support"
