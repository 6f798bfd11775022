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
LEGS = st.builds(
    Leg,
    ticker=st.sampled_from(["F", "SPY", "GOOGL", "AAPL", "C", "P", "IBM", "BAC"]),
    right=st.sampled_from(["call", "put"]),
    strike=st.integers(1, 20_000).map(lambda halves: Decimal(halves) / 2),
    expiry=st.integers(0, 1100).map(lambda days: SEEN_ON + timedelta(days=days)),
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
    day, _ = parse_expiry(notations.webull_date(leg), SEEN_ON)
    assert day == leg.expiry


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
        ("11/26", date(2026, 11, 26)),
        ("11/27", date(2025, 11, 27)),
        ("12/19/2026", date(2026, 12, 19)),
        ("2025-12-19", date(2025, 12, 19)),
        ("19 0EC 25", None),
        ("19 0CT 26", date(2026, 10, 19)),
        ("31 FEB 26", None),
        ("19 DEC 55", None),
        ("13/32", None),
    ],
)
def test_a_day_is_read_in_every_form(text, expected):
    if "d 450" in text:
        assert parse_contract(text, SEEN_ON).expiry == expected
    else:
        assert parse_date(text, SEEN_ON) == expected


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
