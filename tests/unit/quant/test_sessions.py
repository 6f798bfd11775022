"""Instants and sessions."""

from datetime import UTC, date, datetime

import pytest

from app.quant import sessions
from app.quant.sessions import OutsideCalendarError, SessionCalendar, UtcDayCalendar


def at(*parts):
    return int(datetime(*parts, tzinfo=UTC).timestamp()) * 1_000_000


DAYS = [date(2025, 12, 18).toordinal(), date(2025, 12, 19).toordinal()]
VENUE = SessionCalendar(
    "XNYS",
    [at(2025, 12, 18, 14, 30), at(2025, 12, 19, 14, 30)],
    [at(2025, 12, 18, 21), at(2025, 12, 19, 21)],
    DAYS,
)


def test_an_instant_belongs_to_the_first_session_that_closes_at_or_after_it():
    assert VENUE.session_on(at(2025, 12, 18, 15)) == DAYS[0]
    assert VENUE.session_on(at(2025, 12, 18, 21)) == DAYS[0]
    assert VENUE.session_on(at(2025, 12, 18, 21) + 1) == DAYS[1]
    with pytest.raises(OutsideCalendarError, match="XNYS"):
        VENUE.session_on(at(2025, 12, 20))


def test_a_venue_knows_whether_it_is_open_and_what_it_has_completed():
    assert VENUE.is_open(at(2025, 12, 18, 15))
    assert not VENUE.is_open(at(2025, 12, 18, 3))
    assert not VENUE.is_open(at(2025, 12, 20))
    assert VENUE.last_completed(at(2025, 12, 18, 15)) is None
    assert VENUE.last_completed(at(2025, 12, 18, 21)) == DAYS[0]
    assert VENUE.between(DAYS[0], DAYS[0]) == DAYS[:1]


def test_around_the_clock_every_utc_day_is_a_session():
    crypto = UtcDayCalendar("CRYPTO")
    assert crypto.session_on(at(2025, 12, 20, 23, 59)) == DAYS[1] + 1
    assert crypto.last_completed(at(2025, 12, 20)) == DAYS[1]
    assert crypto.is_open(0)
    assert crypto.between(3, 5) == [3, 4, 5]


def test_periods_start_and_end_with_the_calendar():
    day = DAYS[1]
    assert sessions.period_bounds("daily", day) == (day, day)
    assert [date.fromordinal(d) for d in sessions.period_bounds("weekly", day)] == [
        date(2025, 12, 15),
        date(2025, 12, 21),
    ]
    assert [date.fromordinal(d) for d in sessions.period_bounds("monthly", day)] == [
        date(2025, 12, 1),
        date(2025, 12, 31),
    ]
    assert sessions.month_start(day) == date(2025, 12, 1).toordinal()
    with pytest.raises(ValueError, match="all_time"):
        sessions.period_bounds("all_time", day)
