from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.rules.payouts import Standing, decide, minimum, next_payday, through

READY = Standing(10_000, 0, 2_500, True, True, True, False)


def but(**facts):
    return Standing(**{**READY.__dict__, **facts})


@given(st.integers(-(10**9), 10**9), st.integers(0, 10**9), st.integers(1, 10**6))
def test_never_more_is_sent_than_is_payable_and_old_enough(payable, recent, least):
    made = decide(but(payable_minor=payable, recent_minor=recent, minimum_minor=least))
    assert 0 <= made.amount_minor <= max(0, payable - recent)
    assert made.amount_minor == 0 or made.amount_minor >= least
    assert (made.amount_minor == 0) == (made.why is not None)


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({}, None),
        ({"is_suspended": True}, "suspended"),
        ({"payable_minor": -1}, "owing"),
        ({"has_account": False}, "no_account"),
        ({"is_payouts_enabled": False}, "requirements"),
        ({"has_second_factor": False}, "second_factor"),
        ({"recent_minor": 10_000}, "recent"),
        ({"recent_minor": 7_501}, "minimum"),
        ({"recent_minor": 7_500}, None),
    ],
)
def test_why_nothing_is_sent(facts, why):
    assert decide(but(**facts)).why == why


def test_the_minimum_knows_the_decimals_of_a_currency():
    assert (minimum(2), minimum(0), minimum(3)) == (2_500, 2_500, 25_000)


@pytest.mark.req("S3-46")
def test_a_week_is_paid_once_whichever_day_the_clock_comes():
    week = {through(date(2026, 11, day)) for day in range(23, 30)}
    assert week == {date(2026, 11, 8)}  # the Sunday, fourteen days before the last one
    assert through(date(2026, 11, 30)) == date(2026, 11, 15)


def test_payday_is_monday_morning():
    assert next_payday(datetime(2026, 11, 27, 15, tzinfo=UTC)) == datetime(
        2026, 11, 30, 9, tzinfo=UTC
    )
    assert next_payday(datetime(2026, 11, 30, 8, tzinfo=UTC)) == datetime(
        2026, 11, 30, 9, tzinfo=UTC
    )
    assert next_payday(datetime(2026, 11, 30, 9, tzinfo=UTC)) == datetime(
        2026, 12, 7, 9, tzinfo=UTC
    )
