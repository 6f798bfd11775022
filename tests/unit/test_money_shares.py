from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.billing.rules import chart, postings
from app.billing.rules.postings import Posting, Sale
from app.billing.rules.shares import share, split

AMOUNTS = st.integers(0, 10**15)
WEIGHTS = st.lists(st.integers(0, 10_000), min_size=1, max_size=8).filter(any)


@given(AMOUNTS, WEIGHTS)
@pytest.mark.req("S0-60")
def test_parts_add_up_and_are_within_a_unit_of_the_exact_share(total, weights):
    parts = share(total, weights)
    assert sum(parts) == total
    for got, weight in zip(parts, weights, strict=True):
        exact = Fraction(total * weight, sum(weights))
        assert got >= 0
        assert abs(got - exact) < 1


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=6).filter(any), st.data())
def test_no_part_of_a_return_is_greater_than_what_is_left(left, data):
    amount = data.draw(st.integers(0, sum(left)))
    assert all(one <= most for one, most in zip(share(amount, left), left, strict=True))


def test_what_cannot_be_shared_is_refused():
    for total, weights in ((-1, [1]), (1, [0, 0]), (1, [2, -1])):
        with pytest.raises(ValueError, match="cannot be shared"):
            share(total, weights)


@pytest.mark.parametrize(
    ("total", "bps", "parts"),
    [
        (5_000, 6_000, (3_000, 2_000)),  # replica 60/40
        (5_000, 9_000, (4_500, 500)),  # creator 90/10
        (999, 6_000, (599, 400)),  # 599.4 and 399.6: the larger remainder gets the cent
        (1, 9_000, (1, 0)),
        (1_500, 9_000, (1_350, 150)),  # yen, without decimals
        (12_345, 9_000, (11_111, 1_234)),  # dinar, with three: 11110.5 and 1234.5
    ],
)
@pytest.mark.req("S0-128", "S3-45")
def test_the_splits_as_they_are_sold(total, bps, parts):
    assert split(total, bps) == parts


SALES = st.builds(
    lambda total, tax, paid, bps: Sale("creator", total, min(tax, total), paid, "USD", 7, bps),
    st.integers(0, 10**9),
    st.integers(0, 10**9),
    st.integers(0, 10**9),
    st.integers(0, 10_000),
)


def moved(rows, account):
    return sum(r.amount_minor for r in rows if r.credit == account) - sum(
        r.amount_minor for r in rows if r.debit == account
    )


@given(SALES)
def test_shares_platform_and_taxes_are_the_gross_amount(sale):
    rows = postings.of_sale(sale)
    creator = moved(rows, "payable:7") + moved(rows, "reserve:7")
    assert creator + moved(rows, "revenue:creator") + moved(rows, "taxes") == sale.total_minor
    assert moved(rows, chart.CLEARING) == -sale.paid_minor
    assert creator == split(sale.total_minor - sale.tax_minor, sale.creator_bps)[0]
    assert moved(rows, "taxes") == sale.tax_minor


@given(SALES, st.lists(st.integers(1, 10**9), max_size=6))
def test_refunds_in_any_steps_end_where_one_does(sale, steps):
    """However a payment is given back, each account ends at nothing and never beyond."""
    rows = postings.of_sale(sale)
    for step in [*steps, sale.total_minor]:
        left = postings.parts_left(rows)
        amount = min(step, sum(left.values()))
        rows += postings.of_return(amount, left, "USD", chart.CLEARING, "creator")
        assert all(moved(rows, name) >= 0 for name in ("payable:7", "reserve:7", "taxes"))
    assert postings.parts_left(rows) == {}
    assert moved(rows, "revenue:creator") == -moved(rows, "refunds:creator")
    assert [moved(rows, name) for name in ("payable:7", "reserve:7", "taxes")] == [0, 0, 0]


def test_a_return_beyond_the_payment_is_the_platforms_loss():
    rows = postings.of_return(700, {"revenue:robots": 500}, "USD", chart.DISPUTES, "robots")
    assert [row.amount_minor for row in rows] == [500, 200]
    assert {row.debit for row in rows} == {"refunds:robots"}


def test_a_cheaper_plan_leaves_a_credit_and_the_next_invoice_draws_on_it():
    down = postings.of_sale(Sale("robots", -645, -45, 0, "USD"))
    assert down == [
        Posting("revenue:robots", "customer_credit", 600, "USD"),
        Posting("taxes", "customer_credit", 45, "USD"),
    ]
    later = postings.of_sale(Sale("robots", 999, 0, 354, "USD"))
    assert later == [
        Posting("stripe_clearing", "revenue:robots", 354, "USD"),
        Posting("customer_credit", "revenue:robots", 645, "USD"),
    ]


def test_balances_are_positive_on_the_normal_side():
    assert chart.balance("stripe_clearing", 10, 4) == 6
    assert chart.balance("refunds:robots", 10, 4) == 6
    assert chart.balance("payable:7", 4, 10) == 6
