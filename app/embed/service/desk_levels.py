"""Key levels beside the chart: each with its name, its tone and how far it is from the price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.charts import service as charts
from app.charts.schemas import Document
from app.core.i18n import lazy_gettext
from app.embed.schemas import BarsQuery, DeskQuery
from app.market import service as market
from app.market.errors import MalformedSymbolError, NoBarsError
from app.market.schemas.levels import LevelWarmUp

NAMES = {
    "r3": lazy_gettext("R3 pivot"),
    "r2": lazy_gettext("R2 pivot"),
    "r1": lazy_gettext("R1 pivot"),
    "pp": lazy_gettext("Pivot point"),
    "s1": lazy_gettext("S1 pivot"),
    "s2": lazy_gettext("S2 pivot"),
    "s3": lazy_gettext("S3 pivot"),
    "pdh": lazy_gettext("Previous day high"),
    "pdl": lazy_gettext("Previous day low"),
    "pdc": lazy_gettext("Previous day close"),
    "pmh": lazy_gettext("Pre-market high"),
    "pml": lazy_gettext("Pre-market low"),
    "orh": lazy_gettext("Opening range high"),
    "orl": lazy_gettext("Opening range low"),
    "vwap": lazy_gettext("VWAP"),
    "vwap_upper1": lazy_gettext("VWAP, 1st band above"),
    "vwap_lower1": lazy_gettext("VWAP, 1st band below"),
    "vwap_upper2": lazy_gettext("VWAP, 2nd band above"),
    "vwap_lower2": lazy_gettext("VWAP, 2nd band below"),
    "vwap_upper3": lazy_gettext("VWAP, 3rd band above"),
    "vwap_lower3": lazy_gettext("VWAP, 3rd band below"),
    "pwh": lazy_gettext("Previous week high"),
    "pwl": lazy_gettext("Previous week low"),
    "pwc": lazy_gettext("Previous week close"),
    "wr3": lazy_gettext("Weekly R3 pivot"),
    "wr2": lazy_gettext("Weekly R2 pivot"),
    "wr1": lazy_gettext("Weekly R1 pivot"),
    "wpp": lazy_gettext("Weekly pivot point"),
    "ws1": lazy_gettext("Weekly S1 pivot"),
    "ws2": lazy_gettext("Weekly S2 pivot"),
    "ws3": lazy_gettext("Weekly S3 pivot"),
    "pmoh": lazy_gettext("Previous month high"),
    "pmol": lazy_gettext("Previous month low"),
    "pmoc": lazy_gettext("Previous month close"),
    "ema50w": lazy_gettext("EMA of 50 weeks"),
    "ema200w": lazy_gettext("EMA of 200 weeks"),
    "poc": lazy_gettext("Point of control"),
    "vah": lazy_gettext("Value area high"),
    "val": lazy_gettext("Value area low"),
}


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
    weeks: tuple[int, int] | None = None
    """Of a mean that still depends on where it began: its weeks, and how many it wants."""


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
    asked: DeskQuery, at: datetime | None = None,
) -> KeyLevels | None:  # fmt: skip
    """Return the levels that a chart shows; None where there is no price to measure from.

    `asked` names the chart that is kept, so that a page that asks again is told the same ones.
    """
    if last is None:
        return None
    try:
        answer = market.read_levels(document.symbol, None, document.timeframe, at)
    except (MalformedSymbolError, NoBarsError):
        return None
    marks = asked.marks.split(".")
    shown = charts.shown_levels(document, marks)
    lines = [
        _line(key, level.price, last, level.warm_up)
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
            (str(NAMES[key]), level.reason or "")
            for key in shown
            if (level := answer.levels.get(key)) is not None and level.price is None
        ],
        as_of=answer.at,
        zone=zone,
        query=BarsQuery(
            symbol=document.symbol,
            timeframe=document.timeframe,
            marks=asked.marks,
            chart=asked.chart,
        ),
        is_past=at is not None,
        marks=marks,
    )


def choices(document: Document) -> list[tuple[str, str, bool]]:
    """Return every level that can be shown: its key, its name, and whether the chart shows it."""
    shown = charts.shown_levels(document)
    return [(key, str(name), key in shown) for key, name in NAMES.items()]


def _line(key: str, value: float, last: float, warm_up: LevelWarmUp | None) -> Line:
    return Line(
        key=key,
        short=charts.LEVELS[key],
        name=str(NAMES[key]),
        value=value,
        away=value - last,
        percent=(value / last - 1) * 100,
        tone=charts.level_tone(key, value, last),
        weeks=None if warm_up is None or warm_up.is_done else (warm_up.bars, warm_up.wanted),
    )
