"""Creators are paid once, whatever is cut, lost or done twice."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.billing.clients import stripe
from app.billing.errors import LeaseLostError, TillAwayError
from app.billing.models import Payout
from app.billing.queries import journal as queries
from app.billing.service import creators, journal, payouts
from app.core import clock, hold
from app.core.db import db, transaction
from app.core.outbox import OutboxRow
from tests.factories import tills
from tests.factories.creators import earned, get, seller, turn_off_codes
from tests.factories.money import invoice, offer
from tests.factories.tills import deliver, work
from workers import queues

OLD = timedelta(days=40)


@pytest.fixture
def till(engine_app, monkeypatch):
    # The SDK's own second try would be answered by the key; here the answer is lost for good.
    monkeypatch.setattr(stripe, "RETRIES", 0)
    with tills.till_of(engine_app, monkeypatch) as fake:
        fake.top_up(10_000_000)
        yield fake


def transfers(till):
    return till.client().v1.transfers.list({"limit": 100}).data


def balance(account):
    with transaction():
        return queries.balance(account, "USD")


def payouts_of(creator_id):
    with transaction():
        db.session.expire_all()
        rows = db.session.query(Payout).filter_by(creator_id=creator_id).order_by(Payout.id)
        return [(row.amount_minor, row.state) for row in rows]


@pytest.mark.req("S3-46", "S3-66", "S1-94", "S3-17")
def test_a_creator_is_paid_what_has_matured(engine_app, till):
    user_id = seller(till)
    earned(user_id, 7_000, clock.now() - OLD, "901")
    earned(user_id, 900, clock.now(), "902")
    assert payouts.plan_week() == 1
    assert (balance(f"payable:{user_id}"), balance("payouts_in_transit")) == (900, 7_000)
    work()
    assert payouts_of(user_id) == [(7_000, "sent")]
    assert [one.amount for one in transfers(till)] == [7_000]
    assert (balance("payouts_in_transit"), balance("stripe_clearing")) == (0, 900)
    assert payouts.plan_week() == 0  # once a week
    till.advance(days=21)
    assert payouts.plan_week() == 0  # 9.00 is less than what is sent
    assert db.session.query(Payout).count() == 1


def test_a_lost_answer_is_unknown_and_looked_up_after_the_key_is_forgotten(engine_app, till):
    user_id = seller(till)
    earned(user_id, 7_000, clock.now() - OLD, "901")
    payouts.plan_week()
    (row,) = db.session.query(Payout).all()
    till.faults.timeout_after_effect(9, "POST /v1/transfers")
    with pytest.raises(TillAwayError):
        payouts.send(row.id)
    till.faults.clear()
    assert payouts_of(user_id) == [(7_000, "unknown")]
    assert balance("payouts_in_transit") == 7_000
    till.advance(hours=25)
    assert payouts.resolve() == 1
    work()
    assert payouts_of(user_id) == [(7_000, "sent")]
    assert len(transfers(till)) == 1


def test_a_request_that_never_arrived_is_made_again(engine_app, till):
    user_id = seller(till)
    earned(user_id, 7_000, clock.now() - OLD, "901")
    payouts.plan_week()
    (row,) = db.session.query(Payout).all()
    till.faults.timeout_before_effect(9, "POST /v1/transfers")
    with pytest.raises(TillAwayError):
        payouts.send(row.id)
    till.faults.clear()
    payouts.send(row.id)
    payouts.send(row.id)
    assert payouts_of(user_id) == [(7_000, "sent")]
    assert len(transfers(till)) == 1


def test_what_the_provider_refuses_comes_back_and_is_paid_a_week_later(engine_app, till):
    user_id = seller(till)
    earned(user_id, 20_000_000, clock.now() - OLD, "901")  # more than there is at the provider
    payouts.plan_week()
    work()
    assert payouts_of(user_id) == [(20_000_000, "failed")]
    assert (balance(f"payable:{user_id}"), balance("payouts_in_transit")) == (20_000_000, 0)
    till.top_up(20_000_000)
    till.advance(days=7)
    payouts.plan_week()
    work()
    assert payouts_of(user_id)[1:] == [(20_000_000, "sent")]


def test_a_reversal_is_a_further_entry(engine_app, till):
    user_id = seller(till)
    earned(user_id, 7_000, clock.now() - OLD, "901")
    payouts.plan_week()
    work()
    (made,) = transfers(till)
    till.client().v1.transfers.reversals.create(made.id, {"amount": 3_000})
    for _ in range(2):
        deliver(engine_app, till)
        work()
    assert balance(f"payable:{user_id}") == 3_000
    till.client().v1.transfers.reversals.create(made.id, {})
    deliver(engine_app, till)
    work()
    assert payouts_of(user_id) == [(7_000, "reversed")]
    assert balance(f"payable:{user_id}") == 7_000


def test_a_refund_after_the_payout_is_recovered_from_later_sales(engine_app, till):
    user_id = seller(till)
    old = clock.now() - OLD
    paid = invoice(10_000, offer_id=offer(user_id), paid_at=old)
    with transaction():
        journal.record_invoice_paid(paid)
    payouts.plan_week()
    work()
    assert payouts_of(user_id) == [(8_100, "sent")]
    with transaction():
        journal.record_refund(paid, "re_1", 10_000, clock.now())
    assert balance(f"payable:{user_id}") == -8_100
    earned(user_id, 11_000, clock.now() - OLD, "902")
    till.advance(days=7)
    payouts.plan_week()
    work()
    assert payouts_of(user_id)[1:] == [(2_900, "sent")]


def test_who_is_suspended_without_codes_or_account_is_not_paid(engine_app, till):
    suspended, plain, nobody = seller(till), seller(till), seller()
    for number, user_id in enumerate((suspended, plain, nobody)):
        earned(user_id, 7_000, clock.now() - OLD, f"90{number}")
    with transaction():
        creators.set_suspended(suspended, "disputes", is_suspended=True)
    turn_off_codes(plain)
    assert payouts.plan_week() == 0
    with transaction():
        found = [payouts.decision(get(one), "USD").why for one in (suspended, plain, nobody)]
    assert found == ["suspended", "second_factor", "no_account"]


def test_who_is_suspended_between_decision_and_sending_is_not_paid(engine_app, till):
    user_id = seller(till)
    earned(user_id, 7_000, clock.now() - OLD, "901")
    payouts.plan_week()
    with transaction():
        creators.set_suspended(user_id, "disputes", is_suspended=True)
    work()
    assert payouts_of(user_id) == [(7_000, "failed")]
    assert transfers(till) == []


def test_a_held_installation_pays_nobody(engine_app, till):
    user_id = seller(till)
    earned(user_id, 7_000, clock.now() - OLD, "901")
    payouts.plan_week()
    with transaction():
        hold.hold("restored")
    assert payouts.plan_week() == 0
    rows = db.session.scalars(select(OutboxRow.id).where(OutboxRow.name == "billing.send_payout"))
    for row_id in rows.all():
        queues._perform(row_id)
    assert payouts_of(user_id) == [(7_000, "pending")]
    assert transfers(till) == []
    with transaction():
        hold.release()
    work()
    assert payouts_of(user_id) == [(7_000, "sent")]


def at_once(app, step, count):
    """Run a step in so many threads, each with a context of its own; return the errors."""
    start, faults = threading.Barrier(count), []

    def run():
        with app.app_context():
            start.wait()
            try:
                step()
            except Exception as error:
                faults.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return faults


def test_fifty_jobs_at_once_pay_once(engine_app, till):
    user_id = seller(till)
    earned(user_id, 7_000, clock.now() - OLD, "901")
    assert at_once(engine_app, payouts.plan_week, 50) == []
    (row,) = db.session.query(Payout).all()
    faults = at_once(engine_app, lambda: payouts.send(row.id), 8)
    assert all(isinstance(one, LeaseLostError) for one in faults)
    assert payouts_of(user_id) == [(7_000, "sent")]
    assert [one.amount for one in transfers(till)] == [7_000]
    assert balance("stripe_clearing") == 0


def test_reserves_are_released_after_ninety_days_but_not_while_disputed(engine_app, till):
    user_id = seller()
    made = offer(user_id)
    old = clock.now() - timedelta(days=91)
    sales = [invoice(10_000, offer_id=made, paid_at=old) for _ in range(3)]
    young = invoice(10_000, offer_id=made, paid_at=clock.now() - timedelta(days=80))
    with transaction():
        for one in (*sales, young):
            journal.record_invoice_paid(one)
        journal.record_refund(sales[0], "re_1", 5_000, clock.now())
        journal.record_dispute(sales[1], "dp_1", "opened", 10_000, clock.now())
    assert balance(f"reserve:{user_id}") == 900 * 3 + 450 + 8_100
    assert payouts.release_reserves() == 2
    assert payouts.release_reserves() == 0
    assert balance(f"reserve:{user_id}") == 900 + 9_000
    with transaction():
        journal.record_dispute(sales[1], "dp_1", "won", 10_000, clock.now())
    assert payouts.release_reserves() == 1
    assert balance(f"reserve:{user_id}") == 900
