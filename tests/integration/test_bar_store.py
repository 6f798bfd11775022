"""The bar store: written once, corrected, read as larger bars, on both databases."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from sqlalchemy import event

from app.core import clock, events
from app.core.db import db, transaction
from app.core.errors import ValidationError
from app.market import service as market
from app.market.errors import NoBarsError
from app.market.events import BarsCorrected
from app.market.models import Bar
from app.quant.bars import ScaledBars
from tests.factories.bars import bars_at, minutes_from, us

OPEN = datetime(2025, 11, 26, 14, 30, tzinfo=UTC)  # a Wednesday; Thursday is a holiday
HALF = datetime(2025, 11, 28, 14, 30, tzinfo=UTC)  # Friday closes at 13:00 New York
NEXT = datetime(2025, 12, 1, 14, 30, tzinfo=UTC)
LATER = datetime(2025, 12, 3, 0, 0, tzinfo=UTC)


def store(symbol, bars, timeframe="M1", source="csv", **options):
    with transaction():
        instrument = market.get_instrument(symbol)
        return market.store_bars(instrument.id, timeframe, bars, source, **options)


def only(bars, at):
    return ScaledBars(*(column[at] for column in bars))


@pytest.fixture
def corrections(monkeypatch):
    seen = []
    monkeypatch.setitem(events._subscribers, BarsCorrected, [seen.append])
    return seen


def test_bars_are_kept_once_and_a_correction_changes_the_row_and_is_told(engine_app, corrections):
    bars = minutes_from(OPEN, 390)
    assert store("AAA", bars).model_dump() == {"created": 390, "same": 0, "corrected": 0}
    assert store("AAA", bars).model_dump() == {"created": 0, "same": 390, "corrected": 0}
    assert corrections == []
    close = bars.close.copy()
    close[7] += 1
    assert store("AAA", bars._replace(close=close)).corrected == 1
    (told,) = corrections
    assert (told.symbol, told.corrected, told.late) == ("AAA", 1, 0)
    assert told.from_at == told.to_at == OPEN + timedelta(minutes=7)
    row = db.session.query(Bar).filter_by(revision=1).one()
    assert row.opened_at == OPEN + timedelta(minutes=7)
    assert row.close == Decimal(int(close[7])).scaleb(-8)
    assert row.corrected_at >= row.received_at
    (series,) = market.list_series()
    assert (series.bar_count, series.correction_count) == (390, 1)
    assert (series.first_at, series.newest_at) == (OPEN, OPEN + timedelta(minutes=389))


def test_a_late_bar_is_kept_and_told(engine_app, corrections):
    bars = minutes_from(OPEN, 10)
    store("AAA", only(bars, np.arange(10) != 4))
    assert store("AAA", bars).model_dump() == {"created": 1, "same": 9, "corrected": 0}
    assert [(each.late, each.corrected, each.from_at) for each in corrections] == [
        (1, 0, OPEN + timedelta(minutes=4))
    ]


def test_another_source_fills_gaps_but_does_not_overrule(engine_app, corrections):
    bars = minutes_from(OPEN, 10)
    store("AAA", only(bars, slice(0, 5)), source="alpaca")
    other = minutes_from(OPEN, 10, price=200)
    done = store("AAA", other, source="massive", replace=False)
    assert done.model_dump() == {"created": 5, "same": 5, "corrected": 0}
    again = store("AAA", other, source="massive")
    assert again.corrected == 5


def test_prices_come_out_as_the_floats_of_their_decimals(engine_app):
    texts = [
        "0.1",
        "0.30000001",
        "97.31",
        "123456.78901234",
        "90071992.54740993",
        "999999999.99999999",
    ]
    units = np.array([int(Decimal(text).scaleb(8)) for text in texts])
    at = us(OPEN) + 60_000_000 * np.arange(len(texts))
    store("AAA", ScaledBars(at, units, units, units, units, np.full(len(texts), 6.72374365)))
    found = market.read_bars("AAA", "M1", now=LATER)
    assert found.close.tolist() == [float(Decimal(text)) for text in texts]
    assert found.volume.tolist() == [6.72374365] * len(texts)


def test_larger_bars_are_made_within_sessions_holidays_and_half_days(engine_app):
    for opening, count in ((OPEN, 390), (HALF, 210), (NEXT, 390)):
        store("AAA", minutes_from(opening, count))
    days = market.read_bars("AAA", "D1", now=LATER)
    assert [date.fromordinal(day) for day in days.session.tolist()] == [
        date(2025, 11, 26), date(2025, 11, 28), date(2025, 12, 1),
    ]  # fmt: skip
    assert days.volume.tolist() == [3900, 2100, 3900]
    assert days.closed_at[1] == us(datetime(2025, 11, 28, 18, tzinfo=UTC))
    hours = market.read_bars("AAA", "H1", now=LATER)
    friday = hours.session == date(2025, 11, 28).toordinal()
    assert friday.sum() == 4
    assert hours.closed_at[friday][-1] - hours.opened_at[friday][-1] == 30 * 60_000_000
    weeks = market.read_bars("AAA", "W1", now=LATER)
    assert weeks.volume.tolist() == [6000]  # the second week has not ended
    months = market.read_bars("AAA", "MN", now=LATER, include_open=True)
    assert months.volume.tolist() == [6000, 3900]


def test_a_kept_day_wins_over_its_minutes_and_minutes_fill_the_other_days(engine_app):
    store("AAA", minutes_from(OPEN, 390))
    store("AAA", minutes_from(HALF, 210))
    store("AAA", bars_at([us(OPEN)], price=500, volume=7), "D1")
    days = market.read_bars("AAA", "D1", now=LATER)
    assert days.volume.tolist() == [7, 2100]
    assert days.open[0] == 500
    assert len(market.read_bars("AAA", "M1", now=LATER).opened_at) == 600


def test_only_closed_bars_are_given_and_a_larger_one_waits_for_its_last_minutes(engine_app):
    store("AAA", minutes_from(OPEN, 59))
    ten_thirty = OPEN + timedelta(hours=1)

    def count(now, **options):
        return len(market.read_bars("AAA", "H1", now=now, **options).opened_at)

    assert count(ten_thirty) == 0  # 10:29 may still come in
    assert count(ten_thirty + timedelta(seconds=90)) == 1
    assert count(ten_thirty, include_open=True) == 1
    store("AAA", minutes_from(OPEN, 60))
    assert count(ten_thirty) == 1
    assert count(ten_thirty - timedelta(seconds=1)) == 0
    minutes = market.read_bars("AAA", "M1", now=OPEN + timedelta(minutes=30, seconds=59))
    assert len(minutes.opened_at) == 30


def test_the_last_bars_and_a_range(engine_app):
    for opening, count in ((OPEN, 390), (HALF, 210), (NEXT, 390)):
        store("AAA", minutes_from(opening, count))
    whole = market.read_bars("AAA", "M15", now=LATER)
    for count in (1, 26, 30, 66, 1000):
        last = market.read_bars("AAA", "M15", last=count, now=LATER)
        for ours, theirs in zip(last, whole, strict=True):
            assert ours.tolist() == theirs[-count:].tolist()
    years_later = market.read_bars("AAA", "M15", last=30, now=LATER + timedelta(days=300))
    assert years_later.opened_at.tolist() == whole.opened_at[-30:].tolist()
    start, end = HALF + timedelta(minutes=7), HALF + timedelta(minutes=45)
    part = market.read_bars("AAA", "M15", start=start, end=end, now=LATER)
    assert part.opened_at.tolist() == [us(HALF) + 15 * 60_000_000, us(HALF) + 30 * 60_000_000]
    assert part.volume.tolist() == [150, 150]


@pytest.mark.parametrize("timeframe", ["M1", "M5", "H1", "D1", "W1"])
def test_what_the_clock_sees_minute_by_minute_is_what_a_reading_of_all_gives(engine_app, timeframe):
    """Never missed, never doubled, never another bar: for several symbols by one query."""
    symbols = ("AAA", "BBB")
    ids = {}
    for at, symbol in enumerate(symbols):
        for opening, count in ((OPEN, 390), (HALF, 210), (NEXT, 390)):
            store(symbol, minutes_from(opening + timedelta(minutes=at), count - at))
        ids[symbol] = market.get_instrument(symbol).id
    marks = dict.fromkeys(ids.values(), OPEN - timedelta(days=1))
    seen = {each: [] for each in ids.values()}
    now = OPEN
    while now < LATER:
        for each, bars in market.closed_bars_since(ids.values(), timeframe, marks, now=now).items():
            seen[each] += bars.closed_at.tolist()
            marks[each] = market.instant(int(bars.closed_at[-1]))
        now += timedelta(minutes=97)
    for symbol, each in ids.items():
        expected = market.read_bars(symbol, timeframe, now=now)
        assert seen[each] == expected.closed_at.tolist()


def test_around_the_clock_days_are_those_of_utc(engine_app):
    start = datetime(2025, 11, 1, 0, 0, tzinfo=UTC)
    store("BTC/USD", minutes_from(start, 2 * 1440 + 30))
    days = market.read_bars("BTC/USD", "D1", now=LATER)
    assert days.volume.tolist() == [14_400, 14_400, 300]
    hours = market.read_bars("BTC/USD", "H4", now=LATER)
    assert hours.volume.tolist() == [2400] * 12 + [300]


def test_extended_hours_are_kept_and_left_out_unless_asked_for(engine_app):
    early = datetime(2025, 11, 26, 9, 0, tzinfo=UTC)  # 04:00 New York
    store("AAA", minutes_from(early, 960))
    assert len(market.read_bars("AAA", "M1", now=LATER).opened_at) == 390
    assert len(market.read_bars("AAA", "M1", now=LATER, extended=True).opened_at) == 960
    hours = market.read_bars("AAA", "H1", now=LATER, extended=True)
    assert hours.volume.sum() == 9600
    assert us(OPEN) in hours.opened_at.tolist()
    assert hours.volume[0] == 300  # 04:00 to 04:30, because hours are counted from 09:30
    assert market.read_bars("AAA", "D1", now=LATER).volume.tolist() == [3900]


GOOD = minutes_from(OPEN, 3)


@pytest.mark.parametrize(
    ("bars", "words"),
    [
        (GOOD._replace(opened_at=GOOD.opened_at[::-1]), "bar 2"),
        (GOOD._replace(high=GOOD.low - 1), "bar 1 .*high is below the low"),
        (GOOD._replace(open=GOOD.high + 1), "lies outside of low to high"),
        (GOOD._replace(low=GOOD.low * 0), "not above zero"),
        (GOOD._replace(volume=GOOD.volume * np.nan), "volume"),
        (GOOD._replace(volume=-GOOD.volume), "volume"),
        (GOOD._replace(opened_at=GOOD.opened_at + 1), "does not begin"),
        (GOOD._replace(opened_at=GOOD.opened_at - 12 * 3_600_000_000), "outside the hours"),
    ],
)
def test_bars_that_cannot_be_are_refused_and_named(app, bars, words):
    with pytest.raises(ValidationError, match=words):
        store("AAA", bars)
    assert market.list_series() == []


def test_a_bar_that_has_not_closed_yet_is_refused(app, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: OPEN + timedelta(minutes=2, seconds=59))
    with pytest.raises(ValidationError, match=r"bar 3 .*has not closed yet"):
        store("AAA", GOOD)
    monkeypatch.setattr(clock, "now", lambda: OPEN + timedelta(minutes=3))
    assert store("AAA", GOOD).created == 3


def test_what_is_not_there_or_no_timeframe_is_said(app):
    with pytest.raises(NoBarsError, match="There are no bars of AAA"):
        market.read_bars("AAA", "D1")
    store("AAA", GOOD)
    with pytest.raises(ValidationError, match="M7"):
        market.read_bars("AAA", "M7")
    with pytest.raises(ValidationError, match="H1"):
        store("AAA", GOOD, "H1")
    assert market.closed_bars_since([], "M1", OPEN) == {}


def test_a_mark_of_the_series_changes_with_every_change(app):
    store("AAA", GOOD)
    each = market.get_instrument("AAA").id
    marks = [market.series_marks([each])[each]]
    store("AAA", GOOD._replace(close=GOOD.close + 1))
    marks.append(market.series_marks([each])[each])
    store("AAA", minutes_from(OPEN, 4))
    marks.append(market.series_marks([each])[each])
    assert len(set(marks)) == 3


def test_a_hundred_thousand_rows_take_seconds(engine_app):
    """The order of magnitude; on a quiet machine it is below one second of CPU time."""
    bars = minutes_from(datetime(2025, 8, 1, tzinfo=UTC), 100_000)
    begun = time.process_time()
    assert store("BTC/USD", bars).created == 100_000
    written = time.process_time() - begun
    begun = time.process_time()
    assert len(market.read_bars("BTC/USD", "M1").opened_at) == 100_000
    read = time.process_time() - begun
    print(f"written in {written:.2f} s, read in {read:.2f} s of CPU time")
    assert written < 6
    assert read < 6


def test_many_instruments_are_stored_by_a_few_statements_and_as_if_one_by_one(
    engine_app, corrections
):
    with transaction():
        ids = [market.get_instrument(f"S{number:02d}").id for number in range(20)]
    bars = {each: minutes_from(OPEN, 10 + at) for at, each in enumerate(ids)}
    with transaction():
        done = market.store_many(bars, "M1", "csv")
    assert [done[each].created for each in ids] == [10 + at for at in range(20)]
    more = {each: minutes_from(OPEN, 12 + at) for at, each in enumerate(ids)}
    more[ids[3]].close[2] += 1
    statements = []
    listen = lambda *given: statements.append(given[2])  # noqa: E731 - a list of what is asked
    event.listen(db.engine, "before_cursor_execute", listen)
    with transaction():
        done = market.store_many(more, "M1", "csv")
    event.remove(db.engine, "before_cursor_execute", listen)
    assert len(statements) < 10
    assert [(one.created, one.corrected) for one in done.values()] == [
        (2, int(at == 3)) for at in range(20)
    ]
    assert [(told.symbol, told.corrected) for told in corrections] == [("S03", 1)]
    read = market.read_many(ids, "M1")
    assert [len(read[each].close) for each in ids] == [12 + at for at in range(20)]
    with pytest.raises(ValidationError, match="lies outside"), transaction():
        market.store_many(
            {ids[0]: minutes_from(datetime(2100, 1, 4, 15, tzinfo=UTC), 1)}, "M1", "csv"
        )
