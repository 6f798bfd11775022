"""What tools have found: single facts, each with what it is about and where it comes from."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

UNITS = ("price", "money", "percent", "count", "ratio", "when", "text", "statement")
"""A statement is a sentence of ours that an answer may tell as it stands, numbers included."""


class Fact(NamedTuple):
    """One figure, date or word that a tool has found."""

    id: str
    """Number of the tool call and name within it, such as "1.pdh"."""
    label: str
    """What it is, as an answer calls it: "previous day high"."""
    value: Decimal | date | datetime | str | None
    """None: there is no answer, and `note` says why."""
    unit: str
    symbol: str = ""
    """The instrument or robot that it is about, empty where it is about none."""
    names: tuple[str, ...] = ()
    """Other names of the same: "PDH", "yesterday's high"."""
    source: str = ""
    """How it was found, in words: "Levels of SPY, M5, 27 Nov 14:30 EST"."""
    link: str = ""
    """Where a reader can look at it: query of the desk or the dashboard."""
    n: int | None = None
    """Of how many trades, days or bars it is made."""
    low: Decimal | None = None
    """Lower end of its 95 % interval, where it has one."""
    high: Decimal | None = None
    is_signed: bool = False
    """Whether a minus means a loss or a fall."""
    note: str = ""
    frame: str = ""
    """The timeframe of the bars that it is made of, where others would give another value."""

    def told(self) -> dict[str, object]:
        """Return what a model is told of it."""
        said: dict[str, object] = {"id": self.id, "label": self.label, "value": _text(self.value)}
        rest = {"symbol": self.symbol, "unit": self.unit, "n": self.n, "note": self.note}
        rest["timeframe"] = self.frame
        said |= {key: value for key, value in rest.items() if value not in {None, ""}}
        if self.low is not None and self.high is not None:
            said["interval_95"] = [str(self.low), str(self.high)]
        return said


def _text(value: object) -> str | None:
    if value is None:
        return None
    return value.isoformat() if isinstance(value, date) else str(value)
