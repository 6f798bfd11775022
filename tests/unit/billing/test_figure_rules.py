"""The owner's figures: periods, churn with its interval, and what a member is worth."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

from app.billing.rules import figures as rules
from app.billing.rules.figures import Span


@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)), st.sampled_from(list(rules.PERIODS)))
def test_a_period_ends_today_and_follows_the_one_before(today, period):
    span = rules.span_of(period, today)
    assert (span.last, span.days) == (today, rules.PERIODS[period])
    assert span.before.last + timedelta(days=1) == span.first
    assert span.before.days == span.days
    step = rules.STEPS[period]
    found = rules.buckets(span, step)
    days = [span.first + timedelta(days=number) for number in range(span.days)]
    assert found == sorted({rules.bucket(day, step) for day in days})


def test_weeks_begin_on_monday_and_months_on_the_first():
    day = date(2026, 11, 27)
    assert rules.bucket(day, "week") == date(2026, 11, 23)
    assert rules.bucket(day, "month") == date(2026, 11, 1)
    assert rules.bucket(day, "day") == day


@pytest.mark.req("S4-121")
@given(st.integers(0, 400), st.integers(1, 10_000_000))
def test_churn_is_a_count_by_months_with_nearly_its_exact_interval(left, member_days):
    rate = rules.leaving(left, member_days)
    months = member_days / rules.MONTH_DAYS
    assert rate.ratio == pytest.approx(left / months)
    exact_low = chi2.ppf(0.025, 2 * left) / 2 / months if left else 0.0
    exact_high = chi2.ppf(0.975, 2 * left + 2) / 2 / months
    assert rate.low == pytest.approx(exact_low, rel=0.01, abs=0.02 / months)
    assert rate.high == pytest.approx(exact_high, rel=0.01)


def test_churn_of_nobody_is_no_answer():
    rate = rules.leaving(0, 0)
    assert (rate.ratio, rate.low, rate.high, rate.member_months) == (None, None, None, 0.0)


@pytest.mark.req("S4-123", "S3-7", "S1-91", "S3-147")
def test_a_member_is_worth_a_months_income_by_churn_and_the_interval_follows():
    rate = rules.leaving(20, round(400 * rules.MONTH_DAYS))
    found = rules.worth(100_000, 50, rate)
    assert found.minor == pytest.approx(2000 / 0.05, rel=1e-3)
    assert found.low_minor < found.minor < found.high_minor
    assert found.low_minor == pytest.approx(2000 / rate.high, rel=1e-3)


@pytest.mark.parametrize(("members", "left"), [(0, 20), (50, 9), (50, 0)])
def test_too_few_who_left_or_who_pay_say_nothing_of_worth(members, left):
    assert rules.worth(100_000, members, rules.leaving(left, 12_000)) is None


@pytest.mark.req("S4-122", "S3-145")
def test_means_shares_and_growth_know_when_there_is_no_answer():
    assert rules.average(1000, 3) == 333
    assert rules.average(1000, 0) is None
    assert rules.share(1, 4) == 0.25
    assert rules.share(0, 0) is None
    assert rules.growth(150, 100) == 0.5
    assert rules.growth(150, 0) is None
    assert rules.growth(150, -3) is None


def test_the_span_before_touches_it():
    assert Span(date(2026, 3, 1), date(2026, 3, 3)).before == Span(
        date(2026, 2, 26), date(2026, 2, 28)
    )
