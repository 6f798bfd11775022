"""The macro widget: calendar, rate expectations, rotation of sectors, earnings season."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from app.core import clock
from app.core.formatters import MINUS, NEW_YORK, dash, day, percent, qty, ratio
from app.core.i18n import gettext, lazy_gettext
from app.embed import rules
from app.embed.schemas import OptionsQuery
from app.embed.service.links import Target
from app.market import service as market

MACRO = Target("/embed/macro", "macro", "dashboard")
IMPORTANCE = {
    1: lazy_gettext("Low"),
    2: lazy_gettext("Middle"),
    3: lazy_gettext("High"),
}
CHOICES = [("all", lazy_gettext("All")), ("high", lazy_gettext("High only"))]
HOURS = {
    "before": lazy_gettext("before the open"),
    "during": lazy_gettext("during the session"),
    "after": lazy_gettext("after the close"),
    "": lazy_gettext("hour not told"),
}
QUADRANTS = {
    "leading": lazy_gettext("Leading"),
    "weakening": lazy_gettext("Weakening"),
    "lagging": lazy_gettext("Lagging"),
    "improving": lazy_gettext("Improving"),
}
HIGH = 3
BACK, AHEAD = timedelta(days=7), timedelta(days=14)
"""The part of the calendar that is shown."""
STEPS = (0.05, 0.25, 0.6)
"""From which probabilities on a cell is shaded by one step more."""


@dataclass(frozen=True)
class Cell:
    """How likely a range of the rate is; `step` is how strongly the cell is shaded."""

    text: str | None
    step: int


@dataclass(frozen=True)
class MacroPage:
    """Everything in the widget."""

    query: OptionsQuery
    days: list[tuple[date, list[Any]]]
    """Releases by day, in New York."""
    hidden: int
    """Releases of less importance that the filter leaves out."""
    ranges: list[str]
    meetings: list[tuple[Any, list[Cell]]]
    path: rules.Plot | None
    sectors: list[Any]
    rotation: rules.Plot | None
    upcoming: list[Any]
    reported: list[Any]
    beaten: int
    measured: int
    simulated: frozenset[str]
    updated_at: dict[str, datetime]
    today: date
    target: Target = MACRO


def macro_page(query: OptionsQuery) -> MacroPage:
    """Return the widget as a query asks for it."""
    found, now = market.read_macro(), clock.now()
    today = now.astimezone(NEW_YORK).date()
    near = [each for each in found.releases if now - BACK <= each.at <= now + AHEAD]
    shown = [each for each in near if query.importance == "all" or each.importance == HIGH]
    reported = [each for each in found.earnings if each.eps_actual is not None]
    surprises = [each.eps_surprise for each in reported if each.eps_surprise is not None]
    ranges, meetings = _probabilities(found.meetings)
    return MacroPage(
        query=query,
        days=[
            (on, list(group))
            for on, group in groupby(shown, lambda each: each.at.astimezone(NEW_YORK).date())
        ],
        hidden=len(near) - len(shown),
        ranges=ranges,
        meetings=meetings,
        path=_rate_path(found.meetings),
        sectors=found.sectors,
        rotation=_rotation(found.sectors),
        upcoming=[
            each for each in found.earnings if each.eps_actual is None and each.report_on >= today
        ],
        reported=reported[::-1],
        beaten=sum(each > 0 for each in surprises),
        measured=len(surprises),
        simulated=frozenset(found.simulated),
        updated_at={str(kind): at for kind, at in found.updated_at.items()},
        today=today,
    )


def _probabilities(meetings: list[Any]) -> tuple[list[str], list[tuple[Any, list[Cell]]]]:
    """Return the ranges that any meeting knows, and each meeting's probabilities in their order."""
    known = sorted({(each.low, each.high) for meeting in meetings for each in meeting.ranges})
    rows = []
    for meeting in meetings:
        own = {(each.low, each.high): each.probability for each in meeting.ranges}
        rows.append((meeting, [_cell(own.get(each)) for each in known]))
    return [f"{low.normalize():.2f}\u2013{high.normalize():.2f}%" for low, high in known], rows


def _cell(share: float | None) -> Cell:
    if share is None:
        return Cell(None, 0)
    return Cell(percent(share * 100, 1), sum(share >= step for step in STEPS))


def _rate_path(meetings: list[Any]) -> rules.Plot | None:
    points = [
        (float(each.meeting_on.toordinal()), each.expected)
        for each in meetings
        if each.expected is not None
    ]
    frame = rules.Frame(
        say_x=lambda value: str(day(date.fromordinal(round(value)), "short")),
        say_y=lambda value: percent(value, 2),
    )
    return rules.plot([rules.Curve(gettext("Expected rate"), "live", points)], frame)


def _rotation(sectors: list[Any]) -> rules.Plot | None:
    dots = [
        rules.Dot(f"{number}. {each.sector}", each.trail[-1], each.trail[:-1])
        for number, each in enumerate(sectors, 1)
        if each.trail
    ]
    frame = rules.Frame(
        say_x=lambda value: ratio(value, 1),
        say_y=lambda value: ratio(value, 1),
        zero=100.0,
        across=100.0,
    )
    return rules.plot([], frame, dots=dots)


def figure(value: Decimal | None, unit: str) -> str:
    """Return a figure of the calendar with its unit: 3.1%, 187k."""
    if value is None:
        return dash()
    joint = "" if unit in {"%", "k", "m", "bn"} else "\u00a0"
    return f"{qty(value)}{joint}{unit}" if unit else qty(value)


def surprise(value: Decimal | None, unit: str) -> str:
    """Return a surprise with its sign; in percentage points where the figure is a percentage."""
    if value is None:
        return dash()
    sign = "+" if value > 0 else MINUS if value < 0 else ""
    of = gettext("points") if unit == "%" else unit
    return f"{sign}{figure(abs(value), of)}"


def clock_hour(value: datetime) -> str:
    """Return the hour and minute in New York."""
    return f"{value.astimezone(NEW_YORK):%H:%M}"
