"""What is drawn on a chart and which indicators it has, as the lists beside it show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from app.charts import schemas
from app.core.formatters import ratio
from app.core.i18n import lazy_gettext
from app.quant import indicator_settings

KINDS = {
    "trendline": lazy_gettext("Trend line"),
    "fibonacci": lazy_gettext("Fibonacci"),
    "support": lazy_gettext("Support"),
    "resistance": lazy_gettext("Resistance"),
    "price_target": lazy_gettext("Price target"),
    "analysis_note": lazy_gettext("Note"),
}
INDICATORS = {
    "sma": lazy_gettext("SMA"),
    "ema": lazy_gettext("EMA"),
    "bollinger": lazy_gettext("Bollinger bands"),
    "vwap": lazy_gettext("VWAP"),
    "rsi": lazy_gettext("RSI"),
    "macd": lazy_gettext("MACD"),
    "atr": lazy_gettext("ATR"),
    "volume_profile": lazy_gettext("Volume profile"),
}
SETTINGS = {
    "period": lazy_gettext("Bars"),
    "source": lazy_gettext("Price"),
    "fast": lazy_gettext("Fast"),
    "slow": lazy_gettext("Slow"),
    "signal": lazy_gettext("Signal"),
    "deviations": lazy_gettext("Deviations"),
    "bands": lazy_gettext("Bands"),
    "lower": lazy_gettext("Lower line"),
    "upper": lazy_gettext("Upper line"),
    "rows": lazy_gettext("Rows"),
    "value_area": lazy_gettext("Value area"),
}
UNSAID = {
    ("source", "close"),
    ("bands", "0"),
    ("lower", "30"),
    ("upper", "70"),
    ("value_area", "0.7"),
}
"""What an indicator usually is told, and need not be said."""
AUTHORS = {
    "member": lazy_gettext("you"),
    "program": lazy_gettext("a program"),
    "model": lazy_gettext("a model"),
    "replica": lazy_gettext("a replica"),
}


@dataclass(frozen=True)
class Spot:
    """A place of a drawing in the form that moves it: a price, and a time where it has one."""

    name: str
    label: str
    price: str
    at: str = ""


@dataclass(frozen=True)
class Drawn:
    """A drawing in the list beside the chart."""

    id: str
    kind: str
    name: str
    where: str
    label: str
    by: str
    """Who drew it, where that was not the member."""
    is_proposed: bool
    spots: Sequence[Spot]
    text: str = ""


@dataclass(frozen=True)
class Shown:
    """An indicator in the list beside the chart."""

    id: str
    kind: str
    name: str
    by: str
    settings: Sequence[tuple[str, str, str]]
    """Name, what it is called, value."""

    @property
    def summary(self) -> str:
        """Say its settings in short: 12, 26, 9."""
        return ", ".join(value for name, _, value in self.settings if (name, value) not in UNSAID)


def _by(author: schemas.Author) -> str:
    return "" if author.kind == "member" else author.name or str(AUTHORS[author.kind])


def drawn(one: Any, zone: str, digits: int) -> Drawn:
    """Return a drawing as the list shows it."""
    name = one.role if one.kind == "support_resistance" else one.kind
    spots = list(_spots(one, ZoneInfo(zone)))
    prices = [ratio(Decimal(each.price), digits) for each in spots]
    return Drawn(
        id=one.id,
        kind=one.kind,
        name=str(KINDS[name]),
        where=" \u2192 ".join(prices),
        label=one.label,
        by=_by(one.by),
        is_proposed=one.is_proposed,
        spots=spots,
        text=getattr(one, "text", ""),
    )


_SPOTS = {
    "start": lazy_gettext("From"),
    "end": lazy_gettext("To"),
    "at": lazy_gettext("At"),
    "price": lazy_gettext("Price"),
    "target": lazy_gettext("Target"),
    "entry": lazy_gettext("Entry"),
    "stop": lazy_gettext("Stop"),
}


def _spots(one: Any, zone: ZoneInfo) -> list[Spot]:
    found = []
    for name, label in _SPOTS.items():
        value = getattr(one, name, None)
        if isinstance(value, schemas.Point):
            found.append(Spot(name, str(label), _plain(value.price), _local(value.at, zone)))
        elif value is not None:
            found.append(Spot(name, str(label), _plain(value)))
    return found


def _plain(price: Any) -> str:
    return f"{price.normalize():f}"


def _local(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%dT%H:%M")


def shown(one: schemas.Indicator) -> Shown:
    """Return an indicator as the list shows it."""
    settings = [
        (name, str(SETTINGS.get(name, name)), value if isinstance(value, str) else f"{value:g}")
        for name, value in one.settings.items()
    ]
    return Shown(one.id, one.kind, str(INDICATORS[one.kind]), _by(one.by), settings)


def new_indicators() -> list[tuple[str, str]]:
    """Return the kinds of indicators that can be added, with their names."""
    return [(kind, str(INDICATORS[kind])) for kind in indicator_settings.MODELS]
