from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from app.billing.errors import JournalConflictError
from app.billing.models import Invoice, JournalEntry, JournalPosting
from app.billing.queries import journal as queries
from app.billing.rules.postings import Cause, Posting
from app.billing.service import journal
from app.core import metrics
from app.core.db import db, transaction
from app.core.errors import NotFoundError, ValidationError
from tests.factories.money import AT, creator, invoice, offer

CAUSE = Cause("correction", "1", "explained")
ROWS = [Posting("stripe_clearing", "revenue:robots", 2_999, "USD")]


def post(rows=ROWS, cause=CAUSE):
    with transaction():
        return journal.post(cause, rows, AT).id


def call(function, *args):
    with transaction():
        return function(*args)


def balances(currency="USD"):
    return {name: amount for name, unit, amount in queries.balances() if unit == currency}


@pytest.fixture
def told(monkeypatch):
    found = []
    monkeypatch.setattr(metrics, "count_now", lambda kind, *labels: found.append((kind, *labels)))
    return found


def test_a_cause_is_posted_once(engine_app):
    assert post() == post()
    assert db.session.scalar(select(func.count(JournalPosting.id))) == 1
    assert queries.balance("stripe_clearing", "USD") == 2_999


def test_the_same_cause_with_other_amounts_is_an_error_and_an_alarm(engine_app, told):
    post()
    with pytest.raises(JournalConflictError):
        post([ROWS[0]._replace(amount_minor=2_998)])
    assert told == [("money_alarms", "journal_conflict")]
    assert queries.balance("stripe_clearing", "USD") == 2_999


def test_an_entry_moves_positive_amounts_between_two_accounts(app):
    one = ROWS[0]
    wrong = (
        [],
        [one._replace(amount_minor=0)],
        [one._replace(amount_minor=-5)],
        [one._replace(debit=one.credit)],
        [one._replace(currency="usd")],
    )
    for rows in wrong:
        with pytest.raises(ValidationError):
            post(rows)
    with pytest.raises(RuntimeError, match="transaction"):
        journal.post(CAUSE, ROWS, AT)


def test_an_entry_goes_with_the_callers_transaction(app):
    def fail():
        journal.post(CAUSE, ROWS, AT)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        call(fail)
    assert db.session.scalar(select(func.count(JournalEntry.id))) == 0
    assert balances() == {}


def test_the_database_refuses_changes(engine_app):
    post()
    for statement in (
        "UPDATE journal_postings SET amount_minor = 1",
        "DELETE FROM journal_postings",
        "DELETE FROM journal_entries",
    ):
        with pytest.raises(DBAPIError, match="append-only"), transaction():
            db.session.execute(text(statement))


@pytest.mark.req("S0-128", "S3-45")
def test_a_paid_offer_is_shared_and_names_its_split(engine_app):
    seller = creator()
    paid = invoice(5_400, tax_minor=400, offer_id=offer(seller))
    entry = call(journal.record_invoice_paid, paid)
    call(journal.record_invoice_paid, paid)
    call(journal.record_fee, "invoice", str(paid), 187, "usd", AT)
    assert entry.split_id == queries.find_split("creator", AT.date()).id
    assert balances() == {
        "fees": 187,
        f"payable:{seller}": 4_050,
        f"reserve:{seller}": 450,
        "revenue:creator": 500,
        "stripe_clearing": 5_213,
        "taxes": 400,
    }


@pytest.mark.req("S0-60")
def test_a_replica_is_shared_sixty_to_forty(app):
    seller = creator()
    paid = invoice(5_000, offer_id=offer(seller, product_type="replica"))
    call(journal.record_invoice_paid, paid)
    now = balances()
    assert now[f"payable:{seller}"] + now[f"reserve:{seller}"] == 3_000
    assert now["revenue:replica"] == 2_000


def test_a_plan_is_the_platforms_and_a_trial_moves_nothing(app):
    call(journal.record_invoice_paid, invoice(2_999))
    assert call(journal.record_invoice_paid, invoice(0)) is None
    assert balances() == {"revenue:robots": 2_999, "stripe_clearing": 2_999}


def test_what_is_not_paid_is_not_posted(app):
    with pytest.raises(ValidationError):
        call(journal.record_invoice_paid, invoice(2_999, status="open", paid_at=None))
    with pytest.raises(NotFoundError):
        call(journal.record_invoice_paid, 4_711)


def test_an_invoice_that_changed_after_it_was_posted_raises_an_alarm(app, told):
    paid = invoice(2_999)
    call(journal.record_invoice_paid, paid)
    with transaction():
        db.session.get(Invoice, paid).paid_minor = 1
    call(journal.record_invoice_paid, paid)
    assert told == [("money_alarms", "invoice_differs")]


def test_refunds_give_each_part_back(engine_app, told):
    seller = creator()
    paid = invoice(5_400, tax_minor=400, offer_id=offer(seller))
    call(journal.record_refund, paid, "re_1", 1_801, AT)  # the payment itself came later
    call(journal.record_refund, paid, "re_2", 3_599, AT)
    again = call(journal.record_refund, paid, "re_1", 1_801, AT)
    assert again.source_id == f"{paid}:re_1"
    left = {name: amount for name, amount in balances().items() if amount}
    assert left == {"revenue:creator": 500, "refunds:creator": 500}
    with pytest.raises(JournalConflictError):
        call(journal.record_refund, paid, "re_1", 1_800, AT)
    assert told == [("money_alarms", "journal_conflict")]


def test_a_failed_refund_is_taken_back_by_a_further_entry(app):
    paid = invoice(2_999)
    call(journal.record_invoice_paid, paid)
    before = balances()
    call(journal.record_refund, paid, "re_1", 1_000, AT)
    call(journal.record_refund_failed, paid, "re_1", AT + timedelta(days=1))
    assert {name: amount for name, amount in balances().items() if amount} == before
    with pytest.raises(NotFoundError):
        call(journal.record_refund_failed, paid, "re_9", AT)


def test_a_lost_dispute_is_borne_like_a_refund(engine_app):
    seller = creator()
    paid = invoice(5_000, offer_id=offer(seller))
    call(journal.record_dispute, paid, "dp_1", "opened", 5_000, AT)
    call(journal.record_fee, "dispute", f"{paid}:dp_1", 1_500, "USD", AT)
    during = balances()
    assert (during["disputes"], during[f"payable:{seller}"]) == (5_000, 0)
    assert during[f"reserve:{seller}"] == 4_500  # kept back while it is open
    for _ in range(2):
        call(journal.record_dispute, paid, "dp_1", "lost", 5_000, AT)
    left = {name: amount for name, amount in balances().items() if amount}
    assert left == {
        "fees": 1_500,
        "refunds:creator": 500,
        "revenue:creator": 500,
        "stripe_clearing": -1_500,
    }


def test_a_won_dispute_leaves_no_trace_even_after_it_was_lost(app):
    seller = creator()
    paid = invoice(5_000, offer_id=offer(seller))
    call(journal.record_invoice_paid, paid)
    before = balances()
    for outcome in ("opened", "lost", "won"):
        call(journal.record_dispute, paid, "dp_1", outcome, 5_000, AT)
    assert {name: amount for name, amount in balances().items() if amount} == before


def test_a_dispute_after_a_refund_is_the_platforms_loss(app):
    paid = invoice(2_999)
    call(journal.record_refund, paid, "re_1", 2_999, AT)
    call(journal.record_dispute, paid, "dp_1", "lost", 2_999, AT)
    assert balances()["refunds:robots"] == 2 * 2_999


def test_currencies_do_not_mix(app):
    seller = creator()
    one = offer(seller, currency="JPY")
    call(journal.record_invoice_paid, invoice(1_501, offer_id=one, currency="jpy"))
    call(journal.record_invoice_paid, invoice(5_000, offer_id=offer(seller)))
    assert balances("JPY")["revenue:creator"] == 150
    assert balances("USD")["revenue:creator"] == 500
