"""A member switches, pauses, cancels; money goes back or is taken back. On the till's own clock."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.billing import service as billing
from app.billing.errors import CardRefusedError
from app.billing.models import Invoice, JournalEntry, ProviderSubscription, Transaction
from app.core import clock
from app.core.db import db, transaction
from app.core.errors import ConflictError, NotFoundError, ValidationError
from app.notifications.models import MailRow
from tests.factories import tills
from tests.factories.tills import buy, deliver, work


@pytest.fixture
def till(app, monkeypatch):
    with tills.till_of(app, monkeypatch) as fake:
        yield fake


@pytest.fixture
def ada(app, till, member):
    """Return a member who has paid a first month of the plan mid, its trial over."""
    found = member("ada@example.test")
    buy(till, found, "mid")
    billing.sync_user(found)
    end = billing.paid_plan(found).trial_end
    if end is not None:
        till.advance(seconds=int((end - clock.now()).total_seconds()) + 2 * 3600)
    settle(app, till)
    assert billing.paid_plan(found).status == "active"
    return found


def settle(app, till):
    assert deliver(app, till) <= {200}
    work()


def paid(kind="payment"):
    return [one.amount_minor for one in db.session.query(Transaction).filter_by(kind=kind)]


def topics():
    return [one.topic for one in db.session.query(MailRow).order_by(MailRow.id)]


def at_provider(till):
    return till.client().v1.subscriptions.list(params={"status": "all"}).data[0]


@pytest.mark.req("S4-33")
def test_a_dearer_plan_begins_at_once_and_costs_what_the_preview_said(app, till, ada):
    till.advance(days=10)
    settle(app, till)
    shown = billing.preview_change(ada, "robots", "premium", "month")
    assert (shown.kind, shown.when) == ("upgrade", "now")
    till.advance(seconds=120)
    billing.change_plan(ada, "robots", "premium", "month", proration_at=shown.proration_at)
    assert billing.can(ada, "early_access")
    settle(app, till)
    newest = db.session.query(Invoice).order_by(Invoice.id.desc()).first()
    assert newest.reason == "subscription_update"
    assert newest.paid_minor == shown.due_minor > 0
    assert shown.due_minor < 9999 - 2999
    assert "plan_changed" in topics()


def test_a_refused_card_leaves_the_plan_as_it_was(app, till, ada):
    till.decline(at_provider(till).customer)
    with pytest.raises(CardRefusedError):
        billing.change_plan(ada, "robots", "premium", "month")
    settle(app, till)
    assert billing.find_subscription(ada).tier == "mid"
    assert billing.paid_plan(ada).status == "active"


def test_a_cheaper_plan_begins_when_the_dearer_one_was_used_up(app, till, ada):
    end = billing.paid_plan(ada).period_end
    shown = billing.change_plan(ada, "robots", "low", "month")
    assert (shown.kind, shown.when, shown.takes_effect_at) == ("downgrade", "period_end", end)
    settle(app, till)
    row = billing.paid_plan(ada)
    assert (row.plan, row.next_plan, row.next_at) == ("mid", "low", end)
    assert billing.find_subscription(ada).tier == "mid"
    with pytest.raises(ConflictError) as caught:
        billing.change_plan(ada, "robots", "premium", "month")
    assert caught.value.code == "plan_planned"
    till.advance(days=32)
    settle(app, till)
    assert billing.find_subscription(ada).tier == "low"
    assert paid() == [2999, 999]
    assert topics().count("plan_changed") == 1


def test_a_planned_lower_plan_is_taken_back(app, till, ada):
    billing.change_plan(ada, "robots", "low", "month")
    assert billing.change_plan(ada, "robots", "mid", "month").kind == "back"
    till.advance(days=32)
    settle(app, till)
    assert billing.find_subscription(ada).tier == "mid"
    assert paid() == [2999, 2999]


def test_a_year_begins_at_once_less_what_is_left_of_the_month(app, till, ada):
    shown = billing.preview_change(ada, "robots", "mid", "year")
    assert shown.kind == "interval"
    billing.change_plan(ada, "robots", "mid", "year", proration_at=shown.proration_at)
    settle(app, till)
    row = billing.find_subscription(ada)
    assert (row.interval, row.price_minor) == ("year", 29990)
    assert paid() == [2999, shown.due_minor]
    assert 29990 - 2999 <= shown.due_minor < 29990
    back = billing.preview_change(ada, "robots", "mid", "month")
    assert back.due_minor == 0
    assert back.credit_minor > 20000


def test_who_cancels_has_what_was_paid_until_its_end(app, till, ada):
    end = billing.paid_plan(ada).period_end
    billing.cancel_plan(ada, "robots", feedback="too_expensive", comment="later perhaps")
    row = billing.find_subscription(ada)
    assert (row.status, row.ends_at) == ("cancelled", end)
    assert billing.can(ada, "analytics")
    assert at_provider(till).cancellation_details.feedback == "too_expensive"
    billing.cancel_plan(ada, "robots")
    billing.resume_plan(ada, "robots")
    assert billing.find_subscription(ada).status == "active"
    billing.cancel_plan(ada, "robots")
    till.advance(days=32)
    settle(app, till)
    assert billing.find_subscription(ada).status == "expired"
    assert not billing.can(ada, "analytics")
    assert paid() == [2999]
    assert [one for one in topics() if one.startswith("subscription")] == [
        "subscription_started", "subscription_cancelled", "subscription_resumed",
        "subscription_ended",
    ]  # fmt: skip


def test_a_cancellation_at_once_gives_no_money_back_and_says_nothing_of_it(app, till, ada):
    """micare #69: a cancellation with credit is no refund, and no mail may say so."""
    billing.cancel_plan(ada, "robots", now=True)
    settle(app, till)
    assert not billing.can(ada, "analytics")
    assert paid("refund") == []
    assert "refund_made" not in topics()
    with pytest.raises(NotFoundError):
        billing.cancel_plan(ada, "robots")


def test_a_pause_closes_at_the_end_of_what_is_paid_and_ends_by_itself(app, till, ada):
    end = billing.paid_plan(ada).period_end
    billing.pause_plan(ada, "robots", 2)
    row = billing.find_subscription(ada)
    assert (row.status, row.ends_at, row.price_minor) == ("cancelled", end, 0)
    assert billing.can(ada, "analytics")
    till.advance(days=35)
    settle(app, till)
    assert not billing.can(ada, "analytics")
    assert paid() == [2999]
    till.advance(days=60)
    settle(app, till)
    assert billing.find_subscription(ada).status == "active"
    assert billing.can(ada, "analytics")
    assert paid() == [2999, 2999]
    assert {"subscription_paused", "subscription_resumed"} <= set(topics())


def test_who_comes_back_early_from_a_pause_pays_from_then_on(app, till, ada):
    billing.pause_plan(ada, "robots", 3)
    till.advance(days=45)
    settle(app, till)
    assert not billing.can(ada, "analytics")
    billing.resume_plan(ada, "robots")
    settle(app, till)
    assert billing.can(ada, "analytics")
    assert paid() == [2999, 2999]


def test_who_takes_a_pause_back_at_once_pays_nothing_twice(app, till, ada):
    billing.pause_plan(ada, "robots", 1)
    billing.resume_plan(ada, "robots")
    settle(app, till)
    assert billing.find_subscription(ada).status == "active"
    assert paid() == [2999]


@pytest.mark.parametrize("months", [0, 4, -1])
def test_a_pause_is_one_to_three_months(app, till, ada, months):
    with pytest.raises(ValidationError):
        billing.pause_plan(ada, "robots", months)


def test_a_late_payment_has_seven_days_of_grace_then_access_ends(app, till, ada):
    till.decline(at_provider(till).customer)
    # The renewal's invoice is tried an hour after the period began.
    renews = billing.paid_plan(ada).period_end
    till.advance(seconds=int((renews - clock.now()).total_seconds()) + 2 * 3600)
    settle(app, till)
    row = billing.find_subscription(ada)
    assert row.status == "active"
    assert renews + timedelta(days=7) <= row.ends_at <= renews + timedelta(days=7, hours=2)
    assert billing.can(ada, "analytics")
    assert topics().count("payment_failed") == 1
    till.advance(days=8)
    settle(app, till)
    assert not billing.can(ada, "analytics")
    till.accept(at_provider(till).customer)
    till.advance(days=8)
    settle(app, till)
    assert billing.can(ada, "analytics")
    assert billing.find_subscription(ada).ends_at is None


def test_who_never_pays_loses_it_and_a_charge_that_fails_later_gives_nothing(app, till, ada):
    """PMPro #3556: a failed charge after a cancellation gave a free extra year."""
    till.decline(at_provider(till).customer)
    till.advance(days=60)
    settle(app, till)
    assert at_provider(till).status == "canceled"
    row = billing.find_subscription(ada)
    assert row.status == "expired"
    late = [
        one for one in till.events if one["type"] in ("charge.failed", "invoice.payment_failed")
    ]
    deliver(app, till, events=late)
    work()
    assert billing.find_subscription(ada).id == row.id
    assert not billing.can(ada, "analytics")


def test_money_goes_back_in_parts_and_never_more_than_was_paid(app, till, ada):
    """dj-stripe: partial refunds mixed dollars and cents and became negative."""
    invoice = db.session.query(Invoice).filter(Invoice.paid_minor > 0).one()
    assert billing.refund(invoice.id, amount_minor=1000) == 1000
    with pytest.raises(ValidationError):
        billing.refund(invoice.id, amount_minor=2000)
    assert billing.refund(invoice.id) == 1999
    with pytest.raises(ConflictError):
        billing.refund(invoice.id)
    settle(app, till)
    settle(app, till)
    assert sorted(paid("refund")) == [-1999, -1000]
    assert topics().count("refund_made") == 2
    entries = db.session.query(JournalEntry).filter_by(source_type="refund").all()
    assert len(entries) == 2


def test_a_refund_may_end_the_access(app, till, ada):
    invoice = db.session.query(Invoice).filter(Invoice.paid_minor > 0).one()
    billing.refund(invoice.id, ends_access=True)
    assert not billing.can(ada, "analytics")


def test_a_lost_dispute_ends_access_and_an_inquiry_does_not(app, till, ada):
    """elizaOS #10920: no handler for disputes, so users kept credits after a chargeback."""
    charge = db.session.query(Transaction).filter_by(kind="payment").one().provider_ref
    made = till.dispute(charge)
    settle(app, till)
    assert billing.can(ada, "analytics")
    with pytest.raises(ConflictError):
        billing.refund(db.session.query(Invoice).filter(Invoice.paid_minor > 0).one().id)
    till.end_dispute(made["id"], won=False)
    settle(app, till)
    work()
    assert not billing.can(ada, "analytics")
    assert paid("dispute") == [-2999]
    settle(app, till)
    assert paid("dispute") == [-2999]


def test_a_won_dispute_brings_the_money_back(app, till, ada):
    charge = db.session.query(Transaction).filter_by(kind="payment").one().provider_ref
    made = till.dispute(charge)
    settle(app, till)
    till.end_dispute(made["id"], won=True)
    settle(app, till)
    assert (paid("dispute"), paid("dispute_reversal")) == ([-2999], [2999])
    assert billing.can(ada, "analytics")


def test_an_inquiry_moves_nothing_and_can_still_be_refunded(app, till, ada):
    """lago-api #6257: an inquiry still allows refunds."""
    charge = db.session.query(Transaction).filter_by(kind="payment").one().provider_ref
    till.dispute(charge, inquiry=True)
    settle(app, till)
    assert paid("dispute") == []
    invoice = db.session.query(Invoice).filter(Invoice.paid_minor > 0).one()
    assert billing.refund(invoice.id) == 2999


def test_an_erased_member_pays_no_more(app, till, ada):
    from app.privacy import service as privacy

    privacy.erase_person(ada)
    work()
    assert at_provider(till).status == "canceled"
    settle(app, till)
    assert billing.find_subscription(ada).status == "expired"
    till.advance(days=60)
    settle(app, till)
    assert paid() == [2999]


def test_a_bank_that_asks_is_told_of_with_the_page_to_confirm(app, till, member):
    bob = member("bob@example.test")
    buy(till, bob, "low", card="pm_card_authenticationRequired")
    if tills.newest_session(till):
        session = till.client().v1.checkout.sessions.list(params={"limit": 1}).data[0]
        if session.status == "open":
            till.authenticate(session.id)
    settle(app, till)
    till.advance(days=50)
    settle(app, till)
    assert "payment_action_required" in topics()
    invoice = db.session.query(Invoice).filter_by(status="open").first()
    assert invoice.hosted_url


def test_the_portal_is_for_who_has_bought(app, till, ada, member):
    assert billing.open_portal(ada, None).startswith(till.url)
    with pytest.raises(NotFoundError):
        billing.open_portal(member("bob@example.test"), None)


def test_the_fixture_of_the_books(app, till, ada):
    """The mirror says what the provider says, to the second and the cent."""
    body, row = at_provider(till), billing.paid_plan(ada)
    item = body["items"].data[0]
    assert row.period_end == datetime.fromtimestamp(item.current_period_end, row.period_end.tzinfo)
    assert row.price_minor == item.price.unit_amount
    with transaction():
        assert db.session.query(ProviderSubscription).count() == 1
