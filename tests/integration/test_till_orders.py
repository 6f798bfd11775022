"""Events late, twice, in any order, at once, never; the provider slow, broken, silent: one state."""

from __future__ import annotations

import contextlib
import itertools
import random
import threading
from collections import Counter

import pytest

from app.billing import service as billing
from app.billing.errors import TillAwayError
from app.billing.models import (
    Checkout,
    Invoice,
    JournalEntry,
    JournalPosting,
    ProviderEvent,
    ProviderSubscription,
    Subscription,
    Transaction,
)
from app.billing.schemas.buying import CheckoutIn
from app.billing.service import syncing, webhooks
from app.billing.service import till_invariants as invariants
from app.core import clock
from app.core.db import db, transaction
from app.core.invariants import Ask
from app.core.outbox import OutboxRow
from app.notifications.models import MailRow
from tests.factories import tills
from tests.factories.tills import buy, deliver, work

SIX = (
    "customer.subscription.created", "invoice.created", "invoice.finalized", "charge.succeeded",
    "invoice.paid", "checkout.session.completed",
)  # fmt: skip
HOLDS = (
    invariants.find_stuck_events, invariants.find_lost_events,
    invariants.find_unlike_subscriptions, invariants.find_wrong_access,
    invariants.find_unlike_payments, invariants.find_twice,
)  # fmt: skip


class UndoneError(Exception):
    """Ends a round without keeping it."""


@pytest.fixture
def till(app, monkeypatch):
    with tills.till_of(app, monkeypatch) as fake:
        yield fake


def all_holds(till):
    """Look at the invariants when everything has settled."""
    till.advance(hours=1)
    for find in HOLDS:
        assert find(Ask()).faults == [], find.__name__


def state():
    """Return all that events leave behind, without times and row numbers."""
    db.session.flush()
    return {
        "history": [
            (one.tier, one.status, one.price_minor, one.interval, one.ends_at, one.source)
            for one in db.session.query(Subscription).order_by(Subscription.id)
        ],
        "mirror": [
            (one.provider_id, one.status, one.plan) for one in db.session.query(ProviderSubscription)
        ],
        "invoices": sorted(
            (one.provider_id, one.status, one.paid_minor) for one in db.session.query(Invoice)
        ),
        "payments": sorted(
            (one.provider_ref, one.kind, one.amount_minor) for one in db.session.query(Transaction)
        ),
        "journal": sorted(
            (one.debit, one.credit, one.amount_minor) for one in db.session.query(JournalPosting)
        ),
        "causes": sorted(
            (one.source_type, one.purpose) for one in db.session.query(JournalEntry)
        ),
        "mails": sorted(one.topic for one in db.session.query(MailRow)),
        "checkouts": [one.state for one in db.session.query(Checkout)],
        "events": sorted((one.event_id, one.state) for one in db.session.query(ProviderEvent)),
    }  # fmt: skip


def work_inside():
    """Do what waits, in the transaction that is open; the outbox would end it."""
    waiting = db.session.query(ProviderEvent.subject).filter_by(state="pending").distinct()
    for (subject,) in waiting.order_by(ProviderEvent.subject).all():
        billing.work(subject)


@pytest.mark.req("S4-33")
def test_all_720_orders_of_a_checkout_end_in_one_state(app, till, member, monkeypatch):
    """F11 and F12, and Laravel Cashier #1201: `updated` before `created` left a payer without.

    Each event comes one to five times. What the provider answers is the same for all orders, so it
    is fetched once; every round is undone instead of committed, which makes 720 of them quick.
    """
    ada = member("ada@example.test")
    with transaction():
        billing.subscribe(ada, "free", source="operator")
    # A plan without a trial, so that money moves at once.
    billing.buy(ada, CheckoutIn(plan="low"))
    till.complete(tills.newest_session(till))
    by_type = {}
    for event in till.events:
        by_type.setdefault(event["type"], event)
    chosen = [by_type[name] for name in SIX]
    deliveries = [till.signed(event) for event in chosen]
    real, kept = syncing._fetch, {}

    def fetch(customer_id, user_id, invoice_ids):
        return kept[customer_id]

    customer = till.client().v1.customers.list().data[0].id
    kept[customer] = real(customer, ada, set())
    monkeypatch.setattr(syncing, "_fetch", fetch)
    chance, seen = random.Random(7), Counter()
    for order in itertools.permutations(range(6)):
        with contextlib.suppress(UndoneError), transaction():
            for place in order:
                for _ in range(chance.choice((1, 1, 1, 1, 1, 1, 2, 5))):
                    body, headers = deliveries[place]
                    webhooks.receive(body, headers["Stripe-Signature"])
                if chance.random() < 0.05:
                    work_inside()
            work_inside()
            seen[repr(state())] += 1
            raise UndoneError
    assert list(seen.values()) == [720]
    (found,) = seen
    assert found.count("('low', 'active', 999, 'month', None, 'stripe')") == 1
    assert "pending" not in found


@pytest.mark.parametrize("seed", range(4))
def test_members_in_any_mess_of_deliveries_end_as_at_the_provider(app, till, member, seed):
    members = [member(f"m{number}@example.test") for number in range(3)]
    for one in members:
        buy(till, one, "mid")
    deliver(app, till, order="shuffled", times=(1, 5), seed=seed)
    work()
    till.advance(days=40)
    deliver(app, till, order="shuffled", times=(1, 5), seed=seed)
    work()
    assert [len(billing.list_subscriptions(one)) for one in members] == [2, 2, 2]
    all_holds(till)


@pytest.mark.req("S4-33")
def test_one_in_ten_events_lost_for_ever_is_swept(app, till, member):
    """F14, and MemberPress: charged at the gateway, and the site never heard."""
    members = [member(f"m{number}@example.test") for number in range(5)]
    for one in members:
        buy(till, one, "low")
    till.client().v1.refunds.create(params={"charge": till.client().v1.charges.list().data[0].id})
    # All that tells of the last two members is lost, and one in ten of the rest.
    lost = {str(one["id"]) for one in till.events[-40:]}
    chance = random.Random(3)
    deliver(app, till, drop=lambda one: one["id"] in lost or chance.random() < 0.1)
    work()
    found = billing.sweep()
    assert found["events"] > 0
    work()
    assert all(billing.find_subscription(one).tier == "low" for one in members)
    till.advance(hours=1)
    # The provider still calls them undelivered; here they are known.
    again = billing.sweep()
    assert {name: again[name] for name in ("events", "subscriptions", "charges")} == {
        "events": 0, "subscriptions": 0, "charges": 0,
    }  # fmt: skip
    all_holds(till)


def test_what_is_older_than_the_events_is_found_by_the_lists(app, till, member):
    ada = member("ada@example.test")
    buy(till, ada, "low")
    deliver(app, till, drop=1.0)
    till.advance(days=31)
    deliver(app, till, drop=1.0)
    billing.sweep()
    work()
    assert billing.find_subscription(ada).tier == "low"


def test_created_updated_and_paid_at_one_moment_in_eight_threads(engine_app, monkeypatch, member):
    """F13, and pay #371: three events at once made three subscriptions."""
    app = engine_app
    with tills.till_of(app, monkeypatch) as till:
        ada = member("ada@example.test")
        buy(till, ada, "low")
        post = tills.poster(app)

        def in_context(body, headers):
            with app.app_context():
                return post(body, headers)

        answers = till.deliver(in_context, parallel=8, times=2)
        assert {one.status for one in answers} == {200}
        with transaction():
            customer = db.session.query(ProviderEvent.subject).filter(
                ProviderEvent.subject.like("customer:%")).distinct().one()[0]  # fmt: skip
        errors = []

        def run():
            with app.app_context():
                try:
                    billing.work(customer)
                except Exception as error:
                    errors.append(error)
                finally:
                    db.session.remove()

        threads = [threading.Thread(target=run) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        assert len(billing.list_subscriptions(ada)) == 1
        assert db.session.query(Transaction).count() == 1
        assert db.session.query(JournalEntry).filter_by(purpose="paid").count() == 1
        work()
        all_holds(till)


FAULTS = {
    "timeout after effect": lambda faults, where: faults.timeout_after_effect(n=2, where=where),
    "timeout before": lambda faults, where: faults.timeout_before_effect(n=2, where=where),
    "500": lambda faults, where: faults.fail(500, n=2, where=where),
    "429": lambda faults, where: faults.fail(429, where=where),
    "409": lambda faults, where: faults.fail(409, n=2, where=where),
}


PLACES = itertools.cycle(["/v1/subscriptions", "/v1/invoices", "/v1/payment_intents/"])


@pytest.mark.parametrize(("fault", "where"), list(zip(FAULTS, PLACES, strict=False)))
def test_a_provider_that_fails_is_asked_again_until_all_is_there(app, till, member, fault, where):
    """F15."""
    ada = member("ada@example.test")
    buy(till, ada, "low")
    deliver(app, till)
    FAULTS[fault](till.faults, f"GET {where}")
    perform_failing()
    assert db.session.query(OutboxRow).filter(OutboxRow.name == "billing.work",
                                              OutboxRow.state == "pending").count() == 1  # fmt: skip
    till.advance(seconds=61)
    work()
    assert billing.find_subscription(ada).tier == "low"
    assert db.session.query(Transaction).count() == 1
    all_holds(till)


def perform_failing():
    """Do the waiting jobs once, as a worker that notes what fails."""
    from app.core import outbox
    from workers import queues

    for row in db.session.query(OutboxRow).filter(OutboxRow.name == "billing.work",
                                                  OutboxRow.state == "pending").all():  # fmt: skip
        with pytest.raises(TillAwayError):
            queues._perform(row.id)
        db.session.rollback()
        outbox.fail(row.id, "TillAwayError: away", outbox.PATIENT)


def test_after_the_last_try_events_are_dead_with_an_alarm_and_can_be_replayed(app, till, member):
    ada = member("ada@example.test")
    buy(till, ada, "low")
    deliver(app, till)
    (row,) = db.session.query(OutboxRow).filter_by(name="billing.work").all()
    row_id = row.id
    from app.core import outbox

    with transaction():
        db.session.get(OutboxRow, row_id).attempts = len(outbox.PATIENT)
    till.faults.fail(500, n=2, where="GET /v1/subscriptions")
    perform_failing()
    assert set(tills.states()) == {"dead", "ignored"}
    event = next(one for one in till.events if one["type"] == "invoice.paid")
    with transaction():
        billing.replay_event(event["id"])
    work()
    assert billing.find_subscription(ada).tier == "low"


def test_a_lock_that_has_ended_writes_nothing(app, till, member, monkeypatch):
    from datetime import timedelta

    from app.billing.errors import LeaseLostError
    from app.billing.models import BillingLease

    ada = member("ada@example.test")
    buy(till, ada, "low")
    real = syncing._fetch

    def slow(*asked):
        found = real(*asked)
        with transaction():
            for lease in db.session.query(BillingLease):
                lease.holder = "somebody else"
                lease.ends_at = clock.now() + timedelta(minutes=2)
        return found

    monkeypatch.setattr(syncing, "_fetch", slow)
    with pytest.raises(LeaseLostError):
        billing.sync_user(ada)
    assert billing.find_subscription(ada) is None


def test_what_was_fetched_earlier_does_not_overwrite_what_is_newer(app, till, member):
    from dataclasses import replace
    from datetime import timedelta

    ada = member("ada@example.test")
    buy(till, ada, "low")
    customer = till.client().v1.customers.list().data[0].id
    old = syncing._fetch(customer, ada, set())
    billing.sync_user(ada)
    billing.cancel_plan(ada, "robots", now=True)
    late = replace(old, fetched_at=old.fetched_at - timedelta(seconds=1))
    with transaction():
        syncing.write(late)
    assert db.session.query(ProviderSubscription).one().status == "canceled"
    assert billing.find_subscription(ada).status == "expired"
