"""Timeframes within sessions."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.market.clients.sessions import load_sessions
from app.market.rules.hours import utc_days, venue_hours
from app.quant import frames
from app.quant.bars import BarColumns, price_floats, price_units
from app.quant.sessions import SessionCalendar
from tests.factories.bars import MINUTE, us

PRICED = ("open", "high", "low", "close", "volume")
ROUND = utc_days(date(2027, 1, 1))


@pytest.fixture(scope="module")
def new_york(tmp_path_factory):
    return hours_of("XNYS", tmp_path_factory)


def hours_of(venue, tmp_path_factory):
    kept = load_sessions(venue, "2026-12", tmp_path_factory.mktemp("calendar"))
    return venue_hours(SessionCalendar(venue, kept["opens"], kept["closes"], kept["days"]))


def columns(opened_at, hours):
    """Bars with prices and whole volumes that differ from minute to minute."""
    at = np.asarray(opened_at, np.int64)
    wave = (at // MINUTE * 7919) % 1009
    low = 50 + wave / 64
    session = hours.days[frames.locate(hours, at)]
    return BarColumns(
        at, at + MINUTE, session, low + 1, low + 3, low, low + 2, (wave % 97).astype(float)
    )


# Around the changes of the clocks, a holiday, two half days and a weekend.
DAYS = [date(2025, 3, 7), date(2025, 3, 10), date(2025, 10, 31), date(2025, 11, 3),
        date(2025, 11, 26), date(2025, 11, 28), date(2025, 12, 24), date(2025, 12, 26)]  # fmt: skip


@st.composite
def minutes(draw):
    """Some minutes of the extended hours of some of these days."""
    days = draw(st.lists(st.sampled_from(DAYS), min_size=1, max_size=4, unique=True))
    found = []
    for day in days:
        start = us(datetime(day.year, day.month, day.day, 8, 30, tzinfo=UTC))
        picked = draw(st.sets(st.integers(0, 16 * 60), min_size=1, max_size=80))
        found += [start + MINUTE * each for each in picked]
    return sorted(found)


@settings(max_examples=60, deadline=None)
@given(
    minutes(),
    st.booleans(),
    st.sampled_from([("M5", "H1"), ("M5", "M15"), ("M15", "H4"), ("H1", "H4"), ("H1", "D1"),
                     ("M5", "D1"), ("D1", "W1"), ("D1", "MN")]),
)  # fmt: skip
def test_two_steps_give_what_one_gives(new_york, at, extended, steps):
    found = frames.locate(new_york, np.array(at))
    bars = columns(np.array(at)[found != frames.NOWHERE], new_york)
    first, second = steps
    once = frames.resample(bars, new_york, second, extended=extended)
    middle = frames.resample(bars, new_york, first, extended=extended)
    twice = frames.resample(middle, new_york, second, extended=extended)
    for ours, theirs in zip(once, twice, strict=True):
        assert ours.tolist() == theirs.tolist()


@settings(max_examples=60, deadline=None)
@given(minutes(), st.sampled_from(["M1", "M5", "M15", "H1", "H4", "D1", "W1", "MN"]))
def test_nothing_is_lost_and_no_bar_lies_across_a_border(new_york, at, timeframe):
    found = frames.locate(new_york, np.array(at))
    bars = columns(np.array(at)[found != frames.NOWHERE], new_york)
    made = frames.resample(bars, new_york, timeframe, extended=True)
    inside = bars.volume
    if timeframe in {"D1", "W1", "MN"}:
        regular = frames.is_regular(
            new_york, frames.locate(new_york, bars.opened_at), bars.opened_at
        )
        inside = bars.volume[regular]
    assert made.volume.sum() == inside.sum()
    assert (np.diff(made.opened_at) > 0).all()
    assert (made.opened_at[1:] >= made.closed_at[:-1]).all()
    if timeframe in frames.SPANS:
        for border in (new_york.opens, new_york.closes, new_york.starts):
            spot = np.searchsorted(border, made.opened_at, side="right")
            assert (border[np.minimum(spot, len(border) - 1)] >= made.closed_at).all()


@pytest.mark.req("S2-164", "S2-179")
@pytest.mark.parametrize(("timeframe", "period"), [("W1", "W-SUN"), ("MN", "M")])
def test_weeks_and_months_of_years_are_those_that_pandas_makes(new_york, timeframe, period):
    first, after = (date(year, 1, 1).toordinal() for year in (2021, 2026))
    inside = (new_york.days >= first) & (new_york.days < after)
    closes = new_york.closes[inside]
    days = columns(new_york.opens[inside], new_york)._replace(closed_at=closes)
    made = frames.resample(days, new_york, timeframe)
    index = pd.DatetimeIndex([date.fromordinal(day) for day in new_york.days[inside].tolist()])
    table = pd.DataFrame({name: getattr(days, name) for name in PRICED}, index=index)
    whole = table.groupby(index.to_period(period)).agg(
        {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}
    )
    assert len(made.open) == len(whole) > 59
    for name in PRICED:
        assert getattr(made, name).tolist() == whole[name].tolist(), name
    last = pd.Series(closes, index=index).groupby(index.to_period(period)).last()
    # The last week is cut by the end of the year; it closes with its Friday all the same.
    assert made.closed_at.tolist()[:-1] == last.tolist()[:-1]


def test_the_day_of_a_time_change_keeps_its_hours_of_the_clock(new_york):
    for day, opens, half in ((date(2025, 3, 7), 14, False), (date(2025, 3, 10), 13, False),
                             (date(2025, 10, 31), 13, False), (date(2025, 11, 3), 14, False),
                             (date(2025, 11, 28), 14, True)):  # fmt: skip
        at = int(np.searchsorted(new_york.days, day.toordinal()))
        opening = datetime(day.year, day.month, day.day, opens, 30, tzinfo=UTC)
        assert new_york.opens[at] == us(opening)
        assert new_york.starts[at] == us(opening - timedelta(hours=5, minutes=30))
        after = timedelta(hours=7.5) if half else timedelta(hours=10.5)
        assert new_york.ends[at] == us(opening + after)
        bars = frames.expected_bars(new_york, "H1")
        assert bars[at] == (4 if half else 7)
        assert frames.expected_bars(new_york, "M1")[at] == (210 if half else 390)


def test_futures_and_round_the_clock_markets_have_no_other_hours(tmp_path_factory):
    chicago = hours_of("CMES", tmp_path_factory)
    assert chicago.starts.tolist() == chicago.opens.tolist()
    assert (ROUND.closes - ROUND.opens == 86_400_000_000).all()
    assert frames.expected_bars(ROUND, "H4")[0] == 6


def test_an_instant_tells_the_bar_that_it_lies_in(new_york):
    opening = us(datetime(2025, 11, 28, 14, 30, tzinfo=UTC))
    hour = 60 * MINUTE
    assert frames.bounds(new_york, "H1", opening + 3 * hour + 1) == (
        opening + 3 * hour,
        opening + 3 * hour + hour // 2,
    )
    assert frames.bounds(new_york, "D1", opening) == (opening, opening + 3 * hour + hour // 2)
    monday = us(datetime(2025, 11, 24, 14, 30, tzinfo=UTC))
    assert frames.bounds(new_york, "W1", opening) == (monday, opening + 3 * hour + hour // 2)
    assert frames.bounds(new_york, "M1", opening + 40 * hour) is None


def test_gaps_are_counted_in_minutes_of_the_sessions_between(new_york):
    opening = us(datetime(2025, 11, 26, 14, 30, tzinfo=UTC))
    friday = us(datetime(2025, 11, 28, 14, 30, tzinfo=UTC))
    monday = us(datetime(2025, 12, 1, 14, 30, tzinfo=UTC))
    at = [opening, opening + MINUTE, opening + 4 * MINUTE, opening + 389 * MINUTE, friday, monday]
    found = frames.find_gaps(np.array(at), new_york, "M1")
    assert [(gap.at, gap.missing, gap.sessions) for gap in found] == [
        (2, 2, 0),
        (3, 384, 0),
        (5, 209, 0),
    ]
    days = frames.find_gaps(np.array([opening, monday]), new_york, "D1")
    assert [(gap.missing, gap.sessions) for gap in days] == [(1, 1)]
    assert frames.find_gaps(np.array([opening]), new_york, "M1") == []


@given(st.lists(st.integers(1, 10**9 * 10**8), min_size=1))
def test_prices_are_to_the_bit_what_their_decimals_are(units):
    from decimal import Decimal

    assert price_floats(np.array(units)).tolist() == [
        float(Decimal(each).scaleb(-8)) for each in units
    ]


@given(st.lists(st.integers(1, 10**15), min_size=1))
def test_usual_prices_come_back_from_floats(units):
    assert price_units(price_floats(np.array(units))).tolist() == units
