"""A member buys: checkout, events, access; with both databases, the real SDK and a stateful fake."""

from __future__ import annotations

import pytest

from app.billing import service as billing
from app.billing.clients import stripe
from app.billing.errors import NoTillError, TillAwayError
from app.billing.models import Checkout, Invoice, Subscription, Transaction
from app.billing.schemas.buying import CheckoutIn
from app.core import hold
from app.core.db import db, transaction
from app.core.errors import ConflictError, NotFoundError, ValidationError
from tests.factories import tills
from tests.factories.tills import buy, deliver, work


@pytest.fixture
def till(engine_app, monkeypatch):
    with tills.till_of(engine_app, monkeypatch) as fake:
        yield fake


def rows(user_id, ladder="robots"):
    return [one for one in billing.list_subscriptions(user_id) if one.ladder == ladder]


@pytest.mark.req("S4-33", "S1-49", "S1-56", "S3-28")
def test_who_pays_has_access_and_one_row_of_each_thing(engine_app, till, member):
    ada = member("ada@example.test")
    assert not billing.can(ada, "analytics")
    buy(till, ada, "mid")
    assert deliver(engine_app, till) == {200}
    work()
    assert billing.can(ada, "analytics")
    (row,) = rows(ada)
    assert (row.tier, row.status, row.source, row.interval) == ("mid", "active", "stripe", "month")
    paid = db.session.query(Invoice).all()
    assert len({one.provider_id for one in paid}) == len(paid)
    assert set(tills.states()) <= {"done", "ignored"}
    (checkout,) = db.session.query(Checkout).all()
    assert (checkout.state, checkout.open_key) == ("complete", None)


@pytest.mark.req("S0-70")
def test_a_plan_of_analyses_is_paid_for_at_the_till_before_any_is_made(engine_app, till, member):
    ada = member("ada@example.test")
    assert not billing.can(ada, "analyses")
    buy(till, ada, "basic", ladder="ai_traders")
    assert deliver(engine_app, till) == {200}
    work()
    assert billing.can(ada, "analyses")
    assert not billing.can(ada, "own_model_key")
    (row,) = rows(ada, "ai_traders")
    assert (row.tier, row.status, row.source) == ("basic", "active", "stripe")
    assert [(one.amount_minor, one.currency) for one in billing.list_transactions(ada)] == [
        (2500, "USD")
    ]


def test_access_is_there_on_the_return_page_before_any_event(engine_app, till, member):
    ada = member("ada@example.test")
    session = buy(till, ada, "mid")
    assert not billing.can(ada, "analytics")
    assert billing.settle_checkout(ada, session).state == "complete"
    assert billing.can(ada, "analytics")
    deliver(engine_app, till)
    work()
    assert len(rows(ada)) == 1
    bob = member("bob@example.test")
    with pytest.raises(NotFoundError):
        billing.settle_checkout(bob, session)


def test_a_trial_is_given_once_for_a_ladder(engine_app, till, member):
    days = billing.get_plan("mid").trial_days
    ada = member("ada@example.test")
    opened = billing.buy(ada, CheckoutIn(plan="mid"))
    assert opened.trial_days == days
    till.complete(tills.newest_session(till))
    billing.sync_user(ada)
    billing.cancel_plan(ada, "robots", now=True)
    assert not billing.can(ada, "analytics")
    assert billing.buy(ada, CheckoutIn(plan="premium")).trial_days == 0


@pytest.mark.req("S1-46")
def test_a_payment_is_kept_with_its_fee_and_its_invoice(engine_app, till, member):
    ada = member("ada@example.test")
    buy(till, ada, "mid")
    till.advance(days=40)
    deliver(engine_app, till)
    work()
    paid = db.session.query(Transaction).all()
    assert paid
    for one in paid:
        invoice = db.session.get(Invoice, one.invoice_id)
        assert one.kind == "payment"
        assert one.amount_minor == invoice.paid_minor == 2999
        assert one.fee_minor == 117
        assert one.provider_ref == invoice.charge_id
        assert {line["plan"] for line in invoice.lines} == {"mid"}
        assert invoice.tax_minor == 0


def test_two_tabs_share_one_checkout_and_another_wish_closes_it(engine_app, till, member):
    ada = member("ada@example.test")
    first = billing.buy(ada, CheckoutIn(plan="mid"))
    assert billing.buy(ada, CheckoutIn(plan="mid")).url == first.url
    other = billing.buy(ada, CheckoutIn(plan="low"))
    assert other.url != first.url
    states = {one.id: one.state for one in db.session.query(Checkout)}
    assert states[first.checkout_id] == "expired"
    assert states[other.checkout_id] == "open"


def test_who_has_a_plan_is_sent_to_change_it(engine_app, till, member):
    """readthedocs #4503: an upgrade made as a second subscription charges twice."""
    ada = member("ada@example.test")
    buy(till, ada, "mid")
    billing.sync_user(ada)
    with pytest.raises(ConflictError) as caught:
        billing.buy(ada, CheckoutIn(plan="premium"))
    assert caught.value.code == "has_plan"


def test_a_second_living_subscription_is_cancelled_and_given_back(engine_app, till, member):
    ada = member("ada@example.test")
    buy(till, ada, "mid")
    billing.sync_user(ada)
    (first,) = till.client().v1.subscriptions.list().data
    # Another door, such as the provider's own pages, made a second one.
    price = till.client().v1.prices.list(params={"lookup_keys": ["trp_robots_low_month"]}).data[0]
    second = till.client().v1.subscriptions.create(
        params={
            "customer": first.customer,
            "items": [{"price": price.id}],
            "default_payment_method": first.default_payment_method,
        }
    )
    deliver(engine_app, till)
    work()
    work()
    after = {one.id: one.status for one in till.client().v1.subscriptions.list(
        params={"status": "all"}).data}  # fmt: skip
    assert after[first.id] in ("active", "trialing")
    assert after[second.id] == "canceled"
    charges = [one for one in till.client().v1.charges.list().data if one.amount == 999]
    assert [one.refunded for one in charges] == [True]
    deliver(engine_app, till)
    work()
    assert db.session.query(Transaction).filter_by(kind="refund").one().amount_minor == -999
    assert billing.find_subscription(ada).tier == "mid"


def test_without_a_till_nothing_is_sold_and_it_says_so(engine_app, member):
    assert not billing.has_till()
    with pytest.raises(NoTillError) as caught:
        billing.buy(member(), CheckoutIn(plan="mid"))
    assert caught.value.code == "no_till"


def test_a_held_installation_sells_nothing(engine_app, till, member):
    ada = member()
    with transaction():
        hold.hold("operator")
    with pytest.raises(NoTillError) as caught:
        billing.buy(ada, CheckoutIn(plan="mid"))
    assert caught.value.code == "till_held"
    assert "POST /v1/checkout/sessions" not in till.requests


@pytest.mark.parametrize(
    "asked",
    [
        {"plan": "mid", "success_url": "https://evil.example/x"},
        {"plan": "mid", "cancel_url": "http://127.0.0.1:5000@evil.example/"},
        {"plan": "free"},
    ],
)
def test_wrong_wishes_are_named(engine_app, till, member, asked):
    with pytest.raises(ValidationError) as caught:
        billing.buy(member(), CheckoutIn(**asked))
    assert caught.value.field in asked


@pytest.fixture
def impatient(monkeypatch):
    """Let the SDK not try again by itself: the answer is lost for good."""
    monkeypatch.setattr(stripe, "RETRIES", 0)
    stripe._client.cache_clear()
    yield
    stripe._client.cache_clear()


def test_a_lost_answer_is_asked_for_again_by_the_same_key(engine_app, till, member):
    till.faults.timeout_after_effect(where="POST /v1/checkout/sessions")
    till.faults.timeout_after_effect(where="POST /v1/customers")
    assert billing.buy(member(), CheckoutIn(plan="mid")).url
    assert len(till.client().v1.checkout.sessions.list().data) == 1
    assert len(till.client().v1.customers.list().data) == 1


def test_a_lost_answer_is_looked_up_and_not_asked_for_again(engine_app, till, member, impatient):
    ada = member("ada@example.test")
    till.faults.timeout_after_effect(where="POST /v1/checkout/sessions")
    with pytest.raises(TillAwayError):
        billing.buy(ada, CheckoutIn(plan="mid"))
    assert [one.state for one in db.session.query(Checkout)] == ["opening"]
    opened = billing.buy(ada, CheckoutIn(plan="mid"))
    assert opened.url
    assert len(till.client().v1.checkout.sessions.list().data) == 1


def test_a_key_that_is_forgotten_after_a_day_makes_no_second_customer(
    engine_app, till, member, impatient
):
    """F16: the same idempotency key after 25 hours is looked up, not re-created."""
    ada = member("ada@example.test")
    till.faults.timeout_after_effect(where="POST /v1/customers")
    with pytest.raises(TillAwayError):
        billing.buy(ada, CheckoutIn(plan="mid"))
    till.advance(hours=25)
    billing.buy(ada, CheckoutIn(plan="mid"))
    assert len(till.client().v1.customers.list().data) == 1


def test_the_products_follow_the_plans_file_and_running_it_again_does_nothing(engine_app, till):
    assert billing.sync_plans() == []
    v1 = till.client().v1
    key = "trp_robots_mid_month"
    old = v1.prices.list(params={"lookup_keys": [key]}).data[0]
    v1.prices.create(params={
        "product": old.product, "unit_amount": 1, "currency": "usd", "lookup_key": key,
        "transfer_lookup_key": True, "recurring": {"interval": "month"},
    })  # fmt: skip
    assert len(billing.sync_plans()) >= 2
    (new,) = v1.prices.list(params={"lookup_keys": [key], "active": True}).data
    assert (new.unit_amount, new.metadata["trp_plan"]) == (2999, "mid")
    assert not v1.prices.retrieve(old.id).active
    assert billing.sync_plans() == []


def test_a_gift_outlives_a_plan_that_ends(engine_app, till, member):
    ada = member("ada@example.test")
    buy(till, ada, "low")
    billing.sync_user(ada)
    with transaction():
        billing.subscribe(ada, "premium", source="operator")
    billing.cancel_plan(ada, "robots", now=True)
    assert billing.find_subscription(ada).tier == "premium"
    assert [one.status for one in rows(ada)] == ["active", "active", "expired", "active"]


def test_an_unpaid_first_invoice_gives_nothing(engine_app, till, member):
    """dj-stripe counted `incomplete` as valid."""
    ada = member("ada@example.test")
    billing.buy(ada, CheckoutIn(plan="low"))
    billing.sync_user(ada)
    customer = till.client().v1.customers.list().data[0].id
    price = till.client().v1.prices.list(params={"lookup_keys": ["trp_robots_low_month"]}).data[0]
    till.client().v1.subscriptions.create(params={
        "customer": customer, "items": [{"price": price.id}],
        "payment_behavior": "default_incomplete",
    })  # fmt: skip
    deliver(engine_app, till)
    work()
    assert rows(ada) == []
    till.advance(days=2)
    deliver(engine_app, till)
    work()
    assert rows(ada) == []
    assert db.session.query(Subscription).count() == 0
