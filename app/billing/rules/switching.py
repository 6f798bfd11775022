"""Pure: what a switch from one plan to another is, and when it takes effect.

| from | to | when | what is paid |
|---|---|---|---|
| a month or a year of a plan | the same interval of a dearer one | at once | the difference for the days that are left |
| the same | the same interval of a cheaper one | at the end of what is paid | nothing now |
| a month | a year, of any plan | at once, a new year begins | the year, less what is left of the month |
| a year | a month, of any plan | at once, a new month begins | nothing while what was left of the year, kept as a credit, pays for it |
| a trial | anything | at once | nothing before the trial ends |
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

MOST_PAUSE_MONTHS = 3
BEFORE_RENEWAL = timedelta(hours=1)
"""A pause ends a little before the period does, so that the period that follows is paid."""

Kind = Literal["upgrade", "downgrade", "interval", "trial", "back"]


@dataclass(frozen=True)
class Place:
    """A plan at a price and an interval."""

    plan: str
    interval: str
    price_minor: int


@dataclass(frozen=True)
class Switch:
    """What a change is."""

    kind: Kind
    is_now: bool


def switch(here: Place, there: Place, *, is_trial: bool, is_planned: bool) -> Switch | None:
    """Return what a change from here to there is; None when nothing would change.

    `here` is what counts now; `is_planned` says that a lower plan was to follow it.
    """
    if (here.plan, here.interval) == (there.plan, there.interval):
        return Switch("back", is_now=True) if is_planned else None
    if is_trial:
        return Switch("trial", is_now=True)
    if here.interval != there.interval:
        return Switch("interval", is_now=True)
    if there.price_minor < here.price_minor:
        return Switch("downgrade", is_now=False)
    return Switch("upgrade", is_now=True)


def proration(kind: Kind) -> str:
    """Return how the provider is to count the days that are left."""
    return "always_invoice" if kind in ("upgrade", "interval") else "none"


def resumes_at(period_end: datetime, months: int) -> datetime:
    """Return when a pause of so many periods ends."""
    month = period_end.month - 1 + months
    year, month = period_end.year + month // 12, month % 12 + 1
    day = min(period_end.day, calendar.monthrange(year, month)[1])
    return period_end.replace(year=year, month=month, day=day) - BEFORE_RENEWAL
