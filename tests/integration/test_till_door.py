"""The door for the provider's events, and faults that other integrations had."""

from __future__ import annotations

import json
import time
from datetime import timedelta

import pytest
import stripe as sdk

from app.billing import service as billing
from app.billing.clients import stripe
from app.billing.models import Invoice, JournalPosting, ProviderEvent, Transaction
from app.billing.schemas.buying import CheckoutIn
from app.core import clock, hold
from app.core.db import db, transaction
from app.core.errors import AppError
from app.core.outbox import OutboxRow
from app.notifications.models import MailRow
from tests.factories import tills
from tests.factories.tills import DOOR, SECRET, buy, deliver, work
from tests.fakes.stripe import webhooks


@pytest.fixture
def till(app, monkeypatch):
    with tills.till_of(app, monkeypatch) as fake:
        yield fake


def kept():
    return db.session.query(ProviderEvent).count()


def post(app, till, event, **how):
    body, headers = till.signed(event, **how)
    return app.test_client().post(DOOR, data=body, headers=headers)


def some_event(till):
    till.client().v1.customers.create(params={"email": "a@example.test"})
    return till.events[-1]


def test_what_is_accepted_is_kept_as_it_came_and_twice_is_once(app, till):
    event = some_event(till)
    body, headers = till.signed(event)
    for _ in range(3):
        answer = app.test_client().post(DOOR, data=body, headers=headers)
        assert (answer.status_code, answer.json) == (200, {"received": True})
    (row,) = db.session.query(ProviderEvent).all()
    assert row.body.encode() == body
    assert (row.event_id, row.state, row.source) == (event["id"], "pending", "webhook")
    assert db.session.query(OutboxRow).filter_by(name="billing.work").count() == 1


def test_an_unknown_kind_is_kept_and_says_why_nothing_follows(app, till):
    """AI-Shipping-Labs #1422: acknowledged unseen, so nobody could prove that it had come."""
    event = some_event(till) | {"type": "tax.settings.updated"}
    body = json.dumps(event).encode()
    signed = till.signed(event)[1] | {}
    signed["Stripe-Signature"] = webhooks.signature(body, [SECRET], time.time())
    assert app.test_client().post(DOOR, data=body, headers=signed).status_code == 200
    (row,) = db.session.query(ProviderEvent).all()
    assert row.state == "ignored"
    assert row.reason
    assert db.session.query(OutboxRow).filter_by(name="billing.work").count() == 0


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"secrets": ["whsec_wrong"]}, "wrong"),
        ({"skew": -301}, "old"),
        ({"skew": 301}, "old"),
    ],
)
def test_what_is_not_signed_is_refused_and_not_kept(app, till, how, why):
    """WooCommerce answered 204 to a wrong signature, so Stripe believed it was delivered."""
    answer = post(app, till, some_event(till), **how)
    assert (answer.status_code, answer.json["code"], answer.json["why"]) == (
        400, "bad_signature", why,
    )  # fmt: skip
    assert kept() == 0


def test_no_signature_is_no_event(app, till):
    for header in [None, "", "t=1", "v1=x", "t=1,v1=x", "t=,v1=", "é"]:
        headers = {} if header is None else {"Stripe-Signature": header.encode().decode("latin-1")}
        body = till.signed(some_event(till))[0]
        assert app.test_client().post(DOOR, data=body, headers=headers).status_code == 400
    assert kept() == 0


def test_without_a_secret_nothing_is_believed(app, till):
    """PMPro 3.6.5: the fallback for events that cannot be checked was on by default."""
    app.config["STRIPE_WEBHOOK_SECRET"] = ""
    assert post(app, till, some_event(till)).status_code == 400
    assert post(app, till, some_event(till), secrets=[""]).status_code == 400
    assert kept() == 0


def test_a_body_that_was_written_anew_is_refused(app, till):
    body, headers = till.signed(some_event(till))
    again = json.dumps(json.loads(body), indent=1).encode()
    assert app.test_client().post(DOOR, data=again, headers=headers).status_code == 400


NONSENSE = [b"", b"null", b"[]", b"{}", b'{"object":"event"}', b"\xff", b"[" * 100_000,
 b'{"object":"event","id":"evt_1","type":"x","created":-1,"data":{"object":{}}}',
 b'{"object":"event","id":"evt 1","type":"x","created":1,"data":{"object":{}}}',
 b"x" * (512 * 1024 + 1)]  # fmt: skip


def test_signed_nonsense_is_refused(app, till):
    for body in NONSENSE:
        headers = {"Stripe-Signature": webhooks.signature(body, [SECRET], time.time())}
        assert app.test_client().post(DOOR, data=body, headers=headers).status_code == 400
    assert kept() == 0


def test_a_live_event_moves_nothing_in_a_test_and_the_other_way_round(app, till):
    event = some_event(till)
    app.config["STRIPE_API_KEY"] = "sk_live_x"
    answer = post(app, till, event)
    assert (answer.status_code, answer.json["why"]) == (400, "wrong_mode")
    assert kept() == 0


def test_the_secret_is_changed_in_mid_traffic_and_nothing_is_refused(app, till):
    """F17."""
    assert post(app, till, some_event(till)).status_code == 200
    app.config["STRIPE_WEBHOOK_SECRET"] = f"whsec_second {SECRET}"
    assert post(app, till, some_event(till)).status_code == 200
    till.rotate_secret("whsec_second")
    assert post(app, till, some_event(till)).status_code == 200
    till.drop_old_secrets()
    assert post(app, till, some_event(till)).status_code == 200
    app.config["STRIPE_WEBHOOK_SECRET"] = "whsec_second"
    assert post(app, till, some_event(till)).status_code == 200
    assert kept() == 5


def test_clocks_may_differ_by_five_minutes(app, till):
    """F18."""
    event = some_event(till)
    for minutes in range(-10, 11):
        # Not on the very edge: the test itself takes a moment.
        skew = minutes * 60 - (2 if minutes > 0 else -2)
        answer = post(app, till, event, skew=skew)
        assert answer.status_code == (200 if abs(minutes) <= 5 else 400)
        if answer.status_code == 400:
            assert "clocks" in answer.json["detail"]


def test_a_body_that_lies_changes_nothing(app, till, member):
    """A webhook is a hint: what it says of prices and plans is not even read."""
    ada = member("ada@example.test")
    buy(till, ada, "low")
    event = next(one for one in till.events if one["type"] == "customer.subscription.created")
    event["data"]["object"] |= {"status": "active", "items": {"data": []}, "metadata": {}}
    event |= {"api_version": "2030-01-01.other"}
    body = json.dumps(event).encode()
    headers = {"Stripe-Signature": webhooks.signature(body, [SECRET], time.time())}
    assert app.test_client().post(DOOR, data=body, headers=headers).status_code == 200
    work()
    assert billing.find_subscription(ada).tier == "low"


def test_every_request_names_the_version_that_its_answers_are_read_by(app, till):
    """PMPro 3.4.7: an account on a newer version, and renewals were not recorded."""
    assert sdk.api_version == stripe.API_VERSION


def test_taxes_are_part_of_the_total_and_never_silently_nothing(app, till, member):
    """PMPro 3.7.4: a bump of the version silently gave tax = 0."""
    app.config["STRIPE_TAX"] = True
    till.world.tax_percent = 19.0
    ada = member("ada@example.test")
    buy(till, ada, "low")
    deliver(app, till)
    work()
    invoice = db.session.query(Invoice).one()
    assert (invoice.total_minor, invoice.tax_minor) == (1189, 190)
    taxes = [one for one in db.session.query(JournalPosting) if "taxes" in one.credit]
    assert [one.amount_minor for one in taxes] == [190]
    assert billing.find_subscription(ada).price_minor == 999


def test_a_trial_that_takes_no_payment_completes(app, till, member):
    """PMPro: a session with `no_payment_required` never completed."""
    ada = member("ada@example.test")
    session = buy(till, ada, "mid")
    body = till.client().v1.checkout.sessions.retrieve(session)
    assert body.payment_status == "no_payment_required"
    assert billing.settle_checkout(ada, session).state == "complete"
    assert billing.can(ada, "analytics")


def test_an_archived_price_breaks_neither_checkout_nor_who_pays_it(app, till, member):
    ada, bob = member("ada@example.test"), member("bob@example.test")
    buy(till, ada, "low")
    billing.sync_user(ada)
    v1 = till.client().v1
    for price in v1.prices.list(params={"limit": 100}).data:
        v1.prices.update(price.id, params={"active": False})
    billing.sync_plans()
    buy(till, bob, "low")
    billing.sync_user(bob)
    till.advance(days=40)
    deliver(app, till)
    work()
    for one in (ada, bob):
        assert billing.find_subscription(one).tier == "low"
        assert billing.find_subscription(one).status == "active"
    billing.cancel_plan(ada, "robots")


def test_a_trial_that_ends_is_told_of_once(app, till, member):
    """PMPro 3.5.2: reminders were mailed several times."""
    ada = member("ada@example.test")
    buy(till, ada, "mid")
    deliver(app, till)
    work()
    end = billing.paid_plan(ada).trial_end
    till.advance(seconds=int((end - timedelta(days=2) - clock.now()).total_seconds()))
    deliver(app, till, times=5)
    work()
    billing.sync_user(ada)
    assert db.session.query(MailRow).filter_by(topic="trial_ending").count() == 1


@pytest.mark.parametrize(
    ("currency", "amount", "fee"), [("jpy", 980, 58), ("kwd", 9990, 590), ("usd", 999, 59)]
)
def test_amounts_are_whole_whatever_the_decimals(app, till, member, currency, amount, fee):
    """10.2 (13): currencies without and with three decimals."""
    ada = member("ada@example.test")
    billing.buy(ada, CheckoutIn(plan="low"))
    v1 = till.client().v1
    customer = v1.customers.list().data[0].id
    price = v1.prices.create(params={
        "product": "trp_robots_low", "unit_amount": amount, "currency": currency,
        "recurring": {"interval": "month"},
        "metadata": {"trp_ladder": "robots", "trp_plan": "low"},
    })  # fmt: skip
    v1.payment_methods.attach("pm_card_visa", params={"customer": customer})
    card = v1.customers.payment_methods.list(customer).data[0].id
    v1.subscriptions.create(params={
        "customer": customer, "items": [{"price": price.id}], "default_payment_method": card,
    })  # fmt: skip
    deliver(app, till)
    work()
    row = billing.find_subscription(ada)
    assert (row.price_minor, row.currency) == (amount, currency.upper())
    (paid,) = db.session.query(Transaction).all()
    assert (paid.amount_minor, paid.currency, paid.fee_minor) == (amount, currency.upper(), fee)


def test_a_restored_backup_or_a_copy_charges_nobody(app, till, member):
    """F25, PMPro 3.8.4 and MemberMouse: a copy ran renewals, a backup billed again."""
    ada = member("ada@example.test")
    buy(till, ada, "low")
    billing.sync_user(ada)
    with transaction():
        hold.hold("restored")
    before = len([one for one in till.requests if not one.startswith("GET")])
    for act in (
        lambda: billing.change_plan(ada, "robots", "premium", "month"),
        lambda: billing.cancel_plan(ada, "robots"),
        lambda: billing.pause_plan(ada, "robots", 1),
        lambda: billing.refund(db.session.query(Invoice).one().id),
        billing.sync_plans,
    ):
        with pytest.raises(AppError) as caught:
            act()
        assert caught.value.code == "till_held"
    with transaction():
        billing.erase_person(ada)
    work()
    assert len([one for one in till.requests if not one.startswith("GET")]) == before
    assert any(one.subject.startswith("billing.forget") for one in hold.waiting())


@pytest.mark.req("S4-34")
def test_the_api_buys_and_says_what_there_is(app, till, member, bearer):
    ada = member("ada@example.test")
    with transaction():
        billing.subscribe(ada, "premium", source="operator")
    headers = bearer(ada, ["billing:write"])
    client = app.test_client()
    asked = {"ladder": "signals", "plan": "basic", "interval": "month"}
    answer = client.post("/api/subscriptions/checkout", json=asked, headers=headers)
    assert answer.status_code in (201, 422), answer.text
    answer = client.post("/api/subscriptions/checkout", json={"plan": "low"}, headers=headers)
    assert answer.status_code == 201, answer.text
    assert answer.json["url"].startswith(till.url)
    again = headers | {"Idempotency-Key": "k-1"}
    first = client.post("/api/subscriptions/checkout", json={"plan": "mid"}, headers=again)
    second = client.post("/api/subscriptions/checkout", json={"plan": "mid"}, headers=again)
    assert first.json == second.json
    assert second.headers["Idempotent-Replayed"] == "true"
    till.complete(tills.newest_session(till))
    billing.sync_user(ada)
    answer = client.get("/api/subscriptions/change/preview?plan=premium", headers=headers)
    assert (answer.status_code, answer.json["when"]) == (200, "now")
    answer = client.post("/api/subscriptions/cancel", json={}, headers=headers)
    assert answer.json["cancel_at"] is not None
    answer = client.post("/api/subscriptions/resume", json={}, headers=headers)
    assert answer.json["cancel_at"] is None
    answer = client.post("/api/subscriptions/keep", json={}, headers=headers)
    assert (answer.status_code, answer.json["next_plan"]) == (200, None)
    answer = client.post("/api/subscriptions/keep", json={"ladder": 7}, headers=headers)
    assert (answer.status_code, answer.json["code"]) == (422, "invalid")
    answer = client.post("/api/subscriptions/portal", json={}, headers=headers)
    assert answer.status_code == 201
    answer = client.post("/api/subscriptions/pause", json={"months": 1}, headers=headers)
    assert answer.status_code in (200, 409)
    other = bearer(member("bob@example.test"), ["billing:write"])
    for what in ("cancel", "keep"):
        assert client.post(f"/api/subscriptions/{what}", json={}, headers=other).status_code == 404


def test_a_clock_that_begins_looks_at_the_provider_once_an_hour(app, till):
    from workers.clock import begin

    for _ in range(3):
        begin(clock.now())
    assert db.session.query(OutboxRow).filter_by(name="billing.sweep").count() == 1
