"""Files of bars: what is read, what is told by row and field."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.market.clients.sessions import load_sessions
from app.market.rules.files import parse_bar_file
from app.market.rules.hours import utc_days, venue_hours
from app.quant.sessions import SessionCalendar
from tests.factories.bars import MINUTE, us

DAILY = "session,open,high,low,close,volume"
MINUTES = "opened_at,open,high,low,close,volume"
NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)  # a Monday, before the opening
ROUND = utc_days(date(2027, 1, 1))
FIRST_DAY = "2020-01-02,10,11,9,10.5,1000"
FIRST = "2025-11-26T14:30:00Z,10,11,9,10.5,1000"


@pytest.fixture(scope="module")
def new_york(tmp_path_factory):
    kept = load_sessions("XNYS", "2026-12", tmp_path_factory.mktemp("calendar"))
    return venue_hours(SessionCalendar("XNYS", kept["opens"], kept["closes"], kept["days"]))


def days(hours, *lines, **options):
    return parse_bar_file([line + "\n" for line in lines], "D1", hours, NOW, **options)


def minutes(hours, *lines):
    return parse_bar_file([line + "\n" for line in lines], "M1", hours, NOW)


def test_days_are_read_in_exact_units_with_the_hours_of_their_session(new_york):
    file = days(new_york, DAILY, "2025-11-28,0.1,0.30000001,1e-8,0.2,12.5")
    assert file.faults == []
    assert [int(column[0]) for column in file.scaled[1:5]] == [10**7, 30_000_001, 1, 2 * 10**7]
    assert file.columns.volume[0] == 12.5
    assert file.columns.session[0] == date(2025, 11, 28).toordinal()
    assert file.columns.opened_at[0] == us(datetime(2025, 11, 28, 14, 30, tzinfo=UTC))
    assert file.columns.closed_at[0] == us(datetime(2025, 11, 28, 18, 0, tzinfo=UTC))


def test_columns_may_stand_in_any_order_beside_others_and_numbers_are_rounded(new_york):
    file = days(
        new_york,
        "Close,volume,adjusted,Session,open,low,high",
        "97.3600000000004,0,1,2020-01-02,97.309997558593750,97,98",
        "",
    )
    assert file.fault_count == 0
    assert [int(column[0]) for column in file.scaled[1:5]] == [
        9_730_999_756, 98 * 10**8, 97 * 10**8, 9_736_000_000,
    ]  # fmt: skip


def test_minutes_may_be_told_in_any_zone(new_york):
    file = minutes(new_york, MINUTES, FIRST, "2025-11-26T09:31:00-05:00,10,11,9,10,5")
    assert file.fault_count == 0
    assert (file.columns.opened_at[1] - file.columns.opened_at[0]) == MINUTE
    assert (file.columns.closed_at - file.columns.opened_at).tolist() == [MINUTE, MINUTE]


@pytest.mark.parametrize(
    ("row", "where", "why"),
    [
        ("2020-01-03,10,11,9,10.5", "row 3 ", "has 5 fields"),
        ("2020-01-03,10,11,9,10.5,1,7", "row 3 ", "has 7 fields"),
        ("2020-01-03,-10,11,9,10.5,1", "row 3, open", "not above zero"),
        ("2020-01-03,10,11,0,10.5,1", "row 3, low", "not above zero"),
        ("2020-01-03,10,11,9,10.5,-1", "row 3, volume", "below zero"),
        ("2020-01-03,10,11,9,10.5,1e99", "row 3, volume", "too large"),
        ("2020-01-03,10,11,9,,1", "row 3, close", "not a number"),
        ("2020-01-03,10,NaN,9,10,1", "row 3, high", "not a number"),
        ("2020-01-03,10,inf,9,10,1", "row 3, high", "not a number"),
        ("2020-01-03,1_0,11,9,10,1", "row 3, open", "not a number"),
        ("2020-01-03,\u0661\u0660,11,9,10,1", "row 3, open", "not a number"),
        ("2020-01-03,=1+1,11,9,10,1", "row 3, open", "not a number"),
        ("2020-01-03,10,1e30,9,10,1", "row 3, high", "too large"),
        ("2020-01-03,10,8,9,10,1", "row 3, high: 8 is below the low of 9", ""),
        ("2020-01-03,12,11,9,10,1", "row 3, open", "outside 9 to 11"),
        ("2020-01-03,10,11,9,8,1", "row 3, close", "outside 9 to 11"),
        ("2020-01-02,10,11,9,10,1", "row 3, session", "there already, in row 2"),
        ("2019-12-31,10,11,9,10,1", "row 3, session", "does not follow 2020-01-02"),
        ("2020-01-04,10,11,9,10,1", "row 3, session: 2020-01-04 is no session", ""),
        ("2020-02-30,10,11,9,10,1", "row 3, session", "not a date"),
        ("20200103,10,11,9,10,1", "row 3, session", "not a date"),
        ("2026-01-06,10,11,9,10,1", "row 3, session", "future"),
        ("2026-01-05,10,11,9,10,1", "row 3, session: 2026-01-05 has not closed yet", ""),
    ],
)
def test_a_bad_day_is_told_by_row_and_field_and_left_out(new_york, row, where, why):
    after = [] if row.startswith("2026") else ["2020-01-06,10,11,9,10,1"]
    file = days(new_york, DAILY, FIRST_DAY, row, *after)
    (fault,) = file.faults
    assert str(fault).startswith(where)
    assert why in str(fault)
    assert "\n" not in str(fault)
    assert file.fault_count == 1
    assert file.columns.session.tolist()[0] == date(2020, 1, 2).toordinal()
    assert len(file.columns.session) == 1 + len(after)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("2025-11-26T14:31:30Z,10,11,9,10,5", "not the start of a minute"),
        ("2025-11-26T03:00:00Z,10,11,9,10,5", "does not follow"),
        ("2025-11-27T15:00:00Z,10,11,9,10,5", "outside the hours"),
        ("2025-11-26T14:31:00,10,11,9,10,5", "has no zone; write UTC as 2025-11-26T14:31:00Z"),
        ("2025-11-26 25:31:00Z,10,11,9,10,5", "not a time"),
        ("20251126T143100Z,10,11,9,10,5", "not a time"),
        ("1764167460,10,11,9,10,5", "not a time"),
        ("2026-01-05T14:30:00Z,10,11,9,10,5", "future"),
        ("2025-11-26T14:30:00Z,10,11,9,10,5", "there already, in row 2"),
    ],
)
def test_a_bad_minute_is_told_by_row(new_york, row, why):
    file = minutes(new_york, MINUTES, FIRST, row)
    (fault,) = file.faults
    assert str(fault).startswith("row 3, opened_at: ")
    assert why in str(fault)
    assert len(file.columns.close) == 1


def test_gaps_are_told_by_row_and_are_no_faults(new_york):
    rows = ["2025-11-26T14:33:00Z,10,11,9,10,5", "2025-11-28T14:30:00Z,10,11,9,10,5"]
    file = minutes(new_york, MINUTES, FIRST, *rows)
    assert file.faults == []
    assert [(gap.row, gap.missing) for gap in file.gaps] == [(3, 2), (4, 386)]
    daily = days(new_york, DAILY, FIRST_DAY, "2020-01-08,10,11,9,10,1")
    assert [(gap.row, gap.missing) for gap in daily.gaps] == [(3, 3)]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([], "row 1, session: there is no such column"),
        (["session,open,high,low,volume"], "row 1, close: there is no such column"),
        ([DAILY], "row 2 there are no bars"),
        ([DAILY, '2020-01-02,"10,11,9,10,1'], "row 2 is not valid CSV"),
    ],
)
def test_a_file_without_bars_is_said(new_york, lines, words):
    file = days(new_york, *lines)
    assert words in str(file.faults[0])
    assert len(file.columns.close) == 0


def test_days_of_another_market_may_be_taken_with_the_usual_hours(new_york):
    file = days(new_york, DAILY, "2020-01-04,10,11,9,10,1", any_day=True)
    assert file.faults == []
    assert file.columns.opened_at[0] == us(datetime(2020, 1, 4, 14, 30, tzinfo=UTC))
    assert file.columns.closed_at[0] == us(datetime(2020, 1, 4, 21, 0, tzinfo=UTC))


def test_of_a_file_full_of_faults_the_first_thousand_are_kept(new_york):
    file = days(new_york, DAILY, *["x"] * 1500)
    assert (len(file.faults), file.fault_count) == (1000, 1500)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(max_size=40), max_size=8))
def test_whatever_is_in_a_file_is_told_and_never_raises(lines):
    for timeframe, header in (("M1", MINUTES), ("D1", DAILY)):
        file = parse_bar_file([header, *lines], timeframe, ROUND, NOW)
        assert len(file.columns.close) + file.fault_count >= 1


@settings(max_examples=100, deadline=None)
@given(st.decimals("0.00000001", "999999999", places=8), st.integers(0, 10**12))
def test_a_price_comes_out_as_the_float_of_its_decimal(price, volume):
    row = f"2025-11-26T14:30:00Z,{price},{price},{price},{price},{volume}"
    file = parse_bar_file([MINUTES, row], "M1", ROUND, NOW)
    assert file.fault_count == 0
    assert file.columns.open[0] == float(Decimal(price))
    assert file.columns.volume[0] == volume


@pytest.mark.parametrize("name", ["SPY", "IBM", "BAC", "AIG", "SPX"])
def test_real_files_hold_no_fault(new_york, market_data, name):
    for folder, timeframe in (("daily", "D1"), ("minute", "M1")):
        path = market_data / folder / f"{name}.csv"
        if path.exists():
            with path.open(newline="") as lines:
                file = parse_bar_file(lines, timeframe, new_york, NOW)
            assert file.faults == []
            assert len(file.columns.close) > 800
