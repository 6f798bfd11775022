"""What goes wrong beside the till: deleted customers, refunds that fail, clocks that are turned,
creators who leave. Each was a fault once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from app.billing import service as billing
from app.billing.clients import stripe
from app.billing.errors import TillAwayError
from app.billing.models import Invoice, JournalEntry, ProviderCustomer, ProviderSubscription
from app.billing.schemas.buying import CheckoutIn
from app.billing.service import offers, till_invariants
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import AppError, ConflictError, NotFoundError
from app.core.invariants import Ask
from tests.factories import tills
from tests.factories.creators import seller
from tests.factories.tills import buy, deliver, work


@pytest.fixture
def till(app, monkeypatch):
    with tills.till_of(app, monkeypatch) as fake:
        yield fake


@pytest.fixture
def ada(app, till, member):
    """Return a member who has paid a first month."""
    found = member("ada@example.test")
    buy(till, found, "low")
    settle(app, till)
    return found


def settle(app, till):
    assert deliver(app, till) <= {200}
    work()


def paid_invoice():
    found = db.session.query(Invoice).filter(Invoice.paid_minor > 0).one().id
    db.session.rollback()
    return found


def refunds(till):
    return [(one.amount, one.status) for one in till.client().v1.refunds.list().data]


def customers():
    with transaction():
        return [row.deleted_at is None for row in db.session.query(ProviderCustomer)]


def assert_whole():
    db.session.rollback()
    for look in (till_invariants.find_unlike_subscriptions, till_invariants.find_wrong_access,
                 till_invariants.find_unlike_payments, till_invariants.find_twice,
                 till_invariants.find_stuck_events):  # fmt: skip
        assert look(Ask(0)).faults == []


@pytest.mark.parametrize("told", [True, False])
def test_who_was_deleted_at_the_provider_can_buy_again(app, till, ada, told):
    """Somebody tidies up in the provider's dashboard: the member has no plan, and can have one."""
    first = till.client().v1.customers.list().data[0].id
    charge = till.client().v1.charges.list().data[0].id
    till.client().v1.customers.delete(first)
    if told:
        settle(app, till)
        assert customers() == [False]
        with pytest.raises(NotFoundError):
            billing.open_portal(ada, None)
    else:
        billing.sync_user(ada)
    assert (
        not billing.can(ada, "paper_trading") or billing.find_subscription(ada).status == "expired"
    )
    buy(till, ada, "low")
    settle(app, till)
    assert billing.find_subscription(ada).status == "active"
    assert customers() == [False, True]
    # What becomes of what was paid by the first is still theirs.
    till.dispute(charge)
    settle(app, till)
    assert [one.source_type for one in db.session.query(JournalEntry)].count("dispute") >= 1
    assert_whole()


def test_a_refund_that_failed_can_be_made_anew(app, till, ada):
    invoice = paid_invoice()
    billing.refund(invoice, amount_minor=500)
    till.fail_refund(till.client().v1.refunds.list().data[0].id)
    settle(app, till)
    billing.refund(invoice, amount_minor=500)
    settle(app, till)
    assert refunds(till) == [(500, "succeeded"), (500, "failed")]
    assert billing.refund(invoice) == 499


def test_a_refund_whose_answer_was_lost_is_not_made_twice(app, till, ada, monkeypatch):
    """Whoever reads "try again" and does so has not given back twice as much."""
    monkeypatch.setattr(stripe, "RETRIES", 0)
    stripe._client.cache_clear()
    invoice = paid_invoice()
    till.faults.timeout_after_effect(1, "POST /v1/refunds")
    with pytest.raises(TillAwayError):
        billing.refund(invoice, amount_minor=300)
    stripe._client.cache_clear()
    with pytest.raises(ConflictError) as told:
        billing.refund(invoice, amount_minor=300)
    assert (told.value.code, told.value.details["refunded_minor"]) == ("refunded_meanwhile", 300)
    with transaction():
        assert billing.member_money(ada).invoices[0].refunded_minor == 300
    # It is known by now: whoever wants to give back more, can.
    assert billing.refund(invoice, amount_minor=200) == 200
    # A second press of the button, on a page that was made before.
    with pytest.raises(ConflictError):
        billing.refund(invoice, amount_minor=200, refunded_minor=300)
    assert billing.refund(invoice, amount_minor=99, refunded_minor=500) == 99
    assert billing.refund(invoice) == 400
    assert sum(amount for amount, _ in refunds(till)) == 999


def at_once(app, steps):
    """Do steps at one moment in threads of their own; return their answers, or codes of refusals."""
    barrier = threading.Barrier(len(steps))

    def one(step):
        with app.app_context():
            barrier.wait()
            try:
                return step()
            except AppError as error:
                return error.code
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(steps)) as pool:
        return list(pool.map(one, steps))


def test_what_is_pressed_many_times_is_done_once(app, till, ada):
    invoice = paid_invoice()
    pressed = [lambda: billing.refund(invoice, amount_minor=300, refunded_minor=0)] * 8
    answers = at_once(app, pressed)
    assert 300 in answers
    assert set(answers) <= {300, "refunded_meanwhile"}
    assert refunds(till) == [(300, "succeeded")]
    settle(app, till)
    answers = at_once(app, [lambda: billing.change_plan(ada, "robots", "mid", "month").kind] * 8)
    assert set(answers) <= {"upgrade", "same_plan", "till_busy"}
    settle(app, till)
    charges = [one.amount for one in till.client().v1.charges.list().data]
    assert len(charges) == 2
    steps = [
        lambda: billing.cancel_plan(ada, "robots"),
        lambda: billing.resume_plan(ada, "robots"),
        lambda: billing.pause_plan(ada, "robots", 1),
        lambda: billing.change_plan(ada, "robots", "low", "month").kind,
    ]
    at_once(app, steps * 2)
    settle(app, till)
    assert len(till.client().v1.charges.list().data) == 2
    assert_whole()


def test_two_plans_bought_in_two_windows_are_one_in_the_end(app, till, member):
    bob = member("bob@example.test")
    buys = [lambda plan=plan: billing.buy(bob, CheckoutIn(plan=plan)).url for plan in
            ("low", "low", "mid", "mid")]  # fmt: skip
    answers = at_once(app, buys)
    assert all(answer.startswith(till.url) or answer == "checkout_open" for answer in answers)
    for session in till.client().v1.checkout.sessions.list().data:
        if session.status == "open":
            till.complete(session.id, "pm_card_visa")
    settle(app, till)
    settle(app, till)
    living = list(till.client().v1.subscriptions.list().data)
    assert len(living) == 1
    paid = sum(one.amount for one in till.client().v1.charges.list().data)
    back = sum(amount for amount, _ in refunds(till))
    assert paid - back == (0 if living[0].status == "trialing" else 999)
    assert len(till.client().v1.customers.list().data) == 1
    assert_whole()


def test_no_field_of_a_form_makes_a_fault(app, site, till, ada):
    """Numbers with thousands of digits, other letters, empty and foreign values."""
    site.link(7, ada)
    given = ("", "0", "-1", "9" * 5000, "1e9", "²", "\x00", "x" * 2000, "../..", "1,5")
    for action, field in (
        ("pause", "months"), ("change", "proration_at"), ("change", "buy"), ("checkout", "buy"),
        ("checkout", "interval"), ("cancel", "feedback"), ("cancel", "comment"), ("keep", "ladder"),
        ("resume", "ladder"), ("portal", "payment_method"),
    ):  # fmt: skip
        for value in given:
            body = urlencode({"ladder": "creator", "buy": "creator", field: value}).encode()
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            answer = site.post(f"/embed/plan/{action}", wp_user_id=7, data=body, headers=headers)
            assert answer.status_code in (200, 422), (action, field, value[:20])
    row = billing.paid_plan(ada)
    assert (row.plan, row.is_paused, row.cancel_at, row.next_plan) == ("low", False, None, None)


def test_a_clock_that_went_ahead_holds_nothing_up(app, till, ada, monkeypatch):
    """What was written by it bears a time to come; that is no reason to keep it."""
    ahead = clock.now
    monkeypatch.setattr(clock, "now", lambda: ahead() - timedelta(hours=1))
    till.client().v1.subscriptions.cancel(till.client().v1.subscriptions.list().data[0].id)
    assert deliver(app, till, skew=-3600) == {200}
    work()
    assert db.session.query(ProviderSubscription).one().status == "canceled"
    assert billing.find_subscription(ada).status == "expired"


@pytest.fixture
def offer(app, till):
    """Return an offer on sale and who sells it."""
    creator = seller(till)
    with transaction():
        made = offers.add(creator, "Signals", "", "25")
    offers.publish(creator, made.id)
    return creator, made.id


def subscribe_to(till, user_id, offer_id):
    buy(till, user_id, "offer", ladder="offers", offer_id=offer_id)


def test_nobody_buys_what_they_sell(till, offer):
    """A stolen card would become a payout."""
    creator, offer_id = offer
    with pytest.raises(ConflictError) as refused:
        billing.buy(creator, CheckoutIn(ladder="offers", plan="offer", offer_id=offer_id))
    assert refused.value.code == "own_offer"
    assert till.client().v1.checkout.sessions.list().data == []


def test_nobody_pays_on_for_what_an_erased_creator_sold(app, till, member, offer):
    from app.privacy import service as privacy

    creator, offer_id = offer
    bob, eve = member("bob@example.test"), member("eve@example.test")
    subscribe_to(till, bob, offer_id)
    settle(app, till)
    billing.buy(eve, CheckoutIn(ladder="offers", plan="offer", offer_id=offer_id))
    session = tills.newest_session(till)
    privacy.erase_person(creator)
    # Eve has the page to pay open in that moment.
    till.complete(session, "pm_card_visa")
    work()
    with pytest.raises(NotFoundError):
        billing.buy(member("joe@example.test"), CheckoutIn(
            ladder="offers", plan="offer", offer_id=offer_id))  # fmt: skip
    settle(app, till)
    assert billing.paid_plan(bob, "offers", offer_id).cancel_at is not None
    with pytest.raises(ConflictError) as refused:
        billing.resume_plan(bob, "offers", offer_id)
    assert refused.value.code == "creator_gone"
    assert billing.paid_plan(eve, "offers", offer_id).cancel_at is None
    assert billing.sweep()["orphans"] == 1
    work()
    assert billing.paid_plan(eve, "offers", offer_id).cancel_at is not None
    till.advance(days=70)
    settle(app, till)
    assert billing.sweep()["orphans"] == 0
    charges = [one.amount for one in till.client().v1.charges.list().data]
    assert charges == [2500, 2500]
    assert billing.paid_plan(bob, "offers", offer_id) is None
