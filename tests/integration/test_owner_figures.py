"""The owner's figures against a second computation, by pandas, over the raw rows."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pandas as pd
import pytest
from sqlalchemy import text

from app.billing import service
from app.billing.schemas.figures import FiguresQuery, ListingQuery
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import NotFoundError, ValidationError
from tests.factories.business import append, make_business, noon

LISTINGS = ("mrr_movements", "revenue", "payouts_due", "sign_ups", "first_plans", "trials")
UNPAID = {"operator", "demo"}


def figures(period="90d", **options):
    db.session.rollback()
    return service.business(FiguresQuery(period=period), **options)


def rows_of(name, period="90d", **options):
    given = {key: options.pop(key) for key in ("cursor", "limit") if key in options}
    return service.figure_rows(name, ListingQuery(period=period, **given), **options)


def table(name):
    db.session.rollback()
    rows = db.session.execute(text(f"SELECT * FROM {name} ORDER BY id")).mappings()
    return pd.DataFrame([dict(row) for row in rows])


def days_of(column):
    return pd.to_datetime(column, utc=True, format="mixed").dt.date


def monthly(row):
    if row.status == "expired" or row.source in UNPAID or row.interval not in {"month", "year"}:
        return 0
    return row.price_minor if row.interval == "month" else int(row.price_minor / 12 + 0.5)


def paid_as_of(history, day):
    """What each member pays a month by ladder and currency at the end of a day."""
    known = history[history["day"] <= day].sort_values(["started_at", "id"])
    newest = known.groupby(["user_id", "ladder"]).tail(1)
    return newest[newest["monthly"] > 0]


@pytest.fixture
def history(engine_app):
    """The raw history of a made-up business, with what each row brings a month."""
    make_business()
    found = table("subscriptions")
    found["day"] = days_of(found["started_at"])
    found["monthly"] = found.apply(monthly, axis=1)
    return found


@pytest.mark.req("S1-86", "S3-144", "S4-120", "S4-121", "S4-122", "S3-145")
@pytest.mark.parametrize("period", ["30d", "90d", "365d"])
def test_monthly_income_and_churn_are_those_of_the_raw_history(history, period):
    found = figures(period)
    assert {each.currency for each in found.money} >= {"USD", "EUR"}
    for each in found.money:
        now = paid_as_of(history, found.today)
        now = now[now["currency"] == each.currency]
        assert each.mrr_minor == now["monthly"].sum()
        assert each.paying_members == now["user_id"].nunique()
        before = paid_as_of(history, found.first - timedelta(days=1))
        assert each.mrr_before_minor == before[before["currency"] == each.currency]["monthly"].sum()
        moved = each.movements
        assert each.mrr_before_minor + sum(moved.model_dump().values()) == each.mrr_minor
        assert moved.new >= 0 >= moved.churn
        assert each.steps[-1].mrr_minor == each.mrr_minor
        if each.paying_members:
            assert each.arpu_minor == round(each.mrr_minor / each.paying_members)
        member_days = 0
        for number in range((found.today - found.first).days + 1):
            eve = found.first + timedelta(days=number - 1)
            paid = paid_as_of(history, eve)
            member_days += paid[paid["currency"] == each.currency]["user_id"].nunique()
        assert each.churn.member_months == pytest.approx(member_days / (365.25 / 12))
        movements = table("mrr_movements")
        gone = movements[(movements["kind"] == "churn") & (movements["currency"] == each.currency)]
        gone = gone[pd.to_datetime(gone["day"]).dt.date >= found.first]
        assert each.churn.left == -gone["members"].sum()
    ladders = paid_as_of(history, found.today).groupby(["ladder", "currency"])["monthly"]
    assert {(row.ladder, row.currency): row.mrr_minor for row in found.ladders} == {
        key: total for key, total in ladders.sum().items() if total
    }


@pytest.mark.req("S1-83", "S1-88", "S3-9", "S4-120")
@pytest.mark.parametrize("period", ["30d", "90d"])
def test_revenue_by_stream_is_what_the_journal_says(history, period):
    found = figures(period)
    postings = table("journal_postings")
    postings["day"] = pd.to_datetime(postings["day"]).dt.date
    long = pd.concat([
        postings.assign(account=postings["credit"], amount=postings["amount_minor"]),
        postings.assign(account=postings["debit"], amount=-postings["amount_minor"]),
    ])  # fmt: skip

    def total(prefix, currency, first, last):
        mine = long["account"].str.startswith(prefix) & (long["currency"] == currency)
        return long[mine & (long["day"] >= first) & (long["day"] <= last)]["amount"].sum()

    length = (found.today - found.first).days + 1
    for each in found.money:
        span = each.currency, found.first, found.today
        for stream in each.streams:
            assert stream.earned_minor == total(f"revenue:{stream.stream}", *span)
            assert stream.refunded_minor == -total(f"refunds:{stream.stream}", *span)
        assert each.net_minor == total("revenue:", *span) + total("refunds:", *span)
        earlier = found.first - timedelta(days=length), found.first - timedelta(days=1)
        assert each.net_before_minor == sum(
            total(prefix, each.currency, *earlier) for prefix in ("revenue:", "refunds:")
        )
        assert each.fees_minor == -total("fees", *span)
        assert each.taxes_minor == total("taxes", *span)
        balance = total("payable:", each.currency, found.today - timedelta(days=9999), found.today)
        assert each.payouts_due_minor == max(0, balance)
        assert sum(sum(step.net_minor) for step in each.revenue_steps) == each.net_minor


@pytest.mark.req("S4-92", "S4-100", "S4-116", "S4-117", "S1-87")
def test_the_funnel_counts_who_came_and_who_has_paid_since(history):
    found = figures("90d")
    came = table("conversion_events")
    came = came[came["kind"] == "sign_up"]
    came["day"] = days_of(came["happened_at"])
    came = came[came["day"] >= found.first]
    paid = history[(history["monthly"] > 0) & (history["ladder"] == "robots")]
    rank = {"low": 1, "mid": 2, "premium": 3}
    best = paid.assign(rank=paid["tier"].map(rank)).groupby("user_id")["rank"].max()
    came["rank"] = came["user_id"].map(best).fillna(0).astype(int)
    counts = came["rank"].value_counts()
    shown = [found.sign_ups.free, found.sign_ups.low, found.sign_ups.mid, found.sign_ups.premium]
    assert shown == [counts.get(number, 0) for number in range(4)]
    assert sum(shown) == len(came) == found.sign_ups.total
    came["week"] = [day - timedelta(days=day.weekday()) for day in came["day"]]
    expected = {
        (week, source): [len(rows), *(int((rows["rank"] >= number).sum()) for number in (1, 2, 3))]
        for (week, source), rows in came.groupby(["week", "source"])
    }
    rows = {
        (row.week, row.source): [row.signed_up, row.low, row.mid, row.premium]
        for row in found.funnel
    }
    monday = found.today - timedelta(days=found.today.weekday(), weeks=12)
    assert rows == {key: value for key, value in expected.items() if key[0] >= monday}


@pytest.mark.req("S3-140", "S3-141", "S3-142", "S3-143")
def test_creators_are_counted_by_who_pays_them(history):
    found = figures("30d").creators
    now = paid_as_of(history, clock.now().date())
    subscribers = (now["ladder"] == "offers").sum()
    assert (found.total, found.active) == (1, int(subscribers > 0))
    assert found.subscribers_each == (subscribers or None)
    assert (found.first_half_year_ago, found.retention) == (0, None)


def test_an_empty_house_has_no_answers_but_no_errors(engine_app):
    found = figures()
    assert (found.money, found.ladders, found.funnel) == ([], [], [])
    assert found.trials.ratio is None
    assert found.creators.churn is None
    for name in LISTINGS:
        assert rows_of(name).items == []


def test_rows_and_files_hold_all_that_a_figure_counts(history):
    found = figures("90d")
    for name, count in (
        ("mrr_movements", len(table("mrr_movements"))),
        ("sign_ups", found.sign_ups.total),
        ("payouts_due", sum(each.payouts_due_minor != 0 for each in found.money)),
    ):
        after, seen = None, []
        while True:
            page = rows_of(name, cursor=after, limit=7)
            seen += page.items
            if page.next_cursor is None:
                break
            after = page.next_cursor
        assert len(seen) >= count if name == "payouts_due" else len(seen) == count
        lines = list(csv.reader(io.StringIO(service.figure_file(name, "90d"))))
        assert lines[1:] == seen
        assert lines[0] == page.columns


def test_a_cursor_of_another_list_and_an_unknown_list_are_refused(history):
    page = rows_of("mrr_movements", limit=2)
    with pytest.raises(ValidationError, match="another list"):
        rows_of("sign_ups", cursor=page.next_cursor)
    with pytest.raises(NotFoundError):
        rows_of("secrets")


def test_amounts_have_the_decimals_of_their_currency_and_no_cell_is_a_formula(engine_app, member):
    user_id = member()
    at = noon(clock.now().date())
    with transaction():
        append(user_id, 3500, at, currency="JPY")
        append(user_id, 1234, at, currency="KWD", ladder="coach")
        append(user_id, 0, at, currency="KWD", ladder="coach")
        name = "UPDATE users SET pseudonym = '=1+1'"
        db.session.execute(text(name))
    lines = list(csv.reader(io.StringIO(service.figure_file("mrr_movements", "30d"))))
    assert sorted(line[4] for line in lines[1:]) == ["-1.234", "1.234", "3500"]
    assert {line[2] for line in lines[1:]} == {f"'=1+1 (#{user_id})"}


def test_a_site_that_is_not_the_operators_sees_its_members_and_no_money(history):
    found = figures(site_id="site_other")
    assert (found.money, found.ladders, found.trials, found.creators) == ([], [], None, None)
    assert found.sign_ups.total == 0
    assert found.is_operators is False
    assert rows_of("sign_ups", site_id="site_other").items == []
    for name in set(LISTINGS) - {"sign_ups"}:
        with pytest.raises(NotFoundError):
            rows_of(name, site_id="site_other")
