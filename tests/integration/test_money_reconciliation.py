"""The journal against the provider's balance: nothing is open, or it has a name."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.billing.models import Reconciliation
from app.billing.queries import journal as queries
from app.billing.rules.postings import Cause, Posting
from app.billing.service import alarms, journal, offers, payouts, reconciliation
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import NotFoundError
from tests.factories import tills
from tests.factories.creators import earned, seller
from tests.factories.money import person
from tests.factories.tills import deliver, work


@pytest.fixture
def till(engine_app, monkeypatch):
    with tills.till_of(engine_app, monkeypatch) as fake:
        yield fake


@pytest.fixture
def rung(monkeypatch):
    found = []

    def ring(kind, detail, _user_id=None):
        if kind == "reconciliation":
            found.append(detail)

    monkeypatch.setattr(alarms, "ring", ring)
    return found


def newest(currency="USD"):
    with transaction():
        db.session.expire_all()
        rows = db.session.query(Reconciliation).filter_by(currency=currency)
        return rows.order_by(Reconciliation.day.desc()).first()


def settle(app, till):
    deliver(app, till)
    work()


def test_sales_refunds_disputes_and_payouts_leave_no_difference(engine_app, till, rung):
    user_id = seller(till)
    with transaction():
        made = offers.add(user_id, "Signals", "", "100")
    offers.publish(user_id, made.id)
    buyers = [person() for _ in range(3)]
    for buyer in buyers:
        tills.buy(till, buyer, "offer", ladder="offers", offer_id=made.id)
    settle(engine_app, till)
    charges = [one.id for one in till.client().v1.charges.list({"limit": 10}).data]
    till.client().v1.refunds.create({"charge": charges[0], "amount": 2_500})
    disputed = till.dispute(charges[1])
    settle(engine_app, till)
    till.end_dispute(disputed["id"], won=False)
    till.settle()
    settle(engine_app, till)
    till.advance(days=20)
    settle(engine_app, till)
    payouts.plan_week()
    work()
    till.top_up(10_000)
    till.client().v1.payouts.create({"amount": 1_000, "currency": "usd"})
    till.advance(days=1)
    settle(engine_app, till)
    reconciliation.reconcile()
    found = newest()
    assert (found.explained, found.difference_minor) == ([], 0)
    held = till.client().v1.balance.retrieve()
    provider = sum(one.amount for one in [*held.available, *held.pending])
    assert found.provider_minor == found.journal_minor == provider
    with transaction():
        assert queries.balance("stripe_clearing", "USD") == provider
        assert queries.balance("bank", "USD") == 1_000 - 10_000
    assert rung == []
    count = db.session.query(Reconciliation).count()
    reconciliation.reconcile()
    assert db.session.query(Reconciliation).count() == count


def test_what_no_event_has_told_is_named_and_an_alarm_after_three_days(engine_app, till, rung):
    tills.buy(till, person(), "premium")
    till.advance(days=40)  # the trial is over, and nothing is delivered
    reconciliation.reconcile()
    charges = {one.id for one in till.client().v1.charges.list().data}
    found = newest()
    assert {one["key"] for one in found.explained} == charges
    assert {one["what"] for one in found.explained} == {"provider"}
    opened = sum(one["amount_minor"] for one in found.explained)
    assert found.provider_minor - found.journal_minor == opened > 0
    assert found.difference_minor == opened
    assert all(any(charge in one for one in rung) for charge in charges)
    settle(engine_app, till)
    till.advance(days=1)
    reconciliation.reconcile()
    assert (newest().explained, newest().difference_minor) == ([], 0)


def test_a_fee_that_is_not_known_yet_is_named_as_one(engine_app, till, rung, monkeypatch):
    monkeypatch.setattr(journal, "record_fee", lambda *_args, **_named: None)
    user_id = seller(till)
    with transaction():
        made = offers.add(user_id, "Signals", "", "100")
    offers.publish(user_id, made.id)
    tills.buy(till, person(), "offer", ladder="offers", offer_id=made.id)
    settle(engine_app, till)
    till.advance(days=1)
    reconciliation.reconcile()
    (one,) = newest().explained
    assert (one["what"], one["amount_minor"]) == ("fee", -320)
    assert newest().difference_minor == 0
    assert rung == []


def test_what_the_journal_alone_has_is_found_and_may_be_explained(engine_app, till, rung):
    earned(seller(), 4_200, clock.now(), "77")
    till.advance(days=5)
    reconciliation.reconcile()
    (one,) = newest().explained
    assert (one["key"], one["what"], one["amount_minor"]) == ("invoice:77", "journal", -4_200)
    assert newest().difference_minor == -4_200
    with transaction():
        reconciliation.explain("USD", "invoice:77", "paid by bank transfer")
    till.advance(days=1)
    reconciliation.reconcile()
    with transaction():
        assert queries.balance("stripe_clearing", "USD") == 0
    with pytest.raises(NotFoundError), transaction():
        reconciliation.explain("USD", "ch_unknown", "?")


def test_currencies_are_compared_each_by_its_own(engine_app, till, rung):
    with transaction():
        rows = [Posting("stripe_clearing", "revenue:robots", 500, "JPY")]
        journal.post(Cause("correction", "1", "explained"), rows, clock.now())
    till.advance(days=1)
    reconciliation.reconcile()
    assert newest("JPY").journal_minor == 500
    till.top_up(500, "jpy")
    till.advance(days=1)
    reconciliation.reconcile()
    assert newest("JPY").provider_minor == 500
    assert clock.now() > newest("JPY").checked_at - timedelta(days=1)
