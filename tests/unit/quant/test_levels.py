"""Key levels: figures by hand, laws that hold for all bars, and TA-Lib as a second source."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
import talib
from hypothesis import given
from hypothesis import strategies as st

from app.market.rules.hours import utc_days, venue_hours
from app.quant import frames
from app.quant.bars import BarColumns, empty_columns, join
from app.quant.levels import compiled, key, means, profile, sessions, vwap
from app.quant.levels.pivots import pivots
from app.quant.sessions import SessionCalendar
from tests.factories.bars import us

# A week in which the clocks change (Sunday 2 November 2025), a holiday and a half day after it.
SESSIONS = [
    ("2025-10-30", "13:30", "20:00"), ("2025-10-31", "13:30", "20:00"),
    ("2025-11-03", "14:30", "21:00"), ("2025-11-04", "14:30", "21:00"),
    ("2025-11-26", "14:30", "21:00"), ("2025-11-28", "14:30", "18:00"),
    ("2025-12-01", "14:30", "21:00"), ("2025-12-02", "14:30", "21:00"),
]  # fmt: skip


def at(text: str) -> int:
    return us(datetime.fromisoformat(text).replace(tzinfo=UTC))


HOURS = venue_hours(
    SessionCalendar(
        "XNYS",
        [at(f"{day}T{opens}") for day, opens, _ in SESSIONS],
        [at(f"{day}T{closes}") for day, _, closes in SESSIONS],
        [date.fromisoformat(day).toordinal() for day, *_ in SESSIONS],
    )
)


def minutes(start: str, rows, hours=HOURS) -> BarColumns:
    """Return minutes in a row: (high, low, close, volume) each."""
    opened = at(start) + 60_000_000 * np.arange(len(rows))
    high, low, close, volume = np.array(rows, float).T
    days = hours.days[frames.locate(hours, opened)]
    return BarColumns(opened, opened + 60_000_000, days, close, high, low, close, volume)


def place(text: str, hours=HOURS, **facts) -> key.Place:
    now = at(text)
    return key.Place(hours, int(np.searchsorted(hours.ends, now, side="right")), now, **facts)


def prices(levels, *names):
    return tuple(levels[name].price for name in names)


# --- Pivots ---


@pytest.mark.req("S2-16")
def test_pivots_by_hand():
    found = pivots(*(np.array([each]) for each in (110.0, 100.0, 108.0)))
    assert [float(each[0]) for each in found] == [106, 112, 116, 122, 102, 96, 92]


prices_of_a_day = st.tuples(
    st.integers(1, 10**7), st.integers(1, 10**7), st.integers(1, 10**7)
).map(sorted)


@given(prices_of_a_day)
def test_pivots_lie_in_their_order(day):
    low, close, high = (each / 100 for each in day)
    found = pivots(*(np.float64(each) for each in (high, low, close)))
    in_order = [found.s3, found.s2, found.s1, found.pp, found.r1, found.r2, found.r3]
    slack = 1e-9 * high
    assert all(below <= above + slack for below, above in itertools.pairwise(in_order))


# --- Parts of sessions ---


def test_minutes_are_cut_at_the_edges_of_their_sessions_also_when_the_clocks_change():
    parts = [
        minutes("2025-10-31T08:00", [(9, 8, 8.5, 1)]),  # 04:00 New York in summer
        minutes("2025-10-31T13:29", [(7, 6, 6.5, 1), (5, 4, 4.5, 1), (6, 3, 3.5, 1)]),
        minutes("2025-10-31T20:00", [(2, 1, 1.5, 1)]),
        minutes("2025-11-03T14:29", [(12, 11, 11.5, 1), (14, 13, 13.5, 1)]),
        minutes("2025-11-28T18:00", [(20, 19, 19.5, 1)]),  # after a half day
    ]
    found = sessions.split(join(parts), HOURS)
    assert [(date.fromordinal(day).isoformat(), part) for day, part in zip(
        found.session.tolist(), found.part.tolist(), strict=True
    )] == [
        ("2025-10-31", 0), ("2025-10-31", 1), ("2025-10-31", 2), ("2025-11-03", 0),
        ("2025-11-03", 1), ("2025-11-28", 2),
    ]  # fmt: skip
    assert found.high.tolist() == [9, 6, 2, 12, 14, 20]
    assert found.low.tolist() == [6, 3, 1, 11, 13, 19]
    assert found.close.tolist() == [6.5, 3.5, 1.5, 11.5, 13.5, 19.5]
    assert len(sessions.split(empty_columns(), HOURS).session) == 0


# --- The levels of a session ---


@pytest.mark.req("S2-11", "S2-12", "S2-13", "S2-25")
def test_the_day_before_is_the_session_before_over_a_weekend_a_holiday_and_a_half_day():
    wednesday = minutes("2025-11-26T14:30", [(12, 9, 10, 5), (13, 10, 11, 5), (12, 8, 9, 5)])
    half = minutes("2025-11-28T17:59", [(22, 19, 20, 5), (40, 1, 30, 5)])  # the second is after it
    days = frames.resample(join([wednesday, half]), HOURS, "D1")
    found = key.session_levels(place("2025-11-28T15:00"), days, wednesday)
    assert prices(found, "pdh", "pdl", "pdc") == (13, 8, 9)
    assert found["pdh"].bars == key.Origin(
        "M1", at("2025-11-26T14:30"), at("2025-11-26T14:33"), 3, at("2025-11-26T14:31")
    )
    assert prices(found, "pp", "r1", "s1") == (10, 12, 7)
    after_weekend = key.session_levels(place("2025-11-30T15:00"), days, half)
    assert prices(after_weekend, "pdh", "pdl", "pdc") == (22, 19, 20)


def test_a_day_without_bars_has_no_levels_and_says_so():
    days = frames.resample(minutes("2025-11-26T14:30", [(12, 9, 10, 5)]), HOURS, "D1")
    found = key.session_levels(place("2025-12-01T15:00"), days, empty_columns())
    assert {found[name] for name in ("pdh", "pp", "s3")} == {
        key.Level(None, "no_bars_of_session_before")
    }
    assert found["poc"].reason == "no_minutes_of_session_before"
    assert found["atr"] == key.Level(None, "too_few_days", None, key.WarmUp(1, 250, False))
    assert found["pwh"].reason == "sessions_are_missing"


def test_weeks_and_months_before_need_all_their_sessions():
    rows = [(day, 10.0 + number) for number, (day, *_) in enumerate(SESSIONS)]
    parts = [minutes(f"{day}T15:00", [(price + 1, price - 1, price, 5)]) for day, price in rows]
    days = frames.resample(join(parts), HOURS, "D1")
    found = key.session_levels(place("2025-12-02T15:00"), days, empty_columns())
    assert prices(found, "pwh", "pwl", "pwc") == (16, 13, 15)  # 26 and 28 November
    assert prices(found, "pmoh", "pmol", "pmoc") == (16, 11, 15)  # 3 to 28 November
    assert found["wpp"].price == pytest.approx(44 / 3)
    assert found["pwh"].bars == key.Origin(
        "D1", at("2025-11-26T14:30"), at("2025-11-28T18:00"), 2, at("2025-11-28T14:30")
    )


# --- The levels of the minute ---


@pytest.mark.req("S2-14", "S2-15", "S2-17")
def test_before_the_market_is_from_four_to_half_past_nine_in_summer_and_winter():
    early = [(30, 25, 27, 1)]
    for day, four, nine in (("2025-10-31", "08:00", "13:29"), ("2025-11-03", "09:00", "14:29")):
        bars = join(
            [
                minutes(f"{day}T{four}", early),
                minutes(f"{day}T{nine}", [(28, 20, 21, 1), (99, 1, 2, 8)]),
            ]
        )
        found = key.minute_levels(place(f"{day}T15:30"), bars)
        assert prices(found, "pmh", "pml") == (30, 20)
        assert found["pml"].bars.at == at(f"{day}T{nine}")
    begun = key.minute_levels(place("2025-11-03T09:00"), empty_columns())
    assert begun["pmh"].reason == "no_bars_before_market"
    assert begun["vwap"].reason == "session_not_begun"
    night = key.minute_levels(place("2025-11-03T08:00"), empty_columns())
    assert night["pmh"].reason == "pre_market_not_begun"


def test_nothing_later_than_the_instant_is_seen():
    bars = minutes("2025-11-26T14:30", [(10 + n, 9 + n, 9.5 + n, 5) for n in range(60)])
    found = key.minute_levels(place("2025-11-26T14:35"), bars)
    assert found["vwap"].bars.bar_count == 5
    assert found["orh"].reason == "opening_range_not_over"
    later = key.minute_levels(place("2025-11-26T15:00"), bars)
    assert prices(later, "orh", "orl") == (39, 9)
    assert later == key.minute_levels(place("2025-11-26T15:00"), bars.rows(0, 30))


def test_vwap_by_hand_with_bands():
    bars = minutes("2025-11-26T14:30", [(11, 9, 10, 30), (21, 19, 20, 10)])
    found = key.minute_levels(place("2025-11-26T14:32"), bars)
    # (10 x 30 + 20 x 10) / 40; variance (2.5^2 x 30 + 7.5^2 x 10) / 40 = 18.75
    assert found["vwap"].price == 12.5
    assert found["vwap_upper2"].price == pytest.approx(12.5 + 2 * 18.75**0.5)
    assert found["vwap_lower3"].price == pytest.approx(12.5 - 3 * 18.75**0.5)


@pytest.mark.req("S2-25")
def test_an_index_has_no_vwap_and_what_never_closes_has_utc_days():
    bars = minutes("2025-11-26T14:30", [(11, 9, 10, 30)])
    index = key.minute_levels(place("2025-11-26T14:31", has_volume=False), bars)
    assert index["vwap"] == key.Level(None, "index_without_volume")
    still = key.minute_levels(place("2025-11-26T14:31"), bars._replace(volume=np.zeros(1)))
    assert still["vwap"].reason == "nothing_traded"
    always = utc_days(date(2026, 1, 1))
    night = minutes("2025-11-26T23:59", [(5, 4, 4.5, 1), (9, 8, 8.5, 1)], always)
    found = key.minute_levels(place("2025-11-27T00:01", always), night)
    assert found["vwap"].bars.first == at("2025-11-27T00:00")
    assert found["vwap"].price == 8.5
    assert found["pmh"].reason == "no_pre_market"
    days = frames.resample(night, always, "D1")
    assert prices(
        key.session_levels(place("2025-11-27T00:01", always), days, night), "pdh", "pdc"
    ) == (5, 4.5)


bar_rows = st.lists(
    st.tuples(st.integers(100, 200), st.integers(0, 50), st.integers(0, 100), st.integers(0, 1000)),
    min_size=1,
    max_size=60,
).map(
    lambda rows: [
        (low + up, low, low + up * share / 100, volume) for low, up, share, volume in rows
    ]
)


@given(bar_rows)
def test_vwap_lies_between_low_and_high_and_the_running_one_ends_where_the_whole_does(rows):
    high, low, close, volume = np.array(rows, float).T
    typical = (high + low + close) / 3
    whole = vwap.last(typical, volume)
    begins = np.array([0])
    running = vwap.running(typical, volume, begins)
    plain = vwap.price_only(high, low, close, volume, begins)
    if whole is None:
        assert not volume.any()
        assert np.isnan(running.price).all()
        return
    traded = volume > 0
    assert low[traded].min() - 1e-9 <= whole[0] <= high[traded].max() + 1e-9
    assert running.price[-1] == pytest.approx(whole[0], rel=1e-12)
    assert running.deviation[-1] == pytest.approx(whole[1], abs=1e-6)
    assert plain[-1] == pytest.approx(whole[0], rel=1e-12)


def test_the_running_vwap_begins_anew_with_each_session():
    high = low = close = np.array([10.0, 20, 5, 7])
    volume = np.array([1.0, 1, 0, 4])
    found = vwap.running(close, volume, np.array([0, 2]))
    assert found.price.tolist()[:2] == [10, 15]
    assert np.isnan(found.price[2])
    assert found.price[3] == 7
    assert vwap.price_only(high, low, close, volume, np.array([0, 2]))[1] == 15


# --- The volume profile ---


@pytest.mark.req("S2-166")
def test_a_profile_by_hand():
    # 10 at 1 to 2, 30 at 2 to 3, 20 at 3 to 4, 5 at 4 to 5.
    found = profile.volume_profile(
        np.array([2.0, 3, 4, 5]), np.array([1.0, 2, 3, 4]), np.array([10.0, 30, 20, 5]), rows=4
    )
    assert found.volume.tolist() == pytest.approx([10, 30, 20, 5])
    assert (found.poc, found.val, found.vah) == (2.5, 2, 4)
    assert found.share == pytest.approx(50 / 65)


@given(bar_rows, st.integers(5, 60), st.floats(0.1, 0.95))
def test_a_profile_holds_all_volume_and_its_area_at_least_its_share(rows, count, share):
    high, low, _, volume = np.array(rows, float).T
    found = profile.volume_profile(high, low, volume, count, share)
    if found is None:
        assert not volume.any()
        return
    assert found.volume.sum() == pytest.approx(volume.sum())
    assert found.share >= share - 1e-12
    assert found.val <= found.poc <= found.vah


# --- Means with a long past ---


walk = st.lists(st.integers(1, 10_000), min_size=1, max_size=700)


@pytest.mark.req("S2-18")
@given(walk, st.integers(2, 60))
def test_atr_rsi_and_ema_are_those_of_ta_lib(closes, n):
    close = np.array(closes, float)
    high, low = close + 3, close - 2
    for ours, theirs in (
        (means.atr(high, low, close, n), talib.ATR(high, low, close, n)),
        (means.ema(close, n), talib.EMA(close, n)),
    ):
        assert ours == pytest.approx(theirs, rel=1e-9, nan_ok=True)
    if len(set(closes)) > 1:
        ours, theirs = means.rsi(close, n), talib.RSI(close, n)
        moved = np.abs(np.diff(close, prepend=close[0])).cumsum() > 0
        assert ours[moved] == pytest.approx(theirs[moved], abs=1e-7, nan_ok=True)


def test_a_price_that_stands_still_has_a_strength_of_fifty():
    assert means.rsi(np.full(20, 7.0), 14)[14:].tolist() == [50] * 6
    assert means.ema(np.array([1.0, 2, 3]), 1).tolist() == [1, 2, 3]


@pytest.mark.req("S2-21", "S2-165", "S2-167")
def test_atr_and_weekly_means_need_history_and_say_how_warm_they_are():
    always = utc_days(date(2026, 1, 1))
    rng = np.random.default_rng(5)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, 1_600)))
    now = datetime(2025, 6, 2, 12, tzinfo=UTC)  # a Monday
    opened = us(now.replace(hour=0)) - 86_400_000_000 * np.arange(1_600, 0, -1)
    days = BarColumns(
        opened, opened + 86_400_000_000, always.days[frames.locate(always, opened)],
        close, close * 1.01, close * 0.98, close, np.ones(1_600),
    )  # fmt: skip
    where = place(now.strftime("%Y-%m-%dT%H:%M"), always)
    atr = key.daily_atr(where, days)
    assert atr.price == pytest.approx(talib.ATR(days.high, days.low, days.close, 14)[-1], abs=1e-6)
    assert atr.warm_up == key.WarmUp(250, 250, True)
    weeks = frames.resample(days, always, "W1")
    fifty, long = (key.weekly_ema(where, days, n) for n in (50, 200))
    assert fifty.price == pytest.approx(talib.EMA(weeks.close, 50)[-1])
    assert fifty.warm_up == key.WarmUp(229, 150, True)
    assert long.warm_up == key.WarmUp(229, 600, False)
    assert key.weekly_ema(where, days.rows(900), 200).reason == "too_few_weeks"
    stale = place((now + timedelta(days=15)).strftime("%Y-%m-%dT%H:%M"), always)
    assert key.daily_atr(stale, days).reason == "no_bars_of_session_before"
    assert key.weekly_ema(stale, days, 50).reason == "no_bars_of_period_before"


def test_the_compiled_loops_are_the_same_as_numpy():
    rng = np.random.default_rng(9)
    rows = [
        (100 + each, 90 + each, 95 + each, n % 7) for n, each in enumerate(rng.normal(0, 3, 900))
    ]
    parts = [
        minutes("2025-10-31T08:00", rows[:200]), minutes("2025-10-31T13:00", rows[200:700]),
        minutes("2025-11-28T17:30", rows[700:]),
    ]  # fmt: skip
    bars = join(parts)
    found, plain = compiled.all_levels(bars, HOURS), sessions.split(bars, HOURS)
    for ours, theirs in zip(found.parts, plain, strict=True):
        assert ours.tolist() == theirs.tolist()
    assert found.atr == pytest.approx(means.atr(bars.high, bars.low, bars.close, 14), nan_ok=True)
    assert found.rsi == pytest.approx(means.rsi(bars.close, 14), nan_ok=True)
    regular = plain.only(sessions.REGULAR)
    typical = (bars.high + bars.low + bars.close) / 3
    for begin, end in zip(regular.begin.tolist(), regular.end.tolist(), strict=True):
        running = vwap.running(typical[begin:end], bars.volume[begin:end], np.array([0]))
        assert found.vwap[begin:end] == pytest.approx(running.price, nan_ok=True)
    assert np.isnan(found.vwap[: regular.begin[0]]).all()
    short = bars.rows(0, 9)
    assert np.isnan(compiled.atr(short, 14)).all()
    assert np.isnan(compiled.rsi(short.close, 14)).all()
