"""What a fold needs beside money: sessions, the last completed one, the risk-free rate."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from flask import current_app

from app.market import service as market
from app.performance.rules import ENDED_KINDS, EXCHANGE, sessions_a_year
from app.quant.days import DayMoney
from app.quant.folds import MetricRow, Rates, SessionAxis
from app.quant.sessions import month_start

FIRST_DAY = date(1990, 1, 1).toordinal()
_DAYS_AHEAD = 70


class Sessions(NamedTuple):
    """A calendar at one moment; `completed` is the ordinal of its last completed session."""

    axis: SessionAxis
    completed: int
    rates: Rates


@lru_cache(maxsize=8)
def _axis(venue: str, last: int) -> SessionAxis:
    return SessionAxis.from_days(market.calendar(venue).between(FIRST_DAY, last))


@lru_cache(maxsize=8)
def _rates(risk_free_rate: float, sessions_a_year: int) -> Rates:
    return Rates.from_annual(risk_free_rate, sessions_a_year)


def sessions(calendar: str, now: datetime) -> Sessions:
    """Return the sessions of a scope's calendar as they stand at `now`."""
    completed = market.calendar(calendar).last_completed(market.microseconds(now)) or FIRST_DAY
    # A month's step, so that the table is made seldom; a fill never lies further ahead.
    last = month_start(completed) + _DAYS_AHEAD
    rates = _rates(float(risk_free_rate()), sessions_a_year(calendar))
    return Sessions(_axis(calendar, last), completed, rates)


def risk_free_rate() -> float:
    """Return the yearly risk-free rate of the configuration."""
    return float(current_app.config["RISK_FREE_RATE"])


class States(NamedTuple):
    """The packed states of a fold before and after its last day, and what they say of its days."""

    checkpoint: bytes
    head: bytes
    opened_on: int
    last_day: int


Fold = tuple[str, int, bytes, tuple[DayMoney, ...]]
"""Calendar, last completed session, packed state and days of a fold."""


class Clock:
    """Both calendars at one moment, each made only when asked for.

    `folds` keeps what was folded at this moment, by sessions, state and days: scopes with the
    same money come to the same rows.
    """

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.folds: dict[Fold, tuple[list[MetricRow], States]] = {}
        self._known: dict[str, Sessions] = {}

    def sessions(self, calendar: str = EXCHANGE, kind: str = "") -> Sessions:
        """Return the sessions of a calendar, for scopes of a kind of account."""
        found = self._known.get(calendar)
        if found is None:
            found = self._known[calendar] = sessions(calendar, self.now)
        return found._replace(completed=FIRST_DAY) if kind in ENDED_KINDS else found
