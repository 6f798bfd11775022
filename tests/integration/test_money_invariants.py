"""The invariants of money find each fault that is planted, and nothing in a whole journal."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from app.billing.models import Invoice, JournalDay, JournalEntry, JournalPosting, Payout
from app.billing.rules.postings import Cause, Posting
from app.billing.service import journal, money_invariants, payouts
from app.core import clock
from app.core.db import db, transaction
from app.core.invariants import Ask
from tests.factories.money import AT, creator, invoice, offer

ALL = (
    money_invariants.find_wrong_sums,
    money_invariants.find_wrong_shares,
    money_invariants.find_unposted,
    money_invariants.find_overpaid,
    money_invariants.find_wrong_payouts,
)


def broken():
    with transaction():
        db.session.expire_all()
        return [one for find in ALL for one in find(Ask()).faults]


@pytest.fixture
def books(engine_app, monkeypatch):
    """Return a journal with a sale, a refund, a dispute, a credit and a payout, and who sold."""
    monkeypatch.setattr(payouts.accounts, "has_second_factor", lambda _user_id: True)
    seller = creator()
    sold = invoice(100_005, tax_minor=400, offer_id=offer(seller), paid_at=AT - timedelta(days=60))
    with transaction():
        journal.record_invoice_paid(sold)
        journal.record_fee("invoice", str(sold), 2_930, "USD", AT)
        journal.record_refund(sold, "re_1", 333, AT)
        journal.record_dispute(sold, "dp_1", "lost", 100, AT)
        journal.record_invoice_paid(invoice(-600))
        journal.record_invoice_paid(invoice(999, paid_minor=399))
    assert payouts.plan_payouts(seller) == 1
    assert broken() == []
    return seller, sold


def row(table, **values):
    with transaction():
        db.session.add(table(**values))


def entry(source_type, source_id, purpose, **facts):
    made = {"note": "", "happened_at": AT, "created_at": AT, **facts}
    found = JournalEntry(source_type=source_type, source_id=source_id, purpose=purpose, **made)
    with transaction():
        db.session.add(found)
        db.session.flush()
        return found.id


def test_a_posting_beside_the_sums_is_found(books):
    row(JournalPosting, entry_id=1, debit="fees", credit="taxes", amount_minor=5, currency="USD",
        day=AT.date())  # fmt: skip
    assert any("sums" in one or "in no sum" in one for one in broken())


def test_a_sum_that_was_edited_is_found(books):
    with transaction():
        db.session.query(JournalDay).filter_by(
            account="taxes", day=(AT - timedelta(days=60)).date()
        ).update({"credit_minor": 1})
    assert broken() == [
        f"taxes USD {(AT - timedelta(days=60)).date()}: its sums are not those of its postings"
    ]


@pytest.mark.parametrize("field", ["total_minor", "tax_minor", "paid_minor"])
def test_an_invoice_that_is_not_what_was_shared_is_found(books, field):
    with transaction():
        found = db.session.get_one(Invoice, books[1])
        setattr(found, field, getattr(found, field) + 1)
    assert [one for one in broken() if one.startswith(f"invoice {books[1]}")]


def test_a_payment_that_is_not_posted_is_found_after_a_while(books):
    paid = invoice(2_999)
    assert f"invoice {paid} is paid and not in the journal" in broken()
    with transaction():
        db.session.get_one(Invoice, paid).fetched_at = clock.now()
    assert broken() == []


def test_entries_of_nothing_are_found(books):
    made = entry("invoice", "4711", "paid")
    assert broken() == [f"entry {made} is of no paid invoice", f"entry {made} moves nothing"]


def test_a_payout_beyond_what_was_payable_is_found(books):
    seller, _sold = books
    with transaction():
        rows = [Posting(f"payable:{seller}", "payouts_in_transit", 10**9, "USD")]
        journal.post(Cause("payout", "99", "pending"), rows, AT, user_id=seller)
    found = broken()
    assert any("took more than there was" in one for one in found)
    assert "entries of payout 99, which there is not" in found


def test_a_payout_whose_state_and_entries_differ_is_found(books):
    with transaction():
        db.session.query(Payout).update({"state": "sent"})
    assert broken() == ["payout 1: it is sent and has the entries pending"]


def test_a_payout_of_another_amount_is_found(books):
    with transaction():
        db.session.execute(text("UPDATE payouts SET amount_minor = amount_minor + 1"))
    assert broken() == ["payout 1: its entries move another amount"]


def test_the_look_goes_part_by_part(app, monkeypatch):
    monkeypatch.setattr(money_invariants, "STEP", 2)
    with transaction():
        for _ in range(3):
            journal.record_invoice_paid(invoice(500))
    first = money_invariants.find_wrong_shares(Ask())
    assert first.next_after is not None
    assert money_invariants.find_wrong_shares(Ask(first.next_after)).next_after is None
