"""A creator by JSON: from the first step to the statement; nobody else's is seen."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest

from app.billing.models import ProviderSubscription
from app.billing.service import creators, earnings, journal
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import ValidationError
from tests.factories import tills
from tests.factories.creators import seller, turn_off_codes
from tests.factories.money import creator, invoice, offer, person


class Caller:
    """Asks the API as one member."""

    def __init__(self, app, bearer, user_id):
        self.client, self.headers = app.test_client(), bearer(user_id, ["billing:write"])

    def __call__(self, method, path, body=None, **headers):
        db.session.remove()
        done = self.client.open(
            f"/api/creator{path}", method=method, json=body, headers={**self.headers, **headers}
        )
        return done.status_code, done.get_json(silent=True) or done.get_data(as_text=True)


@pytest.fixture
def till(app, monkeypatch):
    with tills.till_of(app, monkeypatch) as fake:
        yield fake


def test_the_way_to_the_first_offer(app, till, bearer):
    user_id = seller()
    ask = Caller(app, bearer, user_id)
    status, shown = ask("GET", "")
    assert (status, shown["can_sell"], shown["hindrances"][0]["code"]) == (200, False, "account")
    status, link = ask("POST", "/onboarding", {})
    assert (status, link["url"][: len(till.url)]) == (201, till.url)
    status, fault = ask("POST", "/onboarding", {"return_url": "https://evil.example/"})
    assert (status, fault["errors"][0]["pointer"]) == (422, "/return_url")
    with transaction():
        account = creators.queries.get_creator(user_id).provider_account_id
    till.onboard(account)
    status, shown = ask("POST", "/refresh")
    assert (shown["can_sell"], shown["wanted"]) == (True, [])
    status, made = ask("POST", "/offers", {"name": "Signals", "price": "49.50"})
    assert (status, made["price"], made["state"]) == (201, "49.50", "draft")
    place = f"/offers/{made['id']}"
    assert ask("POST", f"{place}/publish")[1]["state"] == "active"
    status, fault = ask("PUT", place, {"price": "501"}, **{"If-Match": '"0"'})
    assert (status, fault["errors"][0]["pointer"]) == (422, "/price")
    status, changed = ask("PUT", place, {"price": "60"}, **{"If-Match": '"0"'})
    assert (status, changed["price"], changed["version"]) == (200, "60.00", 1)
    assert ask("PUT", place, {"price": "70"}, **{"If-Match": '"0"'})[0] == 412
    for wrong in ("1", '"01"', 'W/"1"', '"0", "1"', "*", '"x"', '"99999999999"'):
        status, fault = ask("PUT", place, {"price": "70"}, **{"If-Match": wrong})
        assert (status, fault["errors"][0]["pointer"]) == (422, "/If-Match"), wrong
    assert ask("PUT", place, {"price": "70"})[0] == 428
    assert ask("PUT", place, {"price": "70"})[0] == 428
    other = Caller(app, bearer, seller())
    for method, path in (("POST", f"{place}/publish"), ("POST", f"{place}/retire")):
        assert other(method, path)[0] == 404
    assert other("GET", "/offers")[1] == {"items": []}
    assert ask("POST", f"{place}/retire")[1]["state"] == "retired"


@pytest.mark.req("S3-97")
def test_without_codes_the_refusal_says_where_they_are_turned_on(app, till, bearer):
    user_id = seller(till)
    turn_off_codes(user_id)
    status, fault = Caller(app, bearer, user_id)("POST", "/offers", {"name": "S", "price": "25"})
    assert (status, fault["type"].rpartition("-")[2]) == (403, "second_factor_needed")
    assert "“Codes”" in fault["detail"]


def test_subscribers_are_numbers_without_addresses(app, bearer):
    seller_id = creator()
    made = offer(seller_id)
    for _ in range(3):
        invoice(5_000, offer_id=made)
    invoice(5_000, offer_id=offer(creator()))
    ask = Caller(app, bearer, seller_id)
    _, first = ask("GET", "/subscribers?limit=2")
    _, second = ask("GET", f"/subscribers?limit=2&cursor={first['next_cursor']}")
    numbers = [one["number"] for page in (first, second) for one in page["items"]]
    assert numbers == sorted(numbers, reverse=True)
    assert len(numbers) == 3
    assert second["next_cursor"] is None
    assert "@" not in str(first)
    assert db.session.query(ProviderSubscription).count() == 4


@pytest.fixture
def earner(app):
    """Return a creator with a sale of 100.00 and a refund of half, last month and now."""
    user_id = creator()
    now = clock.now()
    old = invoice(10_000, offer_id=offer(user_id), paid_at=now - timedelta(days=40))
    new = invoice(5_000, offer_id=offer(user_id), paid_at=now)
    with transaction():
        journal.record_invoice_paid(old)
        journal.record_invoice_paid(new)
        journal.record_refund(old, "re_1", 5_000, now)
    return user_id


@pytest.mark.req("S3-67", "S3-91")
def test_earnings_say_what_is_there_and_why_it_is_not_sent(app, bearer, earner):
    _, shown = Caller(app, bearer, earner)("GET", "/earnings")
    (one,) = shown["items"]
    assert (one["payable"], one["reserve"]) == ("81.00", "9.00")
    assert (one["next_payout"], one["why"]) == ("0.00", "second_factor")
    assert "codes" in one["why_text"]
    earned = [week["earned"] for week in one["weeks"]]
    assert (len(earned), max(earned, key=float)) == (12, "90.00")
    assert sum(float(each) for each in earned) == 90.0


def test_a_statement_adds_up_and_goes_over_into_the_next(app, bearer, earner):
    now = clock.now()
    months = sorted({f"{now - timedelta(days=days):%Y-%m}" for days in (40, 0)})
    ask = Caller(app, bearer, earner)
    found = [ask("GET", f"/statement?month={month}")[1]["items"][0] for month in months]
    assert found[0]["closing_payable"] == found[1]["opening_payable"] == "81.00"
    assert [line["kind"] for line in found[1]["lines"]] == ["invoice_paid", "refund_refunded"]
    assert found[1]["closing_payable"] == "81.00"
    _, text = ask("GET", f"/statement.csv?month={months[1]}")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["kind"] for row in rows] == [
        "opening",
        "invoice_paid",
        "refund_refunded",
        "closing",
    ]
    assert rows[2]["payable"] == "-40.50"


def test_no_cell_of_a_statement_is_a_formula(app, earner, monkeypatch):
    monkeypatch.setitem(earnings.KINDS, ("invoice", "paid"), '=HYPERLINK("https://evil.example")')
    with transaction():
        text = earnings.statement_csv(earner, f"{clock.now():%Y-%m}")
    assert "'=HYPERLINK" in text


@pytest.mark.parametrize("month", ["2026-13", "1999-12", "2999-01", "26-11", "2026-1", "x"])
def test_a_month_that_is_none_is_named(app, month):
    with pytest.raises(ValidationError) as refused:
        earnings.statements(person(), month)
    assert refused.value.field == "month"


def test_the_platforms_statement_adds_up(app, earner):
    month = f"{clock.now():%Y-%m}"
    db.session.remove()
    shown = app.test_cli_runner().invoke(args=["billing", "statement", month]).output
    assert (
        "payable                  USD            81.00             0.00            81.00" in shown
    )
    with transaction():
        rows = earnings.platform_statement(month)
    debits = {"stripe_clearing", "fees", "disputes", "bank"}
    sides = {True: 0, False: 0}
    for account, _currency, opening, moved, closing in rows:
        assert opening + moved == closing
        sides[account in debits or account.startswith("refunds")] += closing
    assert sides[True] == sides[False]
