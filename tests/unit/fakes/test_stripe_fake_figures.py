"""The fake's arithmetic: periods by the calendar, shares to the cent."""

from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.stripe.lines import proration_lines
from tests.fakes.stripe.money import add_interval, fee, moment, next_end, share
from tests.fakes.stripe.world import World


def seconds(*date):
    return int(datetime(*date, tzinfo=UTC).timestamp())


def test_the_31st_becomes_the_last_day_and_comes_back():
    anchor = seconds(2027, 1, 31, 8, 30)
    ends, at = [], anchor
    for _ in range(4):
        at = next_end(anchor, "month", 1, at)
        ends.append(f"{moment(at):%m-%d %H:%M}")
    assert ends == ["02-28 08:30", "03-31 08:30", "04-30 08:30", "05-31 08:30"]


def test_the_29th_of_february_is_kept_in_leap_years():
    anchor = seconds(2028, 2, 29)
    years = [f"{moment(add_interval(anchor, 'year', turn)):%Y-%m-%d}" for turn in (1, 4)]
    assert years == ["2029-02-28", "2032-02-29"]


@pytest.mark.parametrize(
    ("part", "currency", "rounded"),
    [
        (Fraction(21000, 31), "usd", 677),
        (Fraction(16000, 31), "usd", 516),
        (Fraction(-5, 2), "usd", -3),
        (Fraction(1, 3), "jpy", 0),
        (Fraction(12345), "kwd", 12350),
    ],
)
def test_parts_are_rounded_to_what_can_be_paid(part, currency, rounded):
    assert share(part, currency) == rounded


def test_a_fee_never_exceeds_its_amount():
    assert (fee(10, "usd"), fee(3000, "usd")) == (10, 117)


def item(amount, start, end, quantity=1):
    price = {
        "id": f"price_{amount}", "product": "prod", "unit_amount": amount, "currency": "usd",
        "unit_amount_decimal": str(amount),
    }  # fmt: skip
    return {
        "id": "si", "price": price, "quantity": quantity,
        "current_period_start": start, "current_period_end": end,
    }  # fmt: skip


@given(
    old=st.integers(0, 1_000_000),
    new=st.integers(0, 1_000_000),
    length=st.integers(1, 366 * 86400),
    used=st.floats(0, 1),
)
def test_the_lines_of_a_switch_add_up_to_its_price(old, new, length, used):
    start = seconds(2026, 1, 1)
    end, at = start + length, start + int(length * used)
    subscription = {"id": "sub", "status": "active"}
    before, after = item(old, start, end), item(new, start, end)
    lines = proration_lines(World(seed="x"), subscription, before, after, at)
    exact = Fraction((new - old) * (end - at), length)
    total = sum(one["amount"] for one in lines)
    assert abs(total - exact) <= Fraction(1, 2)
    assert lines[0]["amount"] <= 0
    # A switch to the same price is free at any moment.
    same = proration_lines(World(seed="x"), subscription, before, item(old, start, end), at)
    assert sum(one["amount"] for one in same) == 0
