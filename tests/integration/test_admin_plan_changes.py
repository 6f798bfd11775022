"""The plan of a member who pays, changed by the operator's administrators with a reason."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest

from app.accounts import service as accounts
from app.accounts.models import AuditEntry
from app.billing import service as billing
from app.billing.models import Invoice
from app.core import clock
from app.core.db import db, transaction
from app.notifications.models import MailRow
from tests.conftest import SiteCaller
from tests.factories import tills
from tests.factories.tills import buy, deliver, work

REASON = "They asked by telephone"


def ask(site, target, method="GET", **options):
    caps = ["read", "manage_options"]
    return site.request(method, f"/api/admin{target}", wp_user_id=1, caps=caps, **options)


@pytest.fixture
def owners(app, site):
    with transaction():
        accounts.set_operators_site(site.site_id, is_operators=True)
    return site


@pytest.fixture
def till(app, monkeypatch):
    with tills.till_of(app, monkeypatch) as fake:
        yield fake


@pytest.fixture
def ada(owners, member):
    """A member of the operator's site: the user, and the address of their plan's change."""
    user_id = member("ada@example.test")
    owners.link(7, user_id)
    number = ask(owners, "/members").json["items"][0]["id"]
    return user_id, f"/members/{number}/change"


@pytest.fixture
def payer(app, till, ada):
    """The same, ten days into the first month that is paid of the plan mid."""
    buy(till, ada[0], "mid")
    billing.sync_user(ada[0])
    trial_end = billing.paid_plan(ada[0]).trial_end
    till.advance(seconds=int((trial_end - clock.now() + timedelta(days=10)).total_seconds()))
    settle(app, till)
    assert billing.paid_plan(ada[0]).status == "active"
    return ada


def settle(app, till):
    # What a check has read must not hide what the door writes.
    db.session.rollback()
    assert deliver(app, till) <= {200}
    work()
    db.session.rollback()


def change(site, address, plan, **given):
    return ask(site, address, "POST", json={"plan": plan, "reason": REASON} | given)


def decisions(user_id):
    rows = db.session.query(AuditEntry).filter_by(action="plan.change_decided", user_id=user_id)
    return [(row.site_id, orjson.loads(row.detail)) for row in rows]


def told(topic="plan_changed"):
    return db.session.query(MailRow).filter_by(topic=topic).count()


def test_a_dearer_plan_costs_what_was_shown_and_says_who_decided_and_why(app, owners, till, payer):
    user_id, address = payer
    shown = ask(owners, f"{address}?plan=premium").json
    assert (shown["kind"], shown["when"], shown["digits"]) == ("upgrade", "now", 2)
    assert (shown["price_minor"], shown["currency"]) == (9999, "USD")
    till.advance(seconds=120)
    made = change(owners, address, "premium", proration_at=shown["proration_at"])
    assert made.status_code == 200
    assert made.json["plans"][0]["plan"] == "premium"
    settle(app, till)
    newest = db.session.query(Invoice).order_by(Invoice.id.desc()).first()
    assert newest.paid_minor == shown["due_minor"] > 0
    assert told() == 1
    assert decisions(user_id) == [
        (owners.site_id, {"ladder": "robots", "plan": "premium", "interval": "month",
                          "wp_user": 1, "reason": REASON}),
    ]  # fmt: skip
    assert "Plan changed by an administrator" in {each.text for each in accounts.activity(user_id)}
    again = change(owners, address, "premium", proration_at=shown["proration_at"])
    assert (again.status_code, again.json["code"]) == (409, "same_plan")
    assert "This member is on this plan already." in again.json["detail"]
    assert len(decisions(user_id)) == 1


def test_a_cheaper_plan_begins_when_what_is_paid_is_used_up(app, owners, till, payer):
    user_id, address = payer
    shown = ask(owners, f"{address}?plan=low").json
    assert (shown["kind"], shown["when"], shown["due_minor"]) == ("downgrade", "period_end", 0)
    assert change(owners, address, "low").json["plans"][0]["plan"] == "mid"
    settle(app, till)
    assert billing.paid_plan(user_id).next_plan == "low"
    assert told() == 1
    till.advance(days=32)
    settle(app, till)
    assert billing.find_subscription(user_id).tier == "low"
    assert told() == 1


def test_what_cannot_be_changed_is_refused_with_the_reason_and_notes_nothing(
    app, owners, till, payer
):
    user_id, address = payer
    for wrong, status in (
        ({"plan": "free"}, 422), ({"plan": "gold"}, 404), ({"reason": " x "}, 422),
        ({"interval": "week"}, 422), ({"ladder": "offers"}, 422), ({"ladder": "coach"}, 409),
    ):  # fmt: skip
        body = {"plan": "low", "reason": REASON} | wrong
        assert ask(owners, address, "POST", json=body).status_code == status, wrong
    till.decline(till.client().v1.subscriptions.list(params={"status": "all"}).data[0].customer)
    refused = change(owners, address, "premium")
    assert (refused.status_code, refused.json["code"]) == (409, "card_refused")
    till.advance(days=25)
    settle(app, till)
    assert billing.paid_plan(user_id).status == "past_due"
    open_bill = change(owners, address, "low")
    assert (open_bill.status_code, open_bill.json["code"]) == (409, "plan_rests")
    assert "while a payment is open" in open_bill.json["detail"]
    assert ask(owners, f"{address}?plan=low").json["code"] == "plan_rests"
    assert decisions(user_id) == []


def test_a_plan_that_rests_is_not_changed(app, owners, till, payer):
    billing.pause_plan(payer[0], "robots", 1)
    settle(app, till)
    assert change(owners, payer[1], "premium").json["code"] == "plan_rests"


def test_who_pays_nothing_is_given_a_plan_instead(owners, till, ada):
    for answer in (ask(owners, f"{ada[1]}?plan=mid"), change(owners, ada[1], "mid")):
        assert (answer.status_code, answer.json["code"]) == (409, "no_plan")
        assert "Give a plan instead" in answer.json["detail"]


def test_without_a_till_it_is_said_and_another_site_finds_nothing(app, owners, ada):
    address = ada[1]
    for answer in (ask(owners, f"{address}?plan=mid"), change(owners, address, "mid")):
        assert (answer.status_code, answer.json["code"]) == (503, "no_till")
    other = SiteCaller(app, "https://other.example")
    assert ask(other, f"{address}?plan=mid").status_code == 404
    assert change(other, address, "mid").status_code == 404
    assert ask(owners, "/members/999/change?plan=mid").status_code == 404
