"""Versions of splits, profit shares, and the operator's commands of the journal."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from app.billing.models import ProfitShare
from app.billing.queries import journal as queries
from app.billing.rules.profit import Flow
from app.billing.service import journal, reconciliation, splits
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import ConflictError, ValidationError
from tests.factories.money import AT, creator, invoice, offer, person


def call(function, *args, **named):
    with transaction():
        return function(*args, **named)


@pytest.mark.req("S0-60", "S3-45")
def test_the_splits_as_they_are_seeded(engine_app):
    found = {row.product_type: (row.creator_bps, row.profit_bps) for row in splits.list_splits()}
    assert found == {"replica": (6_000, None), "copy": (9_000, 2_000), "creator": (9_000, None)}


def test_a_new_split_holds_from_its_day_and_refunds_follow_the_old_one(engine_app):
    tomorrow = clock.now().date() + timedelta(days=1)
    row = call(splits.set_split, "creator", 8_000, tomorrow)
    assert call(splits.set_split, "creator", 8_000, tomorrow).id == row.id
    seller = creator()
    made = offer(seller)
    old = invoice(10_000, offer_id=made, paid_at=clock.now())
    new = invoice(10_000, offer_id=made, paid_at=clock.now() + timedelta(days=1))
    first, second = (call(journal.record_invoice_paid, one) for one in (old, new))
    assert (second.split_id, first.split_id) == (
        row.id,
        queries.find_split("creator", AT.date()).id,
    )
    assert queries.balance("revenue:creator", "USD") == 1_000 + 2_000
    call(journal.record_refund, old, "re_1", 10_000, clock.now() + timedelta(days=2))
    assert queries.balance("refunds:creator", "USD") == 1_000


def test_a_split_of_a_day_that_has_begun_is_refused(app):
    today = clock.now().date()
    for args in (("creator", 8_000, today), ("gold", 1, today), ("copy", 10_001, today)):
        with pytest.raises(ValidationError):
            call(splits.set_split, *args)
    call(splits.set_split, "copy", 5_000, today + timedelta(days=1))
    with pytest.raises(ConflictError):
        call(splits.set_split, "copy", 5_001, today + timedelta(days=1))


def settle(who, through, equity, flows=(), followers=10):
    leader, follower = who
    return call(
        splits.settle_profit, leader_id=leader, follower_id=follower, account_key="account:1",
        currency="USD", through=through, opening_minor=100_000, equity_minor=equity, flows=flows,
        followers=followers,
    )  # fmt: skip


def test_profit_is_charged_once_for_a_period_and_above_the_mark_only(engine_app):
    who = creator(), person()
    assert settle(who, date(2026, 1, 31), 110_000).charged_minor == 2_000
    assert settle(who, date(2026, 1, 31), 999_999).charged_minor == 2_000  # once
    assert settle(who, date(2026, 2, 28), 90_000).charged_minor == 0
    flow = Flow(AT, 50_000, 90_000)
    last = settle(who, date(2026, 3, 31), 161_000, [flow])
    assert (last.mark_before_minor, last.charged_minor, last.mark_minor) == (160_000, 200, 161_000)
    with pytest.raises(ConflictError):
        settle(who, date(2026, 2, 27), 200_000)
    assert db.session.query(ProfitShare).count() == 3


def test_a_leader_with_nine_followers_earns_nothing(app):
    row = settle((creator(), person()), date(2026, 1, 31), 110_000, followers=9)
    assert (row.charged_minor, row.mark_minor) == (0, 110_000)


def run(app, *args):
    db.session.remove()
    return app.test_cli_runner().invoke(args=["billing", *args])


def test_the_commands_show_the_journal(app):
    call(journal.record_invoice_paid, invoice(500_000, currency="JPY"))
    call(journal.record_invoice_paid, invoice(2_999))
    assert "29.99 USD" in run(app, "balances", "revenue:robots").output
    assert "500,000 JPY" in run(app, "balances").output
    shown = run(app, "journal", "--account", "revenue:robots", "--limit", "1").output
    assert shown.endswith("29.99 USD stripe_clearing <- revenue:robots  invoice 2 paid\n")
    assert "copy     from 2000-01-01: 90 %, 20 % of profit" in run(app, "splits").output


def test_the_commands_change_and_say_what_is_wrong(app):
    user_id = creator()
    assert run(app, "split", "creator", "8500", "2999-01-01").exit_code == 0
    assert "has not begun" in run(app, "split", "creator", "8500", "2020-01-01").output
    assert run(app, "suspend", str(user_id), "disputes").exit_code == 0
    assert "Become a creator" in run(app, "suspend", "4711", "who").output
    shown = run(app, "payouts", "--plan").output
    assert shown == "0 payouts written\n"


def test_reconcile_fails_when_something_is_unexplained(app, monkeypatch):
    from app.billing.models import Reconciliation

    row = Reconciliation(
        day=AT.date(), currency="USD", provider_minor=0, journal_minor=5, difference_minor=-5,
        explained=[{"key": "ch_1", "what": "journal", "amount_minor": -5, "since": "2026-11-01"}],
    )  # fmt: skip
    monkeypatch.setattr(reconciliation, "reconcile", lambda: [row])
    done = run(app, "reconcile")
    assert done.exit_code == 1
    assert "ch_1: -0.05, not at the provider yet, since 2026-11-01" in done.output
    row.difference_minor = 0
    assert run(app, "reconcile").exit_code == 0
