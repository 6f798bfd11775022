"""Exchange sessions: which one an instant belongs to, and what hours they have."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from flask import current_app

from app.core import clock
from app.core.types import EPOCH
from app.market import rules
from app.market.clients import sessions as client
from app.market.schemas import Instrument
from app.quant.sessions import SessionCalendar, UtcDayCalendar

if TYPE_CHECKING:
    from app.quant.frames import Hours

Calendar = SessionCalendar | UtcDayCalendar

_finders: dict[tuple[str, int], Callable[[str], str]] = {}


def calendar(venue: str) -> Calendar:
    """Return the sessions of a venue ("24/7": UTC days), to a year from now."""
    if venue == rules.AROUND_THE_CLOCK:
        return UtcDayCalendar(venue)
    return _calendar(venue, _until())


def _until() -> str:
    return (clock.now() + timedelta(days=330)).strftime("%Y-%m")


@lru_cache(maxsize=32)
def _calendar(venue: str, until: str) -> SessionCalendar:
    kept = client.load_sessions(venue, until, Path(current_app.config["DATA_DIR"]) / "cache")
    return SessionCalendar(venue, kept["opens"], kept["closes"], kept["days"])


def hours(venue: str) -> Hours:
    """Return the sessions of a venue as columns, with the hours before and after the market."""
    return _hours(venue, _until())


@lru_cache(maxsize=32)
def _hours(venue: str, until: str) -> Hours:
    # numpy is loaded here: most web processes never ask.
    from app.market.rules import hours as rule

    if venue == rules.AROUND_THE_CLOCK:
        return rule.utc_days(date.fromisoformat(f"{until}-28"))
    return rule.venue_hours(_calendar(venue, until))


def microseconds(instant: datetime) -> int:
    """Return an aware instant as microseconds since 1970, exactly."""
    step = instant - EPOCH
    return (step.days * 86_400 + step.seconds) * 1_000_000 + step.microseconds


def session_on(instrument: Instrument, instant: datetime) -> date:
    """Return the session that an instant belongs to; outside of one the next."""
    day = calendar(instrument.venue).session_on(microseconds(instant))
    return date.fromordinal(day)


def last_completed_session(venue: str, now: datetime) -> date | None:
    """Return the newest session of a venue that has closed at `now`."""
    day = calendar(venue).last_completed(microseconds(now))
    return None if day is None else date.fromordinal(day)


def session_finder(venue: str) -> Callable[[str], str]:
    """Return a function from an instant to its session, both as texts, for many instants.

    Instants are RFC 3339 in UTC with microseconds and Z, which sort as they follow in time.
    """
    sessions = calendar(venue)
    if isinstance(sessions, UtcDayCalendar):
        return lambda instant: instant[:10]
    return _session_finder(sessions.venue, len(sessions.days), sessions.closes_us, sessions.days)


def _session_finder(
    venue: str, count: int, closes_us: Sequence[int], days: Sequence[int]
) -> Callable[[str], str]:
    key = (venue, count)
    if key not in _finders:
        closes = [
            (EPOCH + timedelta(microseconds=close)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            for close in closes_us
        ]
        _finders[key] = _finder(closes, [date.fromordinal(day).isoformat() for day in days])
    return _finders[key]


def _finder(closes: list[str], names: list[str]) -> Callable[[str], str]:
    # A date of UTC holds at most one close, so it knows two answers: until it and after it.
    known: dict[str, tuple[str, str, str]] = {}

    def find(instant: str) -> str:
        day = instant[:10]
        answers = known.get(day)
        if answers is None:
            at = bisect_left(closes, day)
            close = closes[at]
            after = at + 1 if close.startswith(day) else at
            answers = known[day] = (close, names[at], names[min(after, len(names) - 1)])
        return answers[1] if instant <= answers[0] else answers[2]

    return find


def instant(microseconds_since_1970: int) -> datetime:
    """Return the aware instant of microseconds since 1970."""
    return EPOCH + timedelta(microseconds=microseconds_since_1970)
