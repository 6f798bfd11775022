"""Key levels beside the chart: each with its name, its tone and how far it is from the price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.charts.schemas import Document, Settings
from app.core.i18n import lazy_gettext
from app.embed.schemas import BarsQuery
from app.market import service as market
from app.market.errors import MalformedSymbolError, NoBarsError

LONG = ("D1", "W1", "MN")
NAMES = {
    "r3": ("R3", lazy_gettext("R3 pivot")),
    "r2": ("R2", lazy_gettext("R2 pivot")),
    "r1": ("R1", lazy_gettext("R1 pivot")),
    "pp": ("PP", lazy_gettext("Pivot point")),
    "s1": ("S1", lazy_gettext("S1 pivot")),
    "s2": ("S2", lazy_gettext("S2 pivot")),
    "s3": ("S3", lazy_gettext("S3 pivot")),
    "pdh": ("PDH", lazy_gettext("Previous day high")),
    "pdl": ("PDL", lazy_gettext("Previous day low")),
    "pdc": ("PDC", lazy_gettext("Previous day close")),
    "pmh": ("PMH", lazy_gettext("Pre-market high")),
    "pml": ("PML", lazy_gettext("Pre-market low")),
    "orh": ("ORH", lazy_gettext("Opening range high")),
    "orl": ("ORL", lazy_gettext("Opening range low")),
    "vwap": ("VWAP", lazy_gettext("VWAP")),
    "pwh": ("PWH", lazy_gettext("Previous week high")),
    "pwl": ("PWL", lazy_gettext("Previous week low")),
    "pwc": ("PWC", lazy_gettext("Previous week close")),
    "pmoh": ("PMoH", lazy_gettext("Previous month high")),
    "pmol": ("PMoL", lazy_gettext("Previous month low")),
    "pmoc": ("PMoC", lazy_gettext("Previous month close")),
    "wpp": ("WPP", lazy_gettext("Weekly pivot point")),
    "poc": ("POC", lazy_gettext("Point of control")),
    "vah": ("VAH", lazy_gettext("Value area high")),
    "val": ("VAL", lazy_gettext("Value area low")),
}
OF_LONG = ("pwh", "pwl", "pwc", "pmoh", "pmol", "pmoc", "wpp", "poc", "vah", "val", "pp")
"""What says something on a chart of days, weeks or months."""
PIVOTS = frozenset({"pp", "wpp", "vwap", "poc", "pdc", "pwc", "pmoc"})
"""Prices around which a market turns: they are neither support nor resistance."""


@dataclass(frozen=True)
class Line:
    """A level in the table."""

    key: str
    short: str
    name: str
    value: float
    away: float
    percent: float
    tone: str
    """resistance (above the price), support (below it) or pivot."""


@dataclass(frozen=True)
class KeyLevels:
    """The levels of an instrument from above to below, and what cannot be told."""

    lines: Sequence[Line]
    last: float
    digits: int
    atr: float | None
    missing: Sequence[tuple[str, str]]
    """Name of a level and why there is none."""
    as_of: datetime
    zone: str
    query: BarsQuery
    is_past: bool
    """Whether they are those of a replay, which do not move by themselves."""
    marks: Sequence[str] = ()
    """Those that somebody speaks of."""


def key_levels(
    document: Document, last: float | None, zone: str, digits: int, *,
    at: datetime | None = None, marks: str = "",
) -> KeyLevels | None:  # fmt: skip
    """Return the levels that a chart shows; None where there is no price to measure from."""
    if last is None:
        return None
    try:
        answer = market.read_levels(document.symbol, None, document.timeframe, at)
    except (MalformedSymbolError, NoBarsError):
        return None
    shown = _wanted(document, marks.split("."))
    lines = [
        _line(key, level.price, last)
        for key in shown
        if (level := answer.levels.get(key)) is not None and level.price is not None
    ]
    atr = answer.levels.get("atr")
    return KeyLevels(
        lines=sorted(lines, key=lambda each: -each.value),
        last=last,
        digits=digits,
        atr=None if atr is None or atr.price is None else atr.price,
        missing=[
            (str(NAMES[key][1]), level.reason or "")
            for key in shown
            if (level := answer.levels.get(key)) is not None and level.price is None
        ],
        as_of=answer.at,
        zone=zone,
        query=BarsQuery(symbol=document.symbol, timeframe=document.timeframe, marks=marks),
        is_past=at is not None,
        marks=marks.split("."),
    )


def _wanted(document: Document, marks: Sequence[str]) -> list[str]:
    usual = document.settings.levels == Settings().levels
    shown = OF_LONG if usual and document.timeframe in LONG else document.settings.levels
    return [key for key in dict.fromkeys((*shown, *marks)) if key in NAMES]


def _line(key: str, value: float, last: float) -> Line:
    short, name = NAMES[key]
    return Line(
        key=key,
        short=short,
        name=str(name),
        value=value,
        away=value - last,
        percent=(value / last - 1) * 100,
        tone=_tone(key, value, last),
    )


def _tone(key: str, value: float, last: float) -> str:
    if key in PIVOTS:
        return "pivot"
    return "resistance" if value >= last else "support"
