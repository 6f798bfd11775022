from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.screenshots.reading.contracts import parse_contract, parse_expiry, parse_ticker
from app.screenshots.reading.dates import parse_date
from app.screenshots.reading.numbers import parse_number
from tests.fakes.screens import notations
from tests.fakes.screens.world import Leg

SEEN_ON = date(2025, 11, 27)
TODAY = date(2026, 11, 28)
LEGS = st.builds(
    Leg,
    ticker=st.sampled_from(["F", "SPY", "GOOGL", "AAPL", "C", "P", "IBM", "BAC"]),
    right=st.sampled_from(["call", "put"]),
    strike=st.integers(1, 20_000).map(lambda halves: Decimal(halves) / 2),
    expiry=st.integers(0, 1100)
    .map(lambda days: SEEN_ON + timedelta(days=days))
    .filter(lambda day: day.weekday() < 5),
    quantity=st.just(Decimal(1)),
    entry=st.just(Decimal(1)),
    mark=st.just(Decimal(1)),
)
NOTATIONS = {
    "tastytrade": lambda leg: notations.tastytrade(leg, SEEN_ON),
    "thinkorswim": notations.thinkorswim,
    "workstation": lambda leg: f"{leg.ticker} {notations.workstation(leg)}",
    "portal": lambda leg: f"{leg.ticker} {notations.portal(leg)}",
    "occ": notations.occ,
    "robinhood": lambda leg: f"{notations.robinhood(leg)} {notations.short_date(leg, SEEN_ON)}",
}
WITH_TICKER = {"workstation", "portal", "occ", "robinhood"}


@pytest.mark.req("S2-105")
@pytest.mark.parametrize("name", NOTATIONS)
@settings(deadline=None)
@given(leg=LEGS)
def test_a_contract_in_any_notation_is_read_as_it_is(name, leg):
    text = NOTATIONS[name](leg)
    found = parse_contract(text, SEEN_ON)
    assert found is not None, text
    assert (found.right, found.strike, found.expiry) == (leg.right, leg.strike, leg.expiry), text
    assert found.ticker == (leg.ticker if name in WITH_TICKER else None), text
    assert not found.repaired


@settings(deadline=None)
@given(leg=LEGS)
def test_a_contract_in_two_lines_is_read_in_two(leg):
    found = parse_contract(notations.robinhood(leg), SEEN_ON)
    assert (found.ticker, found.right, found.strike) == (leg.ticker, leg.right, leg.strike)
    assert found.expiry is None
    named, _ = parse_expiry(notations.webull_date(leg), SEEN_ON)
    assert named == (leg.expiry, True, True)


@settings(deadline=None)
@given(leg=LEGS)
def test_figures_after_a_contract_do_not_change_it(leg):
    text = notations.thinkorswim(leg)
    alone, among = (parse_contract(each, SEEN_ON) for each in (text, f"{text} +2 21 5.23 4.10 C"))
    assert replace(alone, spans={}) == replace(among, spans={})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dec 19 '26 387d 450 C", date(2026, 12, 19)),
        ("19 DEC 25", date(2025, 12, 19)),
        ("Dec19'25", date(2025, 12, 19)),
        ("12/19", date(2025, 12, 19)),
        ("1/2", date(2026, 1, 2)),
        ("11/26", date(2025, 11, 26)),
        ("11/27", date(2025, 11, 27)),
        ("12/19/2026", date(2026, 12, 19)),
        ("2025-12-19", date(2025, 12, 19)),
        ("19 0EC 25", None),
        ("19 0CT 26", date(2026, 10, 19)),
        ("31 FEB 26", None),
        ("19 DEC 55", date(2055, 12, 19)),
        ("28 Feb 25", date(2025, 2, 28)),
        ("2/28/25", date(2025, 2, 28)),
        ("28 DEC 30", date(2030, 12, 28)),
        ("13/32", None),
    ],
)
def test_a_day_is_read_in_every_form(text, expected):
    if "d 450" in text:
        assert parse_contract(text, SEEN_ON).expiry == expected
    else:
        assert parse_date(text, SEEN_ON) == expected


@pytest.mark.req("S2-101", "S2-105")
@settings(deadline=None)
@given(leg=LEGS, later=st.integers(0, 2500))
def test_a_year_that_is_written_is_that_year_however_old_the_picture_is(leg, later):
    sent_on = SEEN_ON + timedelta(days=later)
    named, _ = parse_expiry(notations.webull_date(leg), sent_on)
    assert named == (leg.expiry, True, True)
    for name in ("thinkorswim", "workstation", "portal", "occ"):
        found = parse_contract(NOTATIONS[name](leg), sent_on)
        assert (found.expiry, found.is_certain) == (leg.expiry, True), name


@pytest.mark.req("S2-101")
@pytest.mark.parametrize(
    ("text", "expected", "is_certain"),
    [
        # Only one answer: the same day of other years is a weekend, or no day on which contracts end.
        ("12/4", date(2026, 12, 4), True),
        ("1/15", date(2027, 1, 15), True),
        ("Dec 3", date(2026, 12, 3), True),
        # The next one is a Friday of this year, and the third one of the year after.
        ("12/17", date(2026, 12, 17), False),
        # Just over, or next year's.
        ("11/20", date(2026, 11, 20), True),
        ("11/19", date(2027, 11, 19), False),
        ("11/27", date(2026, 11, 27), True),
        # No contract that is listed ends on such a day: the newest past one, with doubt.
        ("2/28", date(2025, 2, 28), False),
        # A weekday decides, and must agree.
        ("Thu, Dec 17", date(2026, 12, 17), True),
        ("Fri Dec 17", date(2027, 12, 17), True),
        ("Dec 17 (Fri)", date(2027, 12, 17), True),
        ("17 Dec 26 (Thu)", date(2026, 12, 17), True),
        ("17 Dec 26 (Fri)", date(2026, 12, 17), False),
        ("28 Feb 25 (W)", date(2025, 2, 28), True),
    ],
)
def test_a_year_that_nobody_wrote_is_certain_only_where_one_answer_is_possible(
    text, expected, is_certain
):
    named, _ = parse_expiry(text, TODAY)
    assert (named.day, named.is_certain) == (expected, is_certain)


@pytest.mark.parametrize(
    ("text", "ticker", "expiry"),
    [
        ("SPY Fri Dec 18 450 C", "SPY", date(2026, 12, 18)),
        ("FRI DEC 18 450 C", None, date(2026, 12, 18)),
        ("SPY 450 Call Fri 12/18", "SPY", date(2026, 12, 18)),
        # The count stands before the name, and 21 are the days that are left.
        ("2 Dec 19 21d 450 C", None, date(2026, 12, 19)),
    ],
)
def test_a_weekday_or_a_count_beside_a_contract_is_no_part_of_its_name(text, ticker, expiry):
    found = parse_contract(text, TODAY)
    assert (found.ticker, found.strike, found.expiry) == (ticker, Decimal(450), expiry)


def test_the_days_that_are_left_decide_about_the_year():
    assert parse_contract("Dec 19 387d 450 C", SEEN_ON).expiry == date(2026, 12, 19)
    assert parse_contract("Dec 19 22d 450 C", SEEN_ON).expiry == date(2025, 12, 19)


def test_days_that_lost_their_letter_are_no_year():
    found = parse_contract("Dec 19 22 450 C", SEEN_ON)
    assert (found.expiry, found.days, found.has_year) == (date(2025, 12, 19), 22, False)


@pytest.mark.parametrize(
    ("text", "value", "is_repaired"),
    [
        ("1,234.50", "1234.50", False),
        ("$5.20", "5.20", False),
        ("-$3", "-3", False),
        ("$-3", "-3", False),
        ("+2", "2", False),
        ("(2)", "-2", False),
        (".05", "0.05", False),
        ("−12", "-12", False),  # noqa: RUF001
        ("10.4567", "10.4567", False),
        ("l0", "10", True),
        ("4O5", "405", True),
        ("“12", "-12", True),
    ],
)
def test_a_number_is_read_as_brokers_write_it(text, value, is_repaired):
    found = parse_number(text)
    assert (found.value, found.is_repaired) == (Decimal(value), is_repaired)


@pytest.mark.parametrize(
    "text", ["", "-", "--", "A", "SOLD", "3.81%", "12:30", "(2", "1.2.3", "$", "SO"]
)
def test_what_is_no_number_is_none(text):
    assert parse_number(text) is None


@settings(deadline=None)
@given(st.decimals(min_value=-99_999, max_value=99_999, places=2))
def test_every_amount_comes_back(value):
    for text in (
        notations.money(value),
        notations.dollars(value),
        notations.dollars(value, plus=True),
    ):
        assert parse_number(text).value == value, text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("AAPL", ("AAPL", False)),
        ("BRK/B", ("BRK.B", False)),
        ("AAP1", ("AAPI", True)),
        ("GO0GL", ("GOOGL", True)),
        ("123", None),
        ("Apple", None),
        ("CALL", None),
        ("TOOLONG", None),
        ("", None),
    ],
)
def test_a_symbol_is_capitals(text, expected):
    assert parse_ticker(text) == expected
