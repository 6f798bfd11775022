"""Files of daily bars: what is read and what is refused, by row and field."""

from datetime import date
from decimal import Decimal

import pytest

from app.robots.errors import BarFileError
from app.robots.rules import parse_bars, run_version

HEADER = "session,open,high,low,close,volume"
GOOD = "2020-01-02,10,11,9,10.5,1000"
TODAY = date(2026, 1, 5)


def parse(*lines):
    return parse_bars([line + "\n" for line in lines], TODAY)


def test_it_reads_bars_in_exact_units():
    (bar,) = parse(HEADER, "2020-01-02,0.1,0.30000001,1e-8,0.2,12.5")
    assert bar.session == date(2020, 1, 2)
    assert bar[1:5] == (10_000_000, 30_000_001, 1, 20_000_000)
    assert bar.volume == Decimal("12.5")


def test_columns_may_stand_in_any_order_beside_others():
    (bar,) = parse("Close,volume,adjusted,Session,open,low,high", "5,0,1,2020-01-02,4,3,6")
    assert (bar.open, bar.high, bar.low, bar.close) == tuple(n * 10**8 for n in (4, 6, 3, 5))


def test_prices_with_float_noise_are_rounded_to_what_the_ledger_keeps():
    (bar,) = parse(HEADER, "2020-01-02,97.309997558593750,98,97,97.3600000000004,0")
    assert (bar.open, bar.close) == (9_730_999_756, 9_736_000_000)


def test_empty_lines_at_the_end_are_no_bars():
    assert len(parse(HEADER, GOOD, "", "")) == 1


@pytest.mark.parametrize(
    ("row", "where", "why"),
    [
        ("2020-01-03,10,11,9,10.5", "row 3 ", "has 5 fields"),
        ("2020-01-03,10,11,9,10.5,1,7", "row 3 ", "has 7 fields"),
        ("2020-01-03,-10,11,9,10.5,1", "row 3, open", "not above zero"),
        ("2020-01-03,10,11,0,10.5,1", "row 3, low", "not above zero"),
        ("2020-01-03,10,11,9,10.5,-1", "row 3, volume", "below zero"),
        ("2020-01-03,10,11,9,,1", "row 3, close", "not a number"),
        ("2020-01-03,10,NaN,9,10,1", "row 3, high", "not a number"),
        ("2020-01-03,10,inf,9,10,1", "row 3, high", "not a number"),
        ("2020-01-03,1_0,11,9,10,1", "row 3, open", "not a number"),
        ("2020-01-03,\u0661\u0660,11,9,10,1", "row 3, open", "not a number"),
        ("2020-01-03,=1+1,11,9,10,1", "row 3, open", "not a number"),
        ("2020-01-03,10,1e30,9,10,1", "row 3, high", "too large"),
        ("2020-01-03,10,8,9,10,1", "row 3, high", "below the low"),
        ("2020-01-03,12,11,9,10,1", "row 3, open", "outside 9 to 11"),
        ("2020-01-03,10,11,9,8,1", "row 3, close", "outside 9 to 11"),
        ("2020-01-02,10,11,9,10,1", "row 3, session", "does not follow 2020-01-02"),
        ("2019-12-31,10,11,9,10,1", "row 3, session", "does not follow"),
        ("2020-02-30,10,11,9,10,1", "row 3, session", "not a date"),
        ("20200103,10,11,9,10,1", "row 3, session", "not a date"),
        ("03/01/2020,10,11,9,10,1", "row 3, session", "not a date"),
        ("2026-01-06,10,11,9,10,1", "row 3, session", "future"),
    ],
)
def test_a_bad_bar_is_refused_by_row_and_field(row, where, why):
    with pytest.raises(BarFileError) as caught:
        parse(HEADER, GOOD, row)
    assert caught.value.message.startswith(where)
    assert why in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([], "row 1, session"),
        (["session,open,high,low,volume"], "row 1, close"),
        ([HEADER], "no bars"),
        ([HEADER, '2020-01-02,"10,11,9,10,1'], "row 2 is not valid CSV"),
    ],
)
def test_a_file_without_bars_is_refused(lines, words):
    with pytest.raises(BarFileError, match=words):
        parse(*lines)


def test_the_version_of_a_run_changes_with_everything_that_it_is_made_of():
    bars = parse(HEADER, GOOD)
    other = parse(HEADER, GOOD.replace("10.5", "10.4"))
    version = run_version("1", "SPY", ["fast=10"], bars)
    assert version == run_version("1", "SPY", ["fast=10"], list(bars))
    assert len(version) <= 20
    different = {
        run_version("2", "SPY", ["fast=10"], bars),
        run_version("1", "IBM", ["fast=10"], bars),
        run_version("1", "SPY", ["fast=11"], bars),
        run_version("1", "SPY", ["fast=10"], other),
        version,
    }
    assert len(different) == 5
