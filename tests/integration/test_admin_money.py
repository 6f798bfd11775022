"""Members' money in the hands of the operator's administrators, and of nobody else."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.accounts import service as accounts
from app.billing import service as billing
from app.billing.clients import stripe
from app.billing.models import Creator, Invoice, MrrMovement, ProviderEvent
from app.core import clock
from app.core.db import db, transaction
from app.core.outbox import OutboxRow
from tests.conftest import SiteCaller
from tests.factories import tills
from tests.factories.tills import buy, deliver, work

MEMBER = 7


def ask(site, target, method="GET", **options):
    caps = ["read", "manage_options"]
    return site.request(method, f"/api/admin{target}", wp_user_id=1, caps=caps, **options)


@pytest.fixture
def owners(app, site):
    """The operator's own site."""
    with transaction():
        accounts.set_operators_site(site.site_id, is_operators=True)
    return site


@pytest.fixture
def known(owners, member):
    """A member of it: the user, and the address of their money."""
    user_id = member("ada@example.test")
    owners.link(MEMBER, user_id)
    number = ask(owners, "/members").json["items"][0]["id"]
    return user_id, f"/members/{number}"


@pytest.fixture
def till(app, monkeypatch):
    with tills.till_of(app, monkeypatch) as fake:
        yield fake


def actions(user_id):
    db.session.rollback()
    return [line.action for line in accounts.activity(user_id)]


def test_routes_of_money_are_not_found_by_another_site(app, known):
    other = SiteCaller(app, "https://other.example")
    address = known[1]
    reason = {"json": {"reason": "A test"}}
    for method, path, options in (
        ("GET", f"{address}/money", {}),
        ("POST", f"{address}/plan", {"json": {"plan": "mid", "reason": "A test"}}),
        ("POST", f"{address}/cancel", reason),
        ("POST", f"{address}/refund", {"json": {"invoice_id": 1}}),
        ("GET", "/operation", {}),
        ("POST", "/events/evt_1/replay", {}),
        ("POST", "/creators/1/hold", reason),
        ("POST", "/creators/1/release", reason),
    ):
        assert ask(other, path, method, **options).status_code == 404, path


def test_a_plan_is_given_with_a_reason_until_a_day_and_counts_no_income(owners, known):
    user_id, address = known
    body = {"plan": "premium", "until": "2199-01-31", "reason": "Helped us find a fault"}
    given = ask(owners, f"{address}/plan", "POST", json=body)
    assert given.status_code == 200
    [plan] = given.json["plans"]
    assert (plan["plan"], plan["source"], plan["reason"], plan["is_paid"]) == (
        "premium", "operator", "Helped us find a fault", False,
    )  # fmt: skip
    assert plan["ends_at"].startswith("2199-02-01")
    assert {"plan.given", "user.plan_changed"} <= set(actions(user_id))
    assert db.session.scalars(select(MrrMovement)).all() == []
    assert ask(owners, f"{address}/money").json["plans"] == [plan]
    for wrong in (
        {"plan": "gold", "reason": "A test"}, {"plan": "mid"}, {"plan": "mid", "reason": " x "},
        {"plan": "mid", "reason": "A test", "until": "2020-01-01"},
        {"ladder": "offers", "plan": "offer", "reason": "A test"},
    ):  # fmt: skip
        assert ask(owners, f"{address}/plan", "POST", json=wrong).status_code in {404, 422}, wrong
    assert ask(owners, "/members/999/plan", "POST", json=body).status_code == 404


def test_a_payment_is_given_back_in_part_and_then_all_and_the_plan_cancelled(
    app, owners, known, till, monkeypatch
):
    user_id, address = known
    buy(till, user_id, "mid")
    till.advance(days=40)
    deliver(app, till)
    work()
    db.session.rollback()
    invoice = db.session.scalar(select(Invoice).where(Invoice.total_minor > 0))
    gift = ask(owners, f"{address}/plan", "POST", json={"plan": "low", "reason": "A test"})
    assert (gift.status_code, gift.json["code"]) == (409, "pays_already")
    shown = ask(owners, f"{address}/money").json
    assert shown["plans"][0]["is_paid"]
    assert invoice.id in {each["id"] for each in shown["invoices"]}
    total = invoice.total_minor
    part = {"invoice_id": invoice.id, "amount_minor": 100, "refunded_minor": 0}
    assert ask(owners, f"{address}/refund", "POST", json=part).json == {"amount_minor": 100}
    # The button was pressed twice.
    twice = ask(owners, f"{address}/refund", "POST", json=part)
    assert (twice.status_code, twice.json["code"]) == (409, "refunded_meanwhile")
    assert twice.json["refunded_minor"] == 100
    [paid] = [
        each for each in ask(owners, f"{address}/money").json["invoices"] if each["paid_minor"]
    ]
    assert paid["refunded_minor"] == 100
    # The SDK's own second try would be answered by the key; here the answer is lost for good.
    monkeypatch.setattr(stripe, "RETRIES", 0)
    stripe._client.cache_clear()
    till.faults.timeout_after_effect(1, "POST /v1/refunds")
    more = part | {"refunded_minor": 100}
    assert ask(owners, f"{address}/refund", "POST", json=more).status_code == 503
    stripe._client.cache_clear()
    assert ask(owners, f"{address}/refund", "POST", json=more).json["refunded_minor"] == 200
    total -= 100
    rest = ask(owners, f"{address}/refund", "POST", json={"invoice_id": part["invoice_id"]})
    assert rest.json == {"amount_minor": total - 100}
    again = ask(owners, f"{address}/refund", "POST", json={"invoice_id": part["invoice_id"]})
    assert again.status_code == 409
    ended = ask(owners, f"{address}/cancel", "POST", json={"at_once": True, "reason": "Asked to"})
    assert ended.status_code == 200
    assert not any(plan["is_paid"] for plan in ended.json["plans"])
    done = {"payment.refund_decided", "payment.refund_unknown", "plan.cancelled"}
    assert done <= set(actions(user_id))


def test_an_invoice_of_somebody_else_is_not_found(app, owners, known, till, member):
    other = member("bob@example.test")
    buy(till, other)
    deliver(app, till)
    work()
    db.session.rollback()
    number = db.session.scalar(select(Invoice.id))
    assert number is not None
    answer = ask(owners, f"{known[1]}/refund", "POST", json={"invoice_id": number})
    assert answer.status_code == 404


def test_what_is_dead_shows_and_an_event_is_worked_on_again(owners):
    now = clock.now()
    with transaction():
        db.session.add(
            ProviderEvent(
                event_id="evt_dead", type="customer.subscription.updated", object_id="sub_1",
                subject="customer:cus_1", body="{}", is_live=False, state="dead", reason="lost",
                attempts=3, happened_at=now, received_at=now,
            )
        )  # fmt: skip
        db.session.add(
            OutboxRow(
                key="k", name="core.prune", queue="default", payload={"secret": "word"},
                coalesce=False, state="dead", attempts=4, publications=1, created_at=now,
                available_at=now,
            )
        )  # fmt: skip
    shown = ask(owners, "/operation")
    assert [each["event_id"] for each in shown.json["dead_events"]] == ["evt_dead"]
    assert shown.json["events"]["dead"] == 1
    assert [job["name"] for job in shown.json["dead_jobs"]] == ["core.prune"]
    assert "word" not in shown.text
    done = ask(owners, "/events/evt_dead/replay", "POST")
    assert done.json == {"subject": "customer:cus_1"}
    assert ask(owners, "/operation").json["events"] == {"pending": 1, "dead": 0}
    assert ask(owners, "/events/evt_none/replay", "POST").status_code == 404


def test_a_creator_is_held_with_a_reason_and_released(owners, member):
    user_id = member("seller@example.test")
    with transaction():
        db.session.add(Creator(user_id=user_id, requirements=[], created_at=clock.now()))
    for word, is_held in (("hold", True), ("release", False)):
        address = f"/creators/{user_id}/{word}"
        assert ask(owners, address, "POST", json={"reason": ""}).status_code == 422
        assert ask(owners, address, "POST", json={"reason": "A claim is open"}).json == {
            "state": "done"
        }
        db.session.rollback()
        assert db.session.get(Creator, user_id).is_suspended is is_held
    assert {"creator.held", "creator.released"} <= set(actions(user_id))
    assert billing.creators_due() == []


def test_the_list_of_members_is_read_by_plan_a_page_at_a_time(owners, known, member):
    for number in range(2):
        owners.link(20 + number, member(f"mid{number}@example.test"))
    numbers = [each["id"] for each in ask(owners, "/members").json["items"]]
    for number in numbers[:2]:
        body = {"plan": "mid", "reason": "A test"}
        assert ask(owners, f"/members/{number}/plan", "POST", json=body).status_code == 200
    first = ask(owners, "/members?plan=mid&limit=1").json
    again = ask(owners, f"/members?plan=mid&limit=1&cursor={first['next_cursor']}").json
    assert [first["items"][0]["id"], again["items"][0]["id"]] == numbers[:2]
    assert again["next_cursor"] is None
    assert [each["id"] for each in ask(owners, "/members?plan=free").json["items"]] == numbers[2:]
    assert ask(owners, "/members?plan=premium&state=active").json["items"] == []
    assert ask(owners, "/members?plan=gold").status_code == 422
