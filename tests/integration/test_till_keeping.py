"""A lower plan that was to follow is taken back: once, whoever asks, is cut or tells of it."""

from __future__ import annotations

import contextlib
from datetime import timedelta

import pytest

from app.accounts.models import AuditEntry
from app.billing import service as billing
from app.billing.errors import LeaseLostError, TillAwayError
from app.billing.service import keeping, locks, syncing
from app.core import clock
from app.core.db import db
from app.core.errors import ConflictError, NotFoundError
from app.notifications.models import MailRow
from tests.cuts import run_forked
from tests.factories.tills import deliver
from tests.integration.test_till_changes import ada, at_provider, paid, settle, till, topics

__all__ = ["ada", "till"]
UPDATE = "POST /v1/subscriptions/"


@pytest.fixture
def planned(app, till, ada):
    """Return a member on mid, to whom low is to follow."""
    billing.change_plan(ada, "robots", "low", "month")
    settle(app, till)
    assert billing.paid_plan(ada).next_plan == "low"
    return ada


def kept():
    db.session.rollback()
    return db.session.query(AuditEntry).filter_by(action="subscription.kept").count()


def updates(till, since):
    return [one for one in till.events[since:] if one["type"] == "customer.subscription.updated"]


def is_kept(till, user_id):
    sub = at_provider(till)
    row = billing.paid_plan(user_id)
    return (
        row.plan, row.next_plan, row.next_at, sub["items"].data[0].price.unit_amount,
        [name for name in sub.metadata.to_dict() if name.startswith("trp_before")],
    ) == ("mid", None, None, 2999, [])  # fmt: skip


@pytest.mark.req("S4-99")
def test_the_present_plan_goes_on_and_is_what_is_charged(app, till, planned):
    billing.keep_plan(planned, "robots")
    assert is_kept(till, planned)
    assert kept() == 1
    till.advance(days=32)
    settle(app, till)
    assert billing.find_subscription(planned).tier == "mid"
    assert paid() == [2999, 2999]


def test_twice_is_once(app, till, planned):
    since = len(till.events)
    for _ in range(3):
        billing.keep_plan(planned, "robots")
    settle(app, till)
    assert is_kept(till, planned)
    assert len(updates(till, since)) == 1
    assert kept() == 1
    assert topics().count("plan_kept") == 1


def test_it_can_be_planned_and_taken_back_again_in_one_period(app, till, planned):
    for _ in range(2):
        billing.keep_plan(planned, "robots")
        assert is_kept(till, planned)
        till.advance(seconds=60)
        assert billing.change_plan(planned, "robots", "low", "month").kind == "downgrade"
        assert billing.paid_plan(planned).next_plan == "low"
    till.advance(days=32)
    settle(app, till)
    assert billing.find_subscription(planned).tier == "low"
    assert paid() == [2999, 999]
    assert (topics().count("plan_changed"), topics().count("plan_kept")) == (3, 2)


@pytest.mark.parametrize("after_effect", [True, False])
def test_an_answer_that_is_lost_is_no_second_change(app, till, planned, after_effect):
    since = len(till.events)
    fault = till.faults.timeout_after_effect if after_effect else till.faults.timeout_before_effect
    fault(n=9, where=UPDATE)
    # What was done and not told comes with the client's own next try; else nothing was done.
    with contextlib.suppress(TillAwayError) if after_effect else pytest.raises(TillAwayError):
        billing.keep_plan(planned, "robots")
    till.faults.clear()
    billing.keep_plan(planned, "robots")
    assert is_kept(till, planned)
    assert len(updates(till, since)) == 1
    assert kept() == 1


@pytest.mark.parametrize("place", ["billing.kept", "billing.fetched", "billing.synced"])
def test_being_cut_anywhere_leaves_nothing_that_a_second_try_does_not_mend(
    app, till, planned, place, monkeypatch
):
    monkeypatch.setattr(locks, "LIFE", timedelta(seconds=1))
    since = len(till.events)
    assert run_forked(lambda: billing.keep_plan(planned, "robots"), places=f"{place}:1") is None
    till.advance(seconds=5)
    billing.keep_plan(planned, "robots")
    settle(app, till)
    assert is_kept(till, planned)
    assert len(updates(till, since)) == 1
    assert kept() == 1


def test_an_event_that_comes_before_the_answer_changes_nothing(app, till, planned, monkeypatch):
    since = len(till.events)
    sync, met = syncing.sync_held, []

    def told_first(held, *args, **more):
        # The provider's event is at the door while the member's request still holds the lock.
        assert deliver(app, till) <= {200}
        with pytest.raises(LeaseLostError), locks.lease(held.name, wait=0):
            met.append("two hold one lock")
        return sync(held, *args, **more)

    with monkeypatch.context() as patch:
        patch.setattr(syncing, "sync_held", told_first)
        billing.keep_plan(planned, "robots")
    settle(app, till)
    assert is_kept(till, planned)
    assert (len(updates(till, since)), kept(), met) == (1, 1, [])


def test_who_has_begun_the_lower_plan_cannot_keep_the_dearer_one_for_nothing(app, till, planned):
    end = billing.paid_plan(planned).next_at
    till.advance(seconds=int((end - clock.now()).total_seconds()) - 60)
    with pytest.raises(ConflictError) as caught:
        billing.keep_plan(planned, "robots")
    assert caught.value.code == "plan_begun"
    till.advance(seconds=4 * 3600)
    # No event has told of the renewal yet: our row still says that the lower plan is to follow.
    with pytest.raises(ConflictError) as caught:
        billing.keep_plan(planned, "robots")
    assert caught.value.code == "plan_begun"
    settle(app, till)
    assert billing.find_subscription(planned).tier == "low"
    assert paid() == [2999, 999]


def test_what_is_cancelled_or_unpaid_is_set_right_first(app, till, planned):
    billing.cancel_plan(planned, "robots")
    with pytest.raises(ConflictError) as caught:
        billing.keep_plan(planned, "robots")
    assert caught.value.code == "plan_cancelled"
    billing.resume_plan(planned, "robots")
    billing.keep_plan(planned, "robots")
    assert is_kept(till, planned)


def test_a_price_that_is_another_by_now_is_agreed_to_first(app, till, planned, monkeypatch):
    found = keeping.prices.price_of("robots", "mid", "month")
    dearer = dict(found) | {"unit_amount": 3499}
    monkeypatch.setattr(keeping.prices, "price_of", lambda *_: dearer)
    with pytest.raises(ConflictError) as caught:
        billing.keep_plan(planned, "robots")
    assert caught.value.code == "price_changed"
    assert "$34.99" in caught.value.message
    monkeypatch.undo()
    assert billing.change_plan(planned, "robots", "mid", "month").kind == "back"


def test_who_has_nothing_planned_keeps_what_there_is(app, till, ada, member):
    since = len(till.events)
    billing.keep_plan(ada, "robots")
    assert updates(till, since) == []
    assert kept() == 0
    with pytest.raises(NotFoundError):
        billing.keep_plan(member("bob@example.test"), "robots")


def test_a_mail_about_the_lower_plan_that_has_not_gone_out_is_withdrawn(app, till, planned):
    billing.keep_plan(planned, "robots")
    db.session.rollback()
    told = {row.topic: (row.state, row.reason) for row in db.session.query(MailRow)}
    assert told["plan_changed"] == ("skipped", "over")
    (row,) = db.session.query(MailRow).filter_by(topic="plan_kept")
    assert (row.facts["plan"], row.facts["instead_of"], row.facts["amount"]) == (
        "Mid-Tier", "Low Commitment", 2999,
    )  # fmt: skip
