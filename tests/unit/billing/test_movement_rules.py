"""How a history of plans moves the monthly income."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.rules.movements import Row, first_paid, monthly_minor, movements

BEGIN = datetime(2026, 3, 1, 12, tzinfo=UTC)


def row(number, price=1000, **facts):
    given = {
        "ladder": "robots", "offer_id": None, "tier": "low", "status": "active",
        "source": "stripe", "interval": "month", "currency": "USD",
        "started_at": BEGIN + timedelta(days=number),
    } | facts  # fmt: skip
    return Row(id=number, price_minor=price, **given)


def told(*rows):
    return [
        (each.subscription_id, each.kind, each.currency, each.amount_minor, each.members)
        for each in movements(rows)
    ]


@pytest.mark.req("S1-86", "S3-144")
def test_a_member_who_comes_grows_shrinks_goes_and_comes_back():
    assert told(
        row(1, 1000), row(2, 3000), row(3, 2000), row(4, 2000, status="cancelled"),
        row(5, 2000, status="expired"), row(6, 1000),
    ) == [
        (1, "new", "USD", 1000, 1),
        (2, "expansion", "USD", 2000, 0),
        (3, "contraction", "USD", -1000, 0),
        (5, "churn", "USD", -2000, -1),
        (6, "reactivation", "USD", 1000, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "facts",
    [{"source": "operator"}, {"source": "demo"}, {"price": 0}, {"status": "expired"}],
)
def test_gifts_trials_pauses_and_what_is_over_bring_nothing(facts):
    assert told(row(1, **facts)) == []
    assert [each[1] for each in told(row(1), row(2, **facts))] == ["new", "churn"]


@pytest.mark.parametrize(("price", "monthly"), [(1200, 100), (1205, 100), (1206, 101), (5, 0)])
def test_a_years_price_is_a_twelfth_rounded_half_up(price, monthly):
    assert monthly_minor(row(1, price, interval="year")) == monthly


def test_a_second_ladder_is_new_income_of_the_same_member():
    found = told(row(1), row(2, 500, ladder="coach"), row(3, status="expired"))
    assert [(kind, members) for _, kind, _, _, members in found] == [
        ("new", 1), ("new", 0), ("churn", 0),
    ]  # fmt: skip


def test_another_currency_moves_both_and_nobody_has_gone():
    assert told(row(1, 1000), row(2, 900, currency="EUR")) == [
        (1, "new", "USD", 1000, 1),
        (2, "expansion", "EUR", 900, 1),
        (2, "contraction", "USD", -1000, -1),
    ]


def test_a_row_that_came_late_and_is_older_moves_nothing():
    assert [each[0] for each in told(row(1), row(2, 9000, started_at=BEGIN))] == [1]


def test_the_first_payment_of_each_plan_is_known():
    rows = [row(1, 0), row(2), row(3, tier="mid"), row(4), row(5, tier="premium", source="demo")]
    assert first_paid(rows) == {"low": date(2026, 3, 3), "mid": date(2026, 3, 4)}


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["robots", "coach"]),
        st.sampled_from(["active", "cancelled", "expired"]),
        st.sampled_from(["stripe", "stripe", "operator"]),
        st.sampled_from(["month", "year", None]),
        st.integers(0, 50_000),
        st.sampled_from(["USD", "EUR"]),
        st.integers(0, 40),
    ),
    max_size=25,
)


@given(ROWS)
def test_sums_of_movements_are_what_counts_now(made):
    rows = [
        row(number, price, ladder=ladder, status=status, source=source, interval=interval,
            currency=currency, started_at=BEGIN + timedelta(days=days))
        for number, (ladder, status, source, interval, price, currency, days) in enumerate(made)
    ]  # fmt: skip
    found = list(movements(rows))
    for currency in ("USD", "EUR"):
        moved = [each for each in found if each.currency == currency]
        newest = {each.ladder: each for each in sorted(rows, key=lambda each: each.order)}
        paid = [monthly_minor(each) for each in newest.values() if each.currency == currency]
        assert sum(each.amount_minor for each in moved) == sum(paid)
        assert sum(each.subscriptions for each in moved) == sum(amount > 0 for amount in paid)
        assert sum(each.members for each in moved) == (sum(paid) > 0)
    assert len({(each.subscription_id, each.currency) for each in found}) == len(found)
